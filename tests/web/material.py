"""Pages over a made-up log, and a recording of one entry of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from genred.airplay.recording_rows import RecordingRow
from genred.airplay.rows import Batch
from genred.airplay.store import AirplayStore
from genred.cause import Cause
from genred.config.schema import WebConfig
from genred.web.app import make_app
from genred.web.board import Board
from tests.airplay.made_up import entry, run_of, write_log
from tests.outputs.events import NOON
from tests.sources.sounds import MP3, encoded

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from genred.airplay.rows import Entry

DAY = NOON.date().isoformat()
ZONE = "Europe/Berlin"
RECORDED_S = 30.0

SCRIPT = "<script>alert(1)</script>"
TURNED = "\u202eturned \u05e9\u05dc\u05d5\u05dd"
FORMULA = '=HYPERLINK("http://evil.example")'


def app_of(log: Path | None) -> ASGIApp:
    app = make_app(WebConfig(), Board({"one": "One"}), key=b"k" * 32)
    app.inner.state.log_path = log  # type: ignore[attr-defined]
    return app


def pages_of(log: Path | None) -> TestClient:
    return TestClient(app_of(log), base_url="http://localhost", follow_redirects=False)


def hostile_entries() -> list[Entry]:
    """Three quarters of an hour, and a day later a few whose titles mean harm; the log fills what is between."""
    day_s = 86_400.0
    return [
        entry(0, 60, "jazz", title="Ida - Blue"),
        entry(60, 40, "silence"),
        entry(100, 20, "offline", cause=Cause.STALLED),
        *(entry(120 + 10 * index, 10, ("rock", "speech")[index % 2], title=f"Song {index}") for index in range(250)),
        entry(day_s, 60, "jazz", title=SCRIPT),
        entry(day_s + 60, 60, "rock", title=TURNED),
        entry(day_s + 120, 60, "speech", title="x" * 10_000),
        entry(day_s + 180, 60, "jazz", title=FORMULA),
    ]


def hostile_log(folder: Path) -> Path:
    path = write_log(folder / "airplay.sqlite", *hostile_entries(), entry(0, 600, "rock", station="two"))
    with AirplayStore(path, "pi") as store:
        for station in ("one", "two"):
            store.name_station(station, f"Radio {station}", ZONE)
    return path


def record(log: Path, *, codec: str = "mp3", seconds: float = RECORDED_S, lies_at: str = "one.mp3") -> None:
    """Adds a recording of the beginning of the first entry."""
    folder = log.parent / "recordings"
    folder.mkdir()
    (folder / "one.mp3").write_bytes(encoded(MP3, seconds))
    row = RecordingRow(
        station="one",
        run="a1",
        started_at=NOON,
        ended_at=NOON + timedelta(seconds=seconds),
        seconds=seconds,
        folder=str(folder),
        file=lies_at,
        codec=codec,
        rate_hz=22_050,
        channels=1,
        copied=True,
        complete=True,
        cause=Cause.STOPPING,
    )
    with AirplayStore(log, "pi") as store:
        store.write(replace(run_of(), started_at=NOON), Batch([row], {}))


def error_of(answer: Any, status: int) -> str:
    """The message of an answer of the API that says what is wrong."""
    assert answer.status_code == status, answer.text
    (name, message), *others = answer.json().items()
    assert (name, others) == ("error", [])
    return str(message)
