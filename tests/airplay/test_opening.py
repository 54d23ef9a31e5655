"""Every database that is written is opened alike."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest

from genred.airplay.errors import AirplayError, CorruptLogError, NewerLogError
from genred.airplay.rewriting import RewrittenLog
from genred.airplay.store import AirplayStore
from genred.archive.ledger import FILE_NAME, Ledger
from tests.airplay.made_up import run_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from genred.airplay.opening import OpenDatabase

Opening = tuple["Callable[[Path], OpenDatabase]", str, str]
"""Opens it in a folder; its file's name, and what it is."""

OPENINGS: dict[str, Opening] = {
    "log": (lambda folder: AirplayStore(folder / "log.sqlite", "pi"), "log.sqlite", "airplay log"),
    "archive's log": (lambda folder: RewrittenLog(folder / "log.sqlite", run_of()), "log.sqlite", "airplay log"),
    "ledger": (lambda folder: Ledger(folder, "model"), FILE_NAME, "ledger of an archive"),
}


@pytest.fixture(params=OPENINGS)
def opening(request: pytest.FixtureRequest) -> Opening:
    return OPENINGS[request.param]


def test_readers_never_wait_and_the_write_ahead_log_does_not_stay_large(opening: Opening, tmp_path: Path) -> None:
    opened, _, _ = opening
    with opened(tmp_path / "new") as database:
        pragmas = ("journal_mode", "synchronous", "journal_size_limit")
        found = [database._connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas]
    assert found == ["wal", 1, 16_777_216]


def test_one_process_writes_and_the_other_is_told_what_names_another_file(opening: Opening, tmp_path: Path) -> None:
    opened, name, kind = opening
    with opened(tmp_path), pytest.raises(AirplayError, match=rf"{name}: another genred is writing this {kind}"):
        opened(tmp_path)
    opened(tmp_path).close()


def test_a_database_of_another_kind_is_left_as_it_is(opening: Opening, tmp_path: Path) -> None:
    opened, name, kind = opening
    with contextlib.closing(sqlite3.connect(tmp_path / name, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
    connection.close()
    before = (tmp_path / name).read_bytes()
    with pytest.raises(CorruptLogError, match=rf"but not an? {kind}"):
        opened(tmp_path)
    assert (tmp_path / name).read_bytes() == before


def test_a_database_of_a_newer_genred_is_left_as_it_is(opening: Opening, tmp_path: Path) -> None:
    opened, name, _ = opening
    opened(tmp_path).close()
    with contextlib.closing(sqlite3.connect(tmp_path / name, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerLogError, match="its version is 99"):
        opened(tmp_path)


def test_a_ledger_is_no_log_and_a_log_no_ledger(tmp_path: Path) -> None:
    Ledger(tmp_path, "model").close()
    with pytest.raises(CorruptLogError, match="but not an airplay log"):
        AirplayStore(tmp_path / FILE_NAME, "pi")
    AirplayStore(tmp_path / "other" / FILE_NAME, "pi").close()
    with pytest.raises(CorruptLogError, match="but not a ledger of an archive"):
        Ledger(tmp_path / "other", "model")
