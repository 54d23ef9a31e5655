"""`genred airplay` as it is used, and its documentation as it is written."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import pytest

from genred.airplay import export
from genred.airplay.moments import MomentError, read_period, read_zone
from genred.airplay.schema import LOG
from genred.cli.main import main
from genred.duration_text import hours_text
from genred.exit_codes import ExitCode
from tests.airplay.made_up import entry, write_log
from tests.outputs.events import NOON

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "airplay.md"
CAIRO = ZoneInfo("Africa/Cairo")
NOW = datetime(2026, 11, 29, 15, 30, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_log(
        tmp_path / "a.sqlite",
        entry(0, 300, title="Bill Evans - Waltz"),
        entry(300, 4, "rock"),
        entry(304, 100, title="=HYPERLINK(1)"),
        entry(404, 60, "silence"),
        entry(464, 30, "offline"),
        entry(0, 600, "rock", station="two"),
    )


def rows(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str | Path) -> list[dict[str, object]]:
    assert main(["airplay", "--format", "json", *map(str, arguments)]) == ExitCode.OK
    found: list[dict[str, object]] = json.loads(capsysbinary.readouterr().out)
    return found


def test_rows_are_chosen_by_station_genre_state_title_and_length(
    log: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def seconds(*arguments: str) -> list[object]:
        return [row["seconds"] for row in rows(capsysbinary, "--log", log, *arguments)]

    assert seconds("--station", "one") == [300, 4, 100, 60, 30]
    assert seconds("--genre", "jazz") == [300, 100]
    assert seconds("--genre", "rock", "--min-seconds", "10") == [600]
    assert seconds("--state", "silence,offline") == [60, 30]
    assert seconds("--title", "EVANS") == [300]
    assert seconds("--station", "one", "--merge-under", "10") == [304, 100, 60, 30]
    assert rows(capsysbinary, "--log", log, "--genre", "polka") == []


def test_a_row_has_the_documented_fields(log: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    first = rows(capsysbinary, "--log", log, "--time-zone", "UTC")[0]
    assert first["started_at"] == "2026-11-22T12:00:00.250Z"
    assert first["artist"] == "Bill Evans"
    assert first["probabilities"] == {"jazz": 0.9, "rock": 0.1, "speech": 0.0}
    described = set(re.findall(r"`(\w+)`", DOCUMENT.read_text().split("| field |")[1].split("\n\n")[0]))
    assert first.keys() <= described


def test_entries_are_cut_at_the_bounds_in_the_zone_asked_for(
    log: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    span = ("--since", "2026-11-22T14:01:00", "--until", "2026-11-22T14:02:00.250", "--time-zone", "Africa/Cairo")
    found = rows(capsysbinary, "--log", log, "--station", "one", *span)
    assert [(row["started_at"], row["seconds"]) for row in found] == [("2026-11-22T14:01:00.000+02:00", 60.25)]


def test_csv_opens_in_a_spreadsheet_and_runs_nothing(log: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["airplay", "--log", str(log), "--format", "csv", "--bom"]) == ExitCode.OK
    written = capsysbinary.readouterr().out
    assert written.startswith(b"\xef\xbb\xbfid,node,station,started_at")
    assert b"\r\n" in written
    table = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    assert table[2]["title"] == "'=HYPERLINK(1)"
    assert float(table[3]["level_dbfs"]) == -20.0
    assert json.loads(table[0]["probabilities"])["jazz"] == 0.9


def test_an_export_that_fails_on_the_way_leaves_the_file_of_before(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("of before")

    def half(_rows: object, stream: BinaryIO, *, bom: bool) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "write_csv", half)
    assert main(["airplay", "--log", str(log), "--format", "csv", "-o", str(table)]) != ExitCode.OK
    assert table.read_text() == "of before"


def test_parquet_and_the_examples_of_the_document_run_as_written(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["airplay", "--log", str(log), "--format", "parquet", "-o", "airplay.parquet"]) == ExitCode.OK
    log.rename("airplay.sqlite")
    examples = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), flags=re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        exec(compile(example, str(DOCUMENT), "exec"), {})  # noqa: S102 - our own document
        shown = capsys.readouterr().out
        assert "jazz" in shown
        assert "0.11" in shown  # 404 seconds of it are that many hours


def test_the_document_describes_every_table_and_column() -> None:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        LOG.migrate(connection)
        text = DOCUMENT.read_text()
        for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            line = next(line for line in text.splitlines() if line.startswith(f"| `{table}` |"))
            columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            described = set(re.findall(r"`(\w+)`", line))
            assert columns <= described or table == "open_entries", table


def test_the_table_is_read_at_eighty_columns_and_at_forty(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for width in (80, 40):
        monkeypatch.setenv("COLUMNS", str(width))
        assert main(["airplay", "--log", str(log), "--time-zone", "UTC"]) == ExitCode.OK
        shown = capsys.readouterr().out
        assert max(map(len, shown.splitlines())) <= width
        assert "one on pi, Sunday 2026-11-22 (UTC)" in shown
        assert "jazz" in shown


def test_what_cannot_be_read_is_named(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fault(code: ExitCode, *arguments: str | Path) -> str:
        assert main(["airplay", *map(str, arguments)]) == code
        return capsys.readouterr().err

    missing, usage = ExitCode.SOURCE, ExitCode.USAGE
    assert "nothing.sqlite: there is no such file" in fault(missing, "--log", tmp_path / "nothing.sqlite")
    assert "there is no airplay log" in fault(missing)
    assert "no station 'tow' in it, only one, two" in fault(missing, "--log", log, "--station", "tow")
    assert "'someday' is not a time" in fault(usage, "--log", log, "--since", "someday")
    assert "there is no time zone 'Mars/Olympus'" in fault(usage, "--log", log, "--time-zone", "Mars/Olympus")
    assert "is not after" in fault(usage, "--log", log, "--since", "2026-11-23", "--until", "2026-11-22")


def test_logs_are_merged(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "all.sqlite"
    other = write_log(tmp_path / "b.sqlite", entry(0, 10), node="cellar")
    assert main(["airplay", "merge", str(log), str(other), "-o", str(target)]) == ExitCode.OK
    assert "7 entries of 2 logs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-11-28", "2026-11-28T00:00+02:00", "2026-11-29T00:00+02:00"),
        ("yesterday", "2026-11-28T00:00+02:00", "2026-11-29T00:00+02:00"),
        ("today", "2026-11-29T00:00+02:00", "2026-11-30T00:00+02:00"),
        ("last week", "2026-11-16T00:00+02:00", "2026-11-23T00:00+02:00"),
        ("This  Month", "2026-11-01T00:00+02:00", "2026-12-01T00:00+02:00"),
        ("2026-12", "2026-12-01T00:00+02:00", "2027-01-01T00:00+02:00"),
        ("2026-04-24", "2026-04-24T01:00+03:00", "2026-04-25T00:00+03:00"),  # Cairo's clocks skip that midnight
        ("2026-11-29T06:00", "2026-11-29T06:00+02:00", "2026-11-29T06:00+02:00"),
        ("2026-11-29T06:00Z", "2026-11-29T08:00+02:00", "2026-11-29T08:00+02:00"),
        ("3 hours ago", "2026-11-29T14:30+02:00", "2026-11-29T14:30+02:00"),
        ("monday 6:00", "2026-11-23T06:00+02:00", "2026-11-23T06:00+02:00"),
    ],
)
def test_times_are_read_as_people_write_them(text: str, since: str, until: str) -> None:
    period = read_period(text, CAIRO, NOW)
    assert (period.since, period.until) == (datetime.fromisoformat(since), datetime.fromisoformat(until))


@pytest.mark.parametrize(
    ("now", "text", "hours"),
    [
        ("2026-03-29T04:30+02:00", "3 hours ago", 3),
        ("2026-10-25T02:30+01:00", "1 hour ago", 1),
        ("2026-10-25T02:30+01:00", "an Hour and  30 min ago", 1.5),
        ("2026-10-25T12:00+01:00", "1 day ago", 25),
    ],
)
def test_hours_ago_are_hours_over_a_change_of_the_clocks(now: str, text: str, hours: float) -> None:
    at = datetime.fromisoformat(now)
    since = read_period(text, ZoneInfo("Europe/Berlin"), at).since
    assert since.astimezone(UTC) == at.astimezone(UTC) - timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13-01", "9" * 10_000, "\x00", "2026-02-30", "9999-12-31", "9999-12", "0001-01-01"]
)
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(MomentError, match="is not a time"):
        read_period(text, CAIRO, NOW)


def test_zones_are_read_by_name() -> None:
    assert read_zone("Europe/Berlin") == ZoneInfo("Europe/Berlin")
    assert datetime.now(read_zone("")).utcoffset() is not None
    with pytest.raises(MomentError):
        read_zone("../etc/passwd")


def test_durations_are_shown_in_hours() -> None:
    assert [hours_text(seconds) for seconds in (0.4, 59.6, 3_661, 360_000)] == [
        "0:00:00",
        "0:01:00",
        "1:01:01",
        "100:00:00",
    ]


def test_the_time_of_a_made_up_log_is_that_of_all_tests() -> None:
    assert entry(60, 1).started_at == NOON + timedelta(seconds=60)
