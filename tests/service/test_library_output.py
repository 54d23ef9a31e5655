"""What libraries write to standard error by themselves."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from genred.service.library_output import LibraryLines

if TYPE_CHECKING:
    import pytest


def taken(lines: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    lines_taken = LibraryLines()
    with caplog.at_level(logging.WARNING, "genred.libraries"):
        for line in lines.splitlines():
            lines_taken.take(line)
    return caplog.messages


DROPPED = """\
PyAV library exception being dropped:
Traceback (most recent call last):
  File "feed.py", line 170, in read
    raise SourceError(text)
genred.errors.SourceError: http://host/x: no data for 15 s
"""


def test_traceback_is_one_warning_with_its_heading_and_its_like_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    assert taken(DROPPED * 50, caplog) == [f"a library says: {DROPPED.splitlines()[0]} {DROPPED.splitlines()[-1]}"]


def test_lines_of_one_kind_are_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    lines = "\n".join(f"ALSA lib pcm.c:{number}:(snd_pcm_open) Unknown PCM cards.{number}" for number in range(100))
    assert taken(lines, caplog) == ["a library says: ALSA lib pcm.c:0:(snd_pcm_open) Unknown PCM cards.0"]


def test_heading_without_a_traceback_is_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    assert taken("Usage:\nnone\n", caplog) == ["a library says: Usage:", "a library says: none"]


PROGRAM = """
import ctypes, logging, os, sys
from genred.service.journal import LogFormatter
from genred.service.library_output import library_output_logged
logging.basicConfig(stream=sys.stderr)
logging.getLogger().handlers[0].setFormatter(LogFormatter("%(levelname)s %(message)s"))
with library_output_logged() as errors:
    os.write(2, b"from C \\x1b[31m\\n" * 1000)
    os.write(1, b"from C to the output\\n")
    print("from Python", file=sys.stderr)
    logging.getLogger("genred").warning("from the log")
    print("our own", file=errors)
    print("an answer é")
print("after", file=sys.stderr)
os.write(1, b"another\\n")
"""


def test_what_libraries_write_goes_through_the_log_and_what_is_ours_does_not() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True, env=environment
    )
    assert sorted(done.stderr.splitlines()[:-1]) == [
        "WARNING a library says: from C \\x1b[31m",
        "WARNING a library says: from C to the output",
        "WARNING a library says: from Python",
        "WARNING from the log",
        "our own",
    ]
    assert done.stderr.splitlines()[-1] == "after"
    assert done.stdout.splitlines() == ["an answer é", "another"]


def test_output_that_cannot_be_written_is_raised_where_it_is_taken() -> None:
    program = (
        "import sys\n"
        "from genred.service.library_output import library_output_logged\n"
        "try:\n"
        "    with library_output_logged(): print('an answer')\n"
        "except OSError as error: print(error.strerror, file=sys.stderr)\n"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.stderr.splitlines()[0] == "No space left on device"
