"""`genred archive`, as a user runs it."""

from __future__ import annotations

import functools
import http.server
import random
import re
import signal
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
import yaml

from genred.airplay.logged import LoggedEntry
from genred.analysis.estimate import State
from genred.archive.building import following_month
from genred.archive.tables import write_month
from tests.archive.material import NOON, logged, programme, write_recording
from tests.cli.run_genred import COMMAND, genred

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs" / "archive.md"
HOUR = timedelta(hours=1)


@pytest.fixture
def radio(tmp_path: Path) -> Path:
    folder = tmp_path / "radio"
    for hour in range(5):
        write_recording(folder, programme(("jazz", 10 + hour), ("metal", 12)), NOON + hour * HOUR)
    return folder


def archive(*arguments: str | Path, model: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    pattern = "{station}/{date:%Y%m%d}-{time:%H%M%S.%f}.wav"
    return genred(
        "archive", *arguments, "--pattern", pattern, "--time-zone", "UTC", "--model", model, "-j", "2", timeout=timeout
    )


def test_what_is_read_is_reported(radio: Path, tmp_path: Path, tiny_model_path: Path) -> None:
    done = archive(radio, "--out", tmp_path / "out", model=tiny_model_path)
    assert done.returncode == 0, done.stderr
    assert "5 recordings, 5 read now, 0 known, 0 failed" in done.stdout
    report = genred("report", "--log", tmp_path / "out", "--day", "2026-03-01", "--format", "md")
    assert report.returncode == 0, report.stderr
    assert "jazz" in report.stdout
    listed = genred("airplay", "--log", tmp_path / "out", "--state", "music", "--format", "csv")
    assert listed.stdout.count("metal") >= 5
    again = archive(radio, "--out", tmp_path / "out", model=tiny_model_path)
    assert "0 read now, 5 known, 0 failed; 0 station-months" in again.stdout


def test_a_dry_run_shows_stations_and_times_and_reads_nothing(
    radio: Path, tmp_path: Path, tiny_model_path: Path
) -> None:
    (radio / "one" / "song.wav").write_bytes(b"")
    shown = archive(radio, "--dry-run", "--out", tmp_path / "out", model=tiny_model_path)
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"^one +2026-03-01 12:00:00\+00:00 +.*120000", shown.stdout, re.MULTILINE)
    assert re.search(r"no time +.*song\.wav  \(no pattern matches\)", shown.stdout)
    assert "6 files" in shown.stdout
    assert "1 without a time" in shown.stdout
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_read_is_said_and_in_the_exit_code(radio: Path, tmp_path: Path, tiny_model_path: Path) -> None:
    write_recording(radio, programme(("jazz", 1)), NOON + 9 * HOUR).write_bytes(b"junk" * 100)
    done = archive(radio, tmp_path / "nowhere", "--out", tmp_path / "out", model=tiny_model_path)
    assert done.returncode == 66
    assert "nowhere" in done.stderr
    assert "not an audio format" in done.stderr
    assert "6 recordings, 6 read now, 0 known, 1 failed" in done.stdout
    retried = archive(radio, "--retry", "--out", tmp_path / "out", model=tiny_model_path)
    assert "1 read now, 5 known, 1 failed" in retried.stdout


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "no recordings given"),
        (("x.wav",), "no output folder given"),
        (("x.wav", "--pattern", "{place}"), "there are {station}"),
        (("x.wav", "--tag", "x"), "not of the form NAME=PATTERN"),
    ],
)
def test_a_command_line_that_says_too_little_is_answered(arguments: tuple[str, ...], fault: str) -> None:
    done = genred("archive", *arguments)
    assert done.returncode == 2
    assert fault in done.stderr


def test_two_runs_never_write_one_folder(radio: Path, tmp_path: Path, tiny_model_path: Path) -> None:
    first = subprocess.Popen(
        [*COMMAND, "archive", str(radio), "--out", str(tmp_path / "out"), "--model", str(tiny_model_path), "-j", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (tmp_path / "out" / "ledger.sqlite-wal").exists() and first.poll() is None:
            pass
        if first.poll() is None:
            first.send_signal(signal.SIGSTOP)
            second = archive(radio, "--out", tmp_path / "out", model=tiny_model_path)
            assert second.returncode == 66
            assert "another genred" in second.stderr
    finally:
        first.kill()
        first.wait()


def test_kills_at_any_time_change_nothing(radio: Path, tmp_path: Path, tiny_model_path: Path) -> None:
    archive(radio, "--out", tmp_path / "undisturbed", model=tiny_model_path)
    rng = random.Random(1)
    command = [
        *(*COMMAND, "archive", str(radio), "--out", str(tmp_path / "killed"), "--model", str(tiny_model_path)),
        *("--pattern", "{station}/{date:%Y%m%d}-{time:%H%M%S.%f}.wav", "--time-zone", "UTC", "-j", "2"),
    ]
    for _ in range(4):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(0.3, 4.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    done = archive(radio, "--out", tmp_path / "killed", model=tiny_model_path)
    assert done.returncode == 0, done.stderr
    assert logged(tmp_path / "killed") == logged(tmp_path / "undisturbed")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(radio: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(radio))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_addresses_are_read_like_files(address: str, radio: Path, tmp_path: Path, tiny_model_path: Path) -> None:
    names = sorted(path.name for path in (radio / "one").iterdir())
    done = archive(*(f"{address}/one/{name}" for name in names), "--out", tmp_path / "a", model=tiny_model_path)
    assert done.returncode == 0, done.stderr
    archive(radio, "--out", tmp_path / "b", model=tiny_model_path)
    assert logged(tmp_path / "a") == logged(tmp_path / "b")
    # A folder at an address is one whose page lists its files.
    again = archive(f"{address}/", "--out", tmp_path / "a", model=tiny_model_path)
    assert "5 recordings, 0 read now, 5 known, 0 failed" in again.stdout, again.stderr
    missing = archive(f"{address}/one/none.wav", "--out", tmp_path / "c", model=tiny_model_path)
    assert missing.returncode == 66
    assert "none.wav: no such file" in missing.stderr


def test_an_address_of_a_system_that_is_not_installed_says_what_to_install(tmp_path: Path) -> None:
    done = genred("archive", "abfs://container/radio", "--out", tmp_path / "out")
    assert done.returncode == 66
    assert "pip install adlfs" in done.stderr


def ten_years(folder: Path) -> dict[tuple[str, str], float]:
    """A made-up archive of three stations. Gives the hours of jazz by station and month."""
    rng, hours = random.Random(7), dict[tuple[str, str], float]()
    for station in ("one", "two", "three"):
        month = datetime(2016, 1, 1, tzinfo=UTC)
        while month.year < 2026:
            at, rows = month, []
            while at < following_month(month):
                seconds = min(rng.uniform(60, 86_400), (following_month(month) - at).total_seconds())
                genre = rng.choice(["jazz", "rock", None])
                ended_at = at + timedelta(seconds=seconds)
                rows.append(
                    LoggedEntry(
                        station=station, run="archive", node="archive", started_at=at, ended_at=ended_at,
                        seconds=seconds, state=State.SPEECH if genre is None else State.MUSIC, genre=genre,
                    )
                )  # fmt: skip
                if genre == "jazz":
                    key = station, f"{month:%Y-%m}"
                    hours[key] = hours.get(key, 0.0) + seconds / 3_600
                at = ended_at
            write_month(folder, station, month, rows)
            month = following_month(month)
    return hours


def test_the_line_of_the_manual_gives_the_hours_of_jazz_of_ten_years(tmp_path: Path) -> None:
    hours = ten_years(tmp_path / "years")
    (line,) = re.findall(r'^duckdb -c "(.*)"$', DOCS.read_text(), re.MULTILINE)
    relation = duckdb.sql(line.replace("'years/", f"'{tmp_path}/years/"))
    assert relation is not None
    found = relation.fetchall()
    assert len(found) == len(hours) == 360
    for station, month, total in found:
        assert total == pytest.approx(hours[station, month], abs=1e-3)


def test_the_compose_file_is_one() -> None:
    services = yaml.safe_load((DOCS.parents[1] / "configs" / "archive/compose.yaml").read_text())["services"]
    assert services["worker"]["command"] == ["genred", "archive-worker", "tcp://scheduler:8786"]
    assert set(services) == {"scheduler", "worker", "archive"}
