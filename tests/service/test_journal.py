"""What the journal gets to read."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import TYPE_CHECKING

import pytest

from genred.service.journal import JournalFormatter, goes_to_journal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("level", "number"),
    [
        (logging.CRITICAL, 2),
        (logging.ERROR, 3),
        (logging.WARNING, 4),
        (logging.INFO, 6),
        (logging.DEBUG, 7),
        (logging.WARNING + 5, 4),
    ],
)
def test_line_carries_its_syslog_level(level: int, number: int) -> None:
    record = logging.LogRecord("genred", level, __file__, 1, "%s is off the air", ("kitchen",), None)
    assert JournalFormatter().format(record) == f"<{number}>kitchen is off the air"


def test_every_line_of_a_traceback_carries_it() -> None:
    try:
        int("no number")
    except ValueError:
        record = logging.LogRecord("genred", logging.ERROR, __file__, 1, "fault", (), sys.exc_info())
    lines = JournalFormatter().format(record).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)


def test_empty_message_is_a_line_as_well() -> None:
    record = logging.LogRecord("genred", logging.INFO, __file__, 1, "", (), None)
    assert JournalFormatter().format(record) == "<6>"


def test_stream_counts_as_the_journal_only_when_it_is_the_one_that_systemd_names(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as stream:
        found = os.fstat(stream.fileno())
        assert goes_to_journal(stream, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"})
        assert not goes_to_journal(stream, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino + 1}"})
        assert not goes_to_journal(stream, {})
    assert not goes_to_journal(io.StringIO(), {"JOURNAL_STREAM": "1:2"})
