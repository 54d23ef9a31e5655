"""Logs merged: in any order, and as often as one likes."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.airplay.errors import AirplayError
from genred.airplay.merge import _Writer, merge
from genred.airplay.query import AirplayLog
from genred.airplay.store import AirplayStore
from genred.cause import Cause
from tests.airplay.made_up import entry, write_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.airplay.rows import Entry

Content = list[tuple[object, ...]]


def content(path: Path) -> Content:
    """All rows, but for their numbers in this one log."""
    with AirplayLog(path) as log:
        rows: Content = [(run,) for run in log.runs()]
        for station in log.stations():
            rows.append((station.node, station.station, station.name))
            rows += [(one.node, *_plain(one)) for one in log.entries(station, None, None)]
            rows += [(gap,) for gap in log.gaps(station, None, None)]
            rows += [(title,) for title in log.titles(station, None, None)]
        return rows


def _plain(one: Entry) -> tuple[object, ...]:
    return (one.station, one.started_at, one.ended_at, round(one.seconds, 6), one.announcement, one.title, one.cause)


def words(path: Path) -> list[tuple[str, str, str, float]]:
    with AirplayLog(path) as log:
        return [
            (station.node, station.station, one.announcement, one.seconds)
            for station in log.stations()
            for one in log.entries(station, None, None)
        ]


def test_stations_of_one_name_on_two_nodes_stay_two(tmp_path: Path) -> None:
    one = write_log(tmp_path / "1.sqlite", entry(0, 60), node="attic")
    two = write_log(tmp_path / "2.sqlite", entry(0, 60, "rock"), node="cellar")
    assert merge([one, two], tmp_path / "all.sqlite") == 2
    assert words(tmp_path / "all.sqlite") == [("attic", "one", "jazz", 60.0), ("cellar", "one", "rock", 60.0)]


def test_an_older_copy_adds_nothing(tmp_path: Path) -> None:
    older = write_log(tmp_path / "old.sqlite", entry(0, 60), open_entries=(entry(60, 5, "rock"),))
    newer = write_log(tmp_path / "new.sqlite", entry(0, 60), entry(60, 30, "rock"), entry(90, 5))
    merge([older, newer], tmp_path / "all.sqlite")
    assert [found[2:] for found in words(tmp_path / "all.sqlite")] == [("jazz", 60.0), ("rock", 30.0), ("jazz", 5.0)]


def test_what_one_log_missed_another_fills_in(tmp_path: Path) -> None:
    absent = entry(60, 100, "offline", cause=Cause.NOT_RUNNING)
    one = write_log(tmp_path / "1.sqlite", entry(0, 60), absent, entry(160, 40))
    aside = write_log(tmp_path / "2.sqlite", entry(80, 50, "rock", run="b2"))
    merge([one, aside], tmp_path / "all.sqlite")
    assert [found[2:] for found in words(tmp_path / "all.sqlite")] == [
        ("jazz", 60.0),
        ("offline", 20.0),
        ("rock", 50.0),
        ("offline", 30.0),
        ("jazz", 40.0),
    ]
    with AirplayLog(tmp_path / "all.sqlite") as log:
        (station,) = log.stations()
        assert [gap.seconds for gap in log.gaps(station, None, None)] == [20.0, 30.0]


def test_a_target_that_is_there_is_merged_too_and_one_that_is_written_is_refused(tmp_path: Path) -> None:
    target = write_log(tmp_path / "all.sqlite", entry(0, 60))
    merge([write_log(tmp_path / "1.sqlite", entry(60, 60, "rock"))], target)
    assert [found[2] for found in words(target)] == ["jazz", "rock"]
    with AirplayStore(target, "pi"), pytest.raises(AirplayError, match="another genred is writing this airplay log"):
        merge([tmp_path / "1.sqlite"], target)
    with pytest.raises(AirplayError, match=r"nothing\.sqlite: there is no such file"):
        merge([tmp_path / "nothing.sqlite"], tmp_path / "new.sqlite")


def test_a_target_that_is_a_link_stays_one_and_keeps_its_permissions(tmp_path: Path) -> None:
    one = write_log(tmp_path / "1.sqlite", entry(60, 60, "rock"))
    target, link = write_log(tmp_path / "all.sqlite", entry(0, 60)), tmp_path / "link.sqlite"
    target.chmod(0o600)
    link.symlink_to(target)
    merge([one], link)
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o600
    assert [found[2] for found in words(target)] == ["jazz", "rock"]
    with AirplayStore(target, "pi"), pytest.raises(AirplayError, match="another genred is writing"):
        merge([one], link)


def test_a_log_whose_daemon_restarts_meanwhile_is_merged_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = write_log(tmp_path / "live.sqlite", entry(0, 60))
    write_runs = _Writer._write_runs

    def write_runs_then_restart(self: _Writer, logs: Sequence[AirplayLog]) -> None:
        write_runs(self, logs)
        write_log(live, entry(60, 60, "rock", run="b2"))

    monkeypatch.setattr(_Writer, "_write_runs", write_runs_then_restart)
    assert merge([live], tmp_path / "all.sqlite") == 1
    assert words(tmp_path / "all.sqlite") == [("pi", "one", "jazz", 60.0)]


PIECE = st.tuples(
    st.integers(0, 300),
    st.integers(1, 120),
    st.sampled_from(["jazz", "rock", "silence", "offline", "absent"]),
    st.sampled_from(["one", "two"]),
)
LOG = st.lists(PIECE, max_size=12)


def log_of(folder: Path, name: str, pieces: list[tuple[int, int, str, str]]) -> Path:
    """A log; what overlaps in it is cut by the store."""
    entries = [
        entry(
            started_s,
            seconds,
            "offline" if on_air == "absent" else on_air,
            station=station,
            cause=Cause.NOT_RUNNING if on_air == "absent" else None,
        )
        for started_s, seconds, on_air, station in sorted(pieces)
    ]
    return write_log(folder / name, *entries)


@given(logs=st.lists(LOG, min_size=2, max_size=3))
@settings(max_examples=40)
def test_merging_is_idempotent_and_commutative_and_tiles_the_time(logs: list[list[tuple[int, int, str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [log_of(folder, f"{number}.sqlite", pieces) for number, pieces in enumerate(logs)]
        merge(paths, folder / "forth.sqlite")
        merge(paths[::-1], folder / "back.sqlite")
        merge([folder / "forth.sqlite", *paths, folder / "back.sqlite"], folder / "again.sqlite")
        found = content(folder / "forth.sqlite")
        assert found == content(folder / "back.sqlite")
        assert found == content(folder / "again.sqlite")
        with AirplayLog(folder / "forth.sqlite") as log:
            for station in log.stations():
                entries = list(log.entries(station, None, None))
                assert all(a.ended_at <= b.started_at for a, b in itertools.pairwise(entries))
