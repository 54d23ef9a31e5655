"""Recordings in, rows out: each once, and nothing for what is known."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest

from genred.airplay.query import AirplayLog
from genred.analysis.estimate import State
from genred.archive.ledger import Ledger
from genred.archive.windows import unpacked
from genred.cause import Cause
from tests.archive.material import NOON, InProcess, archive, logged, programme, write_recording
from tests.service.test_same_estimates import classified, published, write
from tests.stations.harness import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from genred.airplay.logged import LoggedEntry
    from genred.analysis.bundle import ModelBundle
    from genred.analysis.estimate import Estimate

__all__ = ["classified"]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def radio(tmp_path: Path) -> Path:
    folder = tmp_path / "radio"
    write_recording(folder, programme(("jazz", 40), ("metal", 20)))
    write_recording(folder, programme(("metal", 30), ("silence", 30)), NOON + MINUTE)
    write_recording(folder, programme(("speech", 30)), NOON + 5 * MINUTE)
    write_recording(folder, programme(("jazz", 20)), NOON, "two")
    return folder


def entries(out: Path, station: str = "one") -> list[LoggedEntry]:
    with AirplayLog(out / "airplay.sqlite") as log:
        return list(log.entries(log.stations([station])[0], None, None))


def test_a_second_run_reads_nothing_and_changes_nothing(radio: Path, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    first = archive([radio], tmp_path / "out", tiny_bundle)
    assert (first.files, first.read, first.known, first.failed) == (4, 4, 0, 0)
    rows, reader = logged(tmp_path / "out"), InProcess(tiny_bundle)
    second = archive([radio], tmp_path / "out", tiny_bundle, reader)
    assert (second.files, second.read, second.known, reader.read_paths) == (4, 0, 4, [])
    assert logged(tmp_path / "out") == rows


def test_entries_tile_the_time_and_what_was_not_recorded_is_a_gap(
    radio: Path, tmp_path: Path, tiny_bundle: ModelBundle
) -> None:
    archive([radio], tmp_path / "out", tiny_bundle)
    found = entries(tmp_path / "out")
    assert [one.announcement for one in found] == ["jazz", "metal", "silence", "offline", "speech"]
    assert all(one.ended_at == after.started_at for one, after in pairwise(found))
    assert found[0].started_at == NOON
    assert found[-1].ended_at == NOON + 5 * MINUTE + timedelta(seconds=30)
    assert [one.cause for one in found if one.state is State.OFFLINE] == [Cause.NOT_RECORDED]
    with AirplayLog(tmp_path / "out" / "airplay.sqlite") as log:
        (gap,) = log.gaps(log.stations(["one"])[0], None, None)
    assert (gap.started_at, gap.ended_at) == (NOON + 2 * MINUTE, NOON + 5 * MINUTE)


def test_a_file_that_was_moved_is_known_by_its_content(radio: Path, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    archive([radio], tmp_path / "out", tiny_bundle)
    radio.rename(tmp_path / "elsewhere")
    reader = InProcess(tiny_bundle)
    tally = archive([tmp_path / "elsewhere"], tmp_path / "out", tiny_bundle, reader)
    assert (tally.read, tally.known, reader.read_paths) == (0, 4, [])


def test_one_content_under_two_names_is_read_once(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    for minute in (0, 10):
        write_recording(tmp_path / "in", programme(("jazz", 20)), NOON + minute * MINUTE)
    reader = InProcess(tiny_bundle)
    tally = archive([tmp_path / "in"], tmp_path / "out", tiny_bundle, reader)
    assert (tally.files, tally.read, tally.known, len(reader.read_paths)) == (2, 1, 1, 1)
    assert [one.announcement for one in entries(tmp_path / "out")] == ["jazz", "offline", "jazz"]


def test_what_comes_later_between_others_joins_them(radio: Path, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    late = next((radio / "one").glob("*-120100*"))
    aside = late.rename(tmp_path / late.name)
    archive([radio], tmp_path / "out", tiny_bundle)
    aside.rename(late)
    reader = InProcess(tiny_bundle)
    archive([radio], tmp_path / "out", tiny_bundle, reader)
    # The one before it, too, for the windows that they share.
    assert len(reader.read_paths) == 2
    archive([radio], tmp_path / "at once", tiny_bundle)
    assert logged(tmp_path / "out") == logged(tmp_path / "at once")


def test_a_changed_file_is_read_again(radio: Path, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    archive([radio], tmp_path / "out", tiny_bundle)
    write_recording(radio, programme(("metal", 25)), NOON, "two")
    reader = InProcess(tiny_bundle)
    archive([radio], tmp_path / "out", tiny_bundle, reader)
    assert len(reader.read_paths) == 1
    assert [one.announcement for one in entries(tmp_path / "out", "two")] == ["metal"]


def test_another_pattern_moves_everything(radio: Path, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    pattern = "{date:%Y%m%d}-{time:%H%M%S.%f}.wav"
    archive([radio / "one"], tmp_path / "out", tiny_bundle, patterns=[pattern], station="all of it")
    assert {row[1] for row in logged(tmp_path / "out")} == {"all_of_it"}
    reader = InProcess(tiny_bundle)
    archive([radio], tmp_path / "out", tiny_bundle, reader)
    # Only what had not been named then is read.
    assert [path.rpartition("/")[0] for path in reader.read_paths] == [str(radio / "two")]
    archive([radio], tmp_path / "afresh", tiny_bundle)
    assert logged(tmp_path / "out") == logged(tmp_path / "afresh")
    assert {path.name for path in (tmp_path / "out" / "entries").rglob("*.parquet")} == {"2026-03.parquet"}
    assert not list((tmp_path / "out" / "entries" / "all_of_it").iterdir())


def test_a_pattern_gives_known_recordings_the_time_that_they_had_not(
    radio: Path, tmp_path: Path, tiny_bundle: ModelBundle
) -> None:
    assert archive([radio], tmp_path / "out", tiny_bundle, patterns=["{station}/*.wav"]).undated == 4
    tally = archive([radio], tmp_path / "out", tiny_bundle)
    archive([radio], tmp_path / "afresh", tiny_bundle)
    assert tally.undated == 0
    assert [row[:4] for row in logged(tmp_path / "out")] == [row[:4] for row in logged(tmp_path / "afresh")]


def test_names_need_not_be_utf_8(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    path = write_recording(tmp_path / "in", programme(("jazz", 20)))
    folder = path.parent.rename(os.fsdecode(os.fsencode(path.parent.parent) + b"/Caf\xe9"))
    (folder / path.name).rename(folder / os.fsdecode(b"20260301-120000 \xe9t\xe9.wav"))
    (folder / os.fsdecode(b"20260301-130000 \xe9.wav")).write_text("no audio")
    pattern = "{station}/{date:%Y%m%d}-{time:%H%M%S}*"
    for known in (0, 2):
        tally = archive([tmp_path / "in"], tmp_path / "out", tiny_bundle, patterns=[pattern])
        assert (tally.files, tally.known, tally.failed, tally.undated) == (2, known, 1, 0)
    with AirplayLog(tmp_path / "out" / "airplay.sqlite") as log:
        assert [station.name for station in log.stations()] == ["Caf\N{REPLACEMENT CHARACTER}"]
    rows = pq.read_table(tmp_path / "out" / "files.parquet").to_pylist()
    assert [row["path"].rpartition("/")[2] for row in rows] == [
        "20260301-120000 \N{REPLACEMENT CHARACTER}t\N{REPLACEMENT CHARACTER}.wav",
        "20260301-130000 \N{REPLACEMENT CHARACTER}.wav",
    ]
    assert [row["word"] for row in rows] == ["jazz", None]


def test_a_recording_of_an_hour_that_comes_twice_may_be_named_twice(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    hour = datetime(2026, 10, 25, 2, tzinfo=UTC)
    path = write_recording(tmp_path / "in", programme(("jazz", 20)), hour)
    archive([tmp_path / "in", path], tmp_path / "out", tiny_bundle, zone=ZoneInfo("Europe/Berlin"))
    (jazz,) = entries(tmp_path / "out")
    assert jazz.started_at == hour - timedelta(hours=2)


def test_what_was_deleted_of_the_output_is_written_again(radio: Path, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    archive([radio], tmp_path / "out", tiny_bundle)
    rows = logged(tmp_path / "out")
    for path in (tmp_path / "out").glob("airplay.sqlite*"):
        path.unlink()
    reader = InProcess(tiny_bundle)
    archive([radio], tmp_path / "out", tiny_bundle, reader)
    assert (logged(tmp_path / "out"), reader.read_paths) == (rows, [])


def test_what_is_gone_stays_in_the_log(radio: Path, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    archive([radio], tmp_path / "out", tiny_bundle)
    rows = logged(tmp_path / "out")
    for path in (radio / "one").iterdir():
        path.unlink()
    archive([radio], tmp_path / "out", tiny_bundle)
    assert logged(tmp_path / "out") == rows


def test_a_bad_file_is_a_row_with_its_error_and_a_gap(radio: Path, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    bad = write_recording(radio, programme(("jazz", 5)), NOON + 3 * MINUTE)
    bad.write_bytes(b"no audio" * 1_000)
    tally = archive([radio], tmp_path / "out", tiny_bundle)
    assert (tally.files, tally.read, tally.failed) == (5, 5, 1)
    rows = {row["path"]: row for row in pq.read_table(tmp_path / "out" / "files.parquet").to_pylist()}
    assert len(rows) == 5
    assert "not an audio format" in rows[str(bad)]["error"]
    assert sum(row["error"] is None for row in rows.values()) == 4
    offline = [(one.cause, one.started_at) for one in entries(tmp_path / "out") if one.state is State.OFFLINE]
    assert offline == [(Cause.NOT_RECORDED, NOON + 2 * MINUTE), (Cause.NO_AUDIO, NOON + 3 * MINUTE)]
    again = archive([radio], tmp_path / "out", tiny_bundle)
    assert (again.read, again.failed) == (0, 1)


def test_of_recordings_that_overlap_the_first_one_counts(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    write_recording(tmp_path / "in", programme(("jazz", 60)))
    write_recording(tmp_path / "in", programme(("metal", 60)), NOON + timedelta(seconds=30))
    archive([tmp_path / "in"], tmp_path / "out", tiny_bundle)
    found = entries(tmp_path / "out")
    assert [(one.announcement, round(one.seconds)) for one in found] == [("jazz", 60), ("metal", 30)]


def test_an_entry_goes_on_over_a_month_s_end_in_both_tables(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    end = NOON.replace(month=4, day=1, hour=0)
    write_recording(tmp_path / "in", programme(("jazz", 60)), end - timedelta(seconds=30))
    archive([tmp_path / "in"], tmp_path / "out", tiny_bundle)
    tables = [pq.read_table(path) for path in sorted((tmp_path / "out" / "entries" / "one").iterdir())]
    assert [table.num_rows for table in tables] == [1, 1]
    assert [round(one.seconds) for one in entries(tmp_path / "out")] == [30, 30]


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "m4a", "wav"])
def test_windows_are_those_of_classify_and_of_a_station(
    suffix: str, classified: Callable[[Path, str], list[Estimate]], tmp_path: Path, tiny_bundle: ModelBundle
) -> None:
    (tmp_path / "in").mkdir()
    path = write(tmp_path / "in" / f"sound.{suffix}")
    archive([path], tmp_path / "out", tiny_bundle)
    with Ledger(tmp_path / "out", "test") as ledger:
        (file,) = ledger.files.all()
        assert file.result is not None
        windows = [
            window.estimate for window in unpacked(ledger.results.windows(file.result), len(tiny_bundle.card.labels))
        ]
    model = str(tiny_bundle.path)
    estimates = classified(path, model)
    assert published(path, model) == shown(estimates)
    assert [one.position_s for one in windows] == [one.position_s for one in estimates]
    for one, other in zip(windows, estimates, strict=True):
        assert (one.window_probabilities is None) == (other.window_probabilities is None)
        assert np.array(one.window_probabilities or (), np.float32).tolist() == (
            np.array(other.window_probabilities or (), np.float32).tolist()
        )


def test_recordings_without_a_time_are_in_the_table_only(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    path = write_recording(tmp_path / "in", programme(("jazz", 20)))
    path.rename(path.with_name("song.wav"))
    tally = archive([tmp_path / "in"], tmp_path / "out", tiny_bundle)
    assert (tally.read, tally.undated) == (1, 1)
    (row,) = pq.read_table(tmp_path / "out" / "files.parquet").to_pylist()
    assert (row["word"], row["started_at"], row["timeline"][0]["word"]) == ("jazz", None, "jazz")
    assert not (tmp_path / "out" / "airplay.sqlite").exists()
