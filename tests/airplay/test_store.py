"""The log on disk: what it survives, and what it never loses."""

from __future__ import annotations

import contextlib
import gc
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from genred.airplay.errors import AirplayError, CorruptLogError, NewerLogError, UnknownStationError
from genred.airplay.query import AirplayLog
from genred.airplay.retention import trim, used_bytes
from genred.airplay.rows import Batch, ClockStep, GapRow, TitleSpan
from genred.airplay.schema import LOG
from genred.airplay.store import AirplayStore
from genred.airplay.times import to_us
from genred.cause import Cause
from tests.airplay.made_up import MODEL, entry, programme, run_of, write_log
from tests.outputs.events import NOON

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> list[tuple[str, float]]:
    with AirplayLog(path) as log:
        return [
            (found.announcement, found.seconds)
            for station in log.stations()
            for found in log.entries(station, None, None)
        ]


def test_entries_are_read_with_their_models_while_a_daemon_restarts_with_another_one(tmp_path: Path) -> None:
    path = write_log(tmp_path / "a.sqlite", entry(0, 60))
    other = replace(entry(60, 60, "rock", run="b2"), model=replace(MODEL, name="other"))
    with AirplayLog(path) as log:
        (station,) = log.stations()
        write_log(path, other)
        assert [found.model for found in log.entries(station, None, None)] == [MODEL]
    with AirplayLog(path) as log:
        assert [found.model for found in log.entries(station, None, None)] == [MODEL, other.model]


def test_a_row_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    written = entry(0, 60, title="Bill Evans - Waltz")
    end = NOON + timedelta(seconds=60)
    span = {"station": "one", "run": "a1", "started_at": NOON, "ended_at": end, "seconds": 60.0}
    gap = GapRow(**span, cause=Cause("http_404"))  # type: ignore[arg-type]
    title = TitleSpan(**span, title="Bill Evans - Waltz", artist="Bill Evans", song="Waltz")  # type: ignore[arg-type]
    step = ClockStep(run="a1", at=end, seconds=-1.5)
    with AirplayStore(path, "pi") as store:
        store.write(run_of(), Batch([written, gap, title, step], {"one": entry(60, 5, "rock")}))
    with AirplayLog(path) as log:
        (station,) = log.stations()
        jazz, rock = log.entries(station, None, None)
        assert (jazz.genre, jazz.confidence, jazz.model, jazz.artist) == ("jazz", 0.9, MODEL, "Bill Evans")
        assert (jazz.started_at, jazz.ended_at, jazz.id) == (NOON, end, 1)
        assert (rock.genre, rock.id) == ("rock", None)
        assert list(log.gaps(station, None, None)) == [gap]
        assert list(log.titles(station, None, None)) == [title]
        assert list(log.clock_steps()) == [step]


def test_a_log_that_was_not_closed_is_closed_at_its_last_heartbeat(tmp_path: Path) -> None:
    path = write_log(tmp_path / "a.sqlite", entry(0, 60), open_entries=(entry(60, 5, "rock"),))
    with AirplayStore(path, "pi") as store:
        ending = store.ending("one")
        assert ending is not None
        assert (ending.at, ending.cause) == (NOON + timedelta(seconds=65), Cause.NOT_RUNNING)
        store.write(run_of(run="b2"), Batch([entry(100, 10, run="b2")]))
    assert read(path) == [("jazz", 60.0), ("rock", 5.0), ("offline", 35.0), ("jazz", 10.0)]
    with AirplayLog(path) as log:
        assert [run.ended for run in log.runs()] == ["killed", "running"]


def test_a_station_that_comes_back_into_the_configuration_was_not_configured(tmp_path: Path) -> None:
    path = write_log(tmp_path / "a.sqlite", entry(0, 60))
    with AirplayStore(path, "pi") as store:
        store.write(run_of(seen_at=NOON + timedelta(hours=1)), Batch([]))
    with AirplayStore(path, "pi") as store:
        ending = store.ending("one")
        assert ending is not None
        assert ending.cause is Cause.NOT_CONFIGURED


def test_what_the_log_has_already_is_not_written_twice(tmp_path: Path) -> None:
    path = write_log(tmp_path / "a.sqlite", entry(0, 60), entry(50, 20, "rock"), entry(55, 5, "speech"))
    assert read(path) == [("jazz", 60.0), ("rock", 10.0)]


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with AirplayStore(path, "pi") as store:
        store.write(run_of(), Batch([entry(0, 60)]))
        bad = entry(60, 10)
        object.__setattr__(bad, "seconds", -1.0)
        with pytest.raises(AirplayError, match=r"a\.sqlite: CHECK constraint"):
            store.write(run_of(), Batch([entry(60, 10, "rock", station="two"), bad]))
        store.write(run_of(), Batch([entry(60, 10, "rock")]))
    assert read(path) == [("jazz", 60.0), ("rock", 10.0)]


def test_two_daemons_do_not_write_one_log(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with AirplayStore(path, "pi"), pytest.raises(AirplayError, match="another genred is writing this airplay log"):
        AirplayStore(path, "pi")


@pytest.mark.parametrize(
    "content", [b"this is no database at all, and has been none ever" * 100, b"SQLite format 3\0" * 300]
)
def test_a_file_of_garbage_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)
    with pytest.raises(CorruptLogError, match=r"a\.sqlite"):
        AirplayStore(path, "pi")


def test_another_database_is_not_taken_for_a_log(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
    with pytest.raises(CorruptLogError, match="but not an airplay log"):
        AirplayStore(path, "pi")
    with pytest.raises(CorruptLogError, match="but not an airplay log"):
        AirplayLog(path)


def test_a_newer_log_is_left_as_it_is(tmp_path: Path) -> None:
    path = write_log(tmp_path / "a.sqlite", entry(0, 60))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {LOG.version + 1}")
    for opened in (lambda: AirplayStore(path, "pi"), lambda: AirplayLog(path)):
        with pytest.raises(NewerLogError, match="written by a newer genred"):
            opened()


def test_a_log_is_read_while_it_is_written_and_as_a_copy_without_companions(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with AirplayStore(path, "pi") as store:
        store.write(run_of(), Batch([entry(0, 60)]))
        assert read(path) == [("jazz", 60.0)]
        store.write(run_of(), Batch([entry(60, 60, "rock")]))
        assert read(path) == [("jazz", 60.0), ("rock", 60.0)]
    copied = tmp_path / "copy" / "b.sqlite"
    copied.parent.mkdir()
    copied.write_bytes(path.read_bytes())
    copied.parent.chmod(0o500)
    assert read(copied) == [("jazz", 60.0), ("rock", 60.0)]


def test_an_entry_that_ends_while_others_are_read_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with AirplayStore(path, "pi") as store:
        jazz, rock = entry(0, 60), entry(60, 60, "rock")
        store.write(run_of(), Batch([jazz, rock], {"one": entry(120, 10, "speech")}))
        with AirplayLog(path) as log:
            rows = log.entries(log.stations()[0], None, None)
            found = [next(rows).announcement]
            store.write(run_of(), Batch([entry(120, 30, "speech")], {"one": entry(150, 5)}))
            found += [one.announcement for one in rows]
    assert found == ["jazz", "rock", "speech"]


def test_only_entries_of_the_span_are_read(tmp_path: Path) -> None:
    path = write_log(
        tmp_path / "a.sqlite", *(entry(60 * number, 60, "jazz" if number % 2 else "rock") for number in range(60))
    )
    with AirplayLog(path) as log:
        (station,) = log.stations()
        since, until = NOON + timedelta(seconds=630), NOON + timedelta(seconds=700)
        assert [one.genre for one in log.entries(station, since, until)] == ["rock", "jazz"]
        with pytest.raises(UnknownStationError, match=r"no station 'tow' in it, only one"):
            log.stations(["tow"])


def test_a_log_knows_how_far_it_reaches(tmp_path: Path) -> None:
    path = write_log(
        tmp_path / "a.sqlite", entry(0, 60), entry(60, 60), entry(0, 9, station="two"), open_entries=(entry(120, 5),)
    )
    with AirplayLog(path) as log:
        one, two = log.stations()
        assert log.extent(one) == (NOON, NOON + timedelta(seconds=120))
        assert log.extent(two) == (NOON, NOON)


def test_rows_that_are_not_read_to_their_end_may_be_let_go_by_another_thread(tmp_path: Path) -> None:
    path = write_log(tmp_path / "a.sqlite", *(entry(60 * number, 60) for number in range(60)))

    def begin() -> object:
        with AirplayLog(path) as log:
            entries = log.entries(log.stations()[0], None, None)
            next(entries)
            return entries

    with ThreadPoolExecutor(1) as executor:
        begun = executor.submit(begin).result()
    del begun
    gc.collect()


def test_old_rows_go_in_small_pieces_and_give_their_pages_back(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with AirplayStore(path, "pi") as store:
        store.write(run_of(), Batch([*programme("one", NOON, 3), *programme("two", NOON, 3, seed=2)]))
        before = used_bytes(store)
        cutoff = to_us(NOON + timedelta(days=2))
        pieces = 0
        while trim(store, before_us=cutoff, at_most=None):
            pieces += 1
        assert pieces >= 5
        assert used_bytes(store) < before / 2
        assert store.execute("SELECT count(*) FROM entries WHERE ended_us < ?", (cutoff,)) == [(0,)]
        while trim(store, before_us=None, at_most=before // 4):
            pass
        assert used_bytes(store) <= before / 4
        assert store.execute("SELECT count(*) FROM entries")[0][0] > 0
    assert path.stat().st_size < before / 2
