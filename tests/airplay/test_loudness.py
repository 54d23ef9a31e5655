"""Loudness in the log: of each entry what FFmpeg says of its audio, and by the quarter of an hour what adds up."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import time
import wave
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.airplay.entries import StationFold
from genred.airplay.entry_loudness import SETTLED_AFTER_S, EntryLoudness
from genred.airplay.log_clock import LogClock
from genred.airplay.loudness import WRITTEN_EVERY_S, LoudnessFold
from genred.airplay.merge import merge
from genred.airplay.query import AirplayLog
from genred.airplay.rows import Batch, Entry, Loudness, LoudnessRow
from genred.airplay.schema import LOG
from genred.airplay.selection import merge_under
from genred.airplay.store import AirplayStore
from genred.analysis.estimate import State
from genred.audio.loudness import LoudnessReading, LoudnessSums, LoudnessValue
from genred.clock import Moment
from genred.events import AnnouncementChanged, LoudnessMeasured, SilenceStarted
from genred.sources.loudness import LoudnessMeter
from tests.airplay.made_up import entry, run_of
from tests.cli.daemon import Daemon
from tests.conftest import BRISK_MODEL
from tests.patience import PATIENCE_S
from tests.sources.loudness import DIGIT, assert_same, measured_by_ffmpeg, moving, pcm_by_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LOUD, QUIET = LoudnessReading(-10.0, -10.0, -1.0), LoudnessReading(-30.0, -30.0, -20.0)


def moment(seconds: float, run: str = "a1") -> Moment:
    return Moment(1_000.0 + seconds, NOON + timedelta(seconds=seconds), run)


def measured(seconds: float, readings: Sequence[LoudnessReading], run: str = "a1") -> LoudnessMeasured:
    return LoudnessMeasured(station="one", at=moment(seconds, run), readings=tuple(readings))


def announced(seconds: float, announcement: str) -> AnnouncementChanged:
    return AnnouncementChanged(
        station="one",
        at=moment(seconds),
        previous=None,
        previous_since=None,
        announcement=announcement,
        confidence=0.9,
    )


def clock(run: str = "a1") -> LogClock:
    made = LogClock(run, None)
    made.observe(moment(0.0, run))
    return made


def in_seconds(samples: NDArray[np.float32], rate_hz: int) -> list[list[LoudnessReading]]:
    meter = LoudnessMeter()
    return [meter.push(samples[:, start : start + rate_hz], rate_hz) for start in range(0, samples.shape[1], rate_hz)]


def test_an_entry_has_the_loudness_of_its_own_audio() -> None:
    jazz, rock = moving(48_000, 2, 40.0), 0.5 * moving(48_000, 2, 35.0, seed=2)
    rows: list[Entry] = []
    fold = StationFold("one", clock(), rows.append)  # type: ignore[arg-type]
    fold.handle(announced(0.0, "jazz"))
    for second, readings in enumerate(in_seconds(np.concatenate((jazz, rock), axis=1), 48_000), 1):
        fold.handle(measured(second, readings))
        if second == 40:
            fold.handle(announced(second, "rock"))
    fold.close(moment(75.0).monotonic_s)
    found = {row.genre: row.loudness for row in rows}
    for genre, samples in (("jazz", jazz), ("rock", rock)):
        loudness = found[genre]
        assert loudness is not None
        assert loudness.true_peak_dbtp is not None
        value = LoudnessValue(loudness.integrated_lufs, loudness.range_lu, loudness.true_peak_dbtp)
        assert_same(value, pcm_by_ffmpeg(samples, 48_000, "stereo"))


def test_silence_that_is_noticed_late_takes_nothing_off_the_music() -> None:
    rows: list[Entry] = []
    fold = StationFold("one", clock(), rows.append)  # type: ignore[arg-type]
    fold.handle(announced(0.0, "jazz"))
    for second in range(1, 41):
        fold.handle(measured(second, [LOUD if second <= 30 else QUIET] * 10))
    fold.handle(SilenceStarted(station="one", at=moment(30.0), level_dbfs=-80.0))
    fold.handle(announced(40.0, "silence"))
    fold.close(moment(41.0).monotonic_s)
    jazz, silence = (row.loudness for row in rows if row.state is not State.OFFLINE)
    assert jazz is not None
    assert (round(jazz.integrated_lufs, 3), jazz.range_lu, jazz.true_peak_dbtp) == (-10.0, 0.0, -1.0)
    assert silence is not None
    assert silence.integrated_lufs == pytest.approx(-30.0)


def test_what_is_long_ago_stays_with_its_entry() -> None:
    kept = EntryLoudness()
    for second in range(100):
        kept.add(float(second), [LOUD] * 10)
    later = kept.split(0.0)
    before, after = kept.value, later.value
    assert before is not None
    assert after is not None
    assert later.split(99.0 - SETTLED_AFTER_S).value is not None
    assert EntryLoudness().value is None


def test_a_station_without_loudness_has_none() -> None:
    rows: list[Entry] = []
    fold = StationFold("one", clock(), rows.append)  # type: ignore[arg-type]
    fold.handle(announced(0.0, "jazz"))
    fold.close(moment(10.0).monotonic_s)
    assert [row.loudness for row in rows if row.state is State.MUSIC] == [None]


def test_neighbours_that_are_shown_as_one_have_the_loudness_of_their_mean_power() -> None:
    quiet, loud = (
        Loudness(integrated_lufs=lufs, range_lu=3.0, true_peak_dbtp=peak)
        for lufs, peak in ((-30.0, -9.0), (-10.0, -1.0))
    )
    made = [entry(0, 60), entry(60, 60)]
    parts = [
        Entry(**{**{name: getattr(one, name) for name in one.__dataclass_fields__}, "loudness": loudness})
        for one, loudness in zip(made, (quiet, loud), strict=True)
    ]
    (found,) = merge_under(parts, 1.0)
    assert found.loudness is not None
    assert found.loudness.integrated_lufs == pytest.approx(-12.97, abs=0.01)
    assert (found.loudness.range_lu, found.loudness.true_peak_dbtp) == (None, -1.0)


# Quarters of an hour.


def quarters(*events: LoudnessMeasured) -> list[LoudnessRow]:
    rows: list[LoudnessRow] = []
    fold = LoudnessFold("one", clock(), rows.append)
    for event in events:
        fold.handle(event)
    fold.finish()
    return rows


def test_quarters_tile_the_time_that_was_measured() -> None:
    rows = quarters(*(measured(second, [LOUD] * 10) for second in range(1, 2_000)))
    assert [row.started_at for row in rows] == [NOON + timedelta(minutes=minutes) for minutes in (0, 15, 30)]
    assert rows[0].ended_at <= rows[1].started_at
    assert sum(row.seconds for row in rows) == 1_999
    assert sum(times for row in rows for _, times in row.short_term) == 19_990 - 3 * 29


def test_a_clock_that_was_set_leaves_rows_in_order() -> None:
    log_clock = LogClock("a1", None)
    rows: list[LoudnessRow] = []
    fold = LoudnessFold("one", log_clock, rows.append)
    for second in range(1, 100):
        back_s = 3_600.0 if second > 50 else 0.0
        at = Moment(1_000.0 + second, NOON + timedelta(seconds=second - back_s), "a1")
        log_clock.observe(at, 0.0)
        fold.handle(LoudnessMeasured(station="one", at=at, readings=(LOUD,) * 10))
    fold.finish()
    assert all(row.started_at <= row.ended_at for row in rows)
    assert len({row.started_at for row in rows}) == len(rows)


def test_the_quarter_that_goes_on_is_written_now_and_then() -> None:
    rows: list[LoudnessRow] = []
    fold = LoudnessFold("one", clock(), rows.append)
    for second in range(1, 302):
        fold.handle(measured(second, [LOUD] * 10))
        if second % 5 == 0:
            fold.write(NOON + timedelta(seconds=second))
    assert len(rows) == 1 + 300 // WRITTEN_EVERY_S - 1
    assert {row.started_at for row in rows} == {NOON}


def _write(path: Path, *rows: LoudnessRow) -> Path:
    with AirplayStore(path, "pi") as store:
        store.write(run_of(), Batch([entry(0, 60), *rows]))
    return path


def _read(path: Path) -> list[LoudnessRow]:
    with AirplayLog(path) as log:
        return [row for one in log.stations() for row in log.loudness(one, None, None)]


def test_a_row_comes_back_as_it_was_written_and_grows(tmp_path: Path) -> None:
    (early,) = quarters(*(measured(second, [LOUD] * 10) for second in range(1, 60)))
    (late,) = quarters(*(measured(second, [LOUD, QUIET] * 5) for second in range(1, 120)))
    path = _write(tmp_path / "a.sqlite", early)
    assert _read(path) == [early]
    _write(path, late)
    assert _read(path) == [late]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        lufs, text = connection.execute("SELECT loudness_lufs, momentary FROM loudness").fetchone()
    assert lufs == pytest.approx(-10.0, abs=3.1)
    assert {step for step, _ in json.loads(text)} == {-100, -300}


def test_merging_keeps_of_each_quarter_what_knows_most(tmp_path: Path) -> None:
    (early,) = quarters(*(measured(second, [LOUD] * 10) for second in range(1, 60)))
    (late,) = quarters(*(measured(second, [LOUD] * 10) for second in range(1, 120)))
    one, two = _write(tmp_path / "1.sqlite", early), _write(tmp_path / "2.sqlite", late)
    for number, sources in enumerate(([one, two], [two, one])):
        merge(sources, tmp_path / f"all{number}.sqlite")
        merge(sources, tmp_path / f"all{number}.sqlite")
        assert _read(tmp_path / f"all{number}.sqlite") == [late]


def test_a_log_of_the_first_version_takes_loudness_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA application_id = {0x67656E72}")
    connection.executescript(LOG.migrations[0])
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert LOG.version == 2
    rows = quarters(measured(1.0, [LOUD] * 10))
    assert _read(_write(path, *rows)) == rows


def test_a_log_of_the_first_version_is_read_without_loudness(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.sqlite")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TABLE loudness")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert _read(path) == []


def test_a_daemon_logs_what_ffmpeg_measures(tmp_path: Path) -> None:
    """A file to its end: all quarters together are all of it."""
    samples = moving(44_100, 2, 14.0)
    path = tmp_path / "programme.wav"
    _write_wav(path, samples, 44_100)
    log = tmp_path / "airplay.sqlite"
    config = tmp_path / "genred.yaml"
    config.write_text(
        json.dumps(
            {
                "model": str(BRISK_MODEL),
                "mqtt": {"broker": "127.0.0.1:1"},
                "airplay": {"file": str(log)},
                "loudness": True,
                "processes": 2,
                "stations": {
                    "one": {"source": {"file": str(path)}},
                    "two": {"source": {"file": str(path)}, "loudness": False},
                },
            }
        )
    )
    with Daemon(config) as daemon:
        ends_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_at and not _has_ended(log):
            time.sleep(0.2)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.process.wait(PATIENCE_S)
    with AirplayLog(log) as read:
        one, two = read.stations()
        rows, entries = list(read.loudness(one, None, None)), list(read.entries(one, None, None))
        assert list(read.loudness(two, None, None)) == []
    sums = LoudnessSums()
    for row in rows:
        sums.merge(row.momentary, row.short_term, row.true_peak_dbtp)
    value, theirs = sums.value, measured_by_ffmpeg("-i", str(path))
    assert value is not None
    assert value.integrated_lufs == pytest.approx(theirs.integrated_lufs, abs=0.1 + DIGIT)
    assert value.true_peak_dbtp == pytest.approx(theirs.true_peak_dbtp, abs=0.1 + DIGIT)
    assert any(one.loudness is not None for one in entries)


def _write_wav(path: Path, samples: NDArray[np.float32], rate_hz: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(samples))
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((samples.T * 32_767).clip(-32_768, 32_767).round().astype("<i2").tobytes())


def _has_ended(log: Path) -> bool:
    """Whether both stations were on air and are not any more."""
    if not log.exists():
        return False
    with contextlib.closing(sqlite3.connect(log, isolation_level=None)) as connection:
        try:
            found = connection.execute(
                "SELECT count(*) FROM open_entries WHERE state = 'offline' AND station_id IN "
                "(SELECT station_id FROM entries WHERE state != 'offline')"
            ).fetchone()
        except sqlite3.OperationalError:
            return False
    return bool(found == (2,))
