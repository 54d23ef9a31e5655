"""Clips: the sound of an entry, range by range, and nothing else of the machine."""

from __future__ import annotations

import asyncio
import io
import shutil
from typing import TYPE_CHECKING

import av
import pytest
from starlette.responses import FileResponse, Response

from genred.web.clips import MAX_KEPT, Clips, _plan
from genred.web.turns import BusyError, OneAtATime
from tests.web.material import error_of, hostile_log, pages_of, record

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return hostile_log(tmp_path)


@pytest.fixture
def pages(log: Path) -> TestClient:
    record(log)
    return pages_of(log)


def seconds_of(data: bytes) -> float:
    with av.open(io.BytesIO(data), "r") as container:
        frames = list(container.decode(audio=0))
    return float(sum(frame.samples / frame.sample_rate for frame in frames))


def test_a_clip_is_the_recording_from_a_moment_on(pages: TestClient) -> None:
    whole = pages.get("/api/v1/clips/1")
    assert whole.status_code == 200
    assert whole.headers["content-type"] == "audio/mpeg"
    assert whole.headers["content-disposition"] == 'inline; filename="one-2026-11-22T13-00-00.mp3"'
    assert seconds_of(whole.content) == pytest.approx(30, abs=0.2)
    part = pages.get("/api/v1/clips/1?offset=10&seconds=5")
    assert seconds_of(part.content) == pytest.approx(5, abs=0.2)


def test_ranges_are_served_of_one_and_the_same_clip(pages: TestClient) -> None:
    whole = pages.get("/api/v1/clips/1").content
    first = pages.get("/api/v1/clips/1", headers={"range": "bytes=0-99"})
    assert (first.status_code, first.headers["content-range"]) == (206, f"bytes 0-99/{len(whole)}")
    rest = pages.get("/api/v1/clips/1", headers={"range": "bytes=100-"})
    assert first.content + rest.content == whole
    assert pages.get("/api/v1/clips/1", headers={"range": f"bytes={len(whole)}-"}).status_code == 416
    assert pages.get("/api/v1/clips/1", headers={"range": "bytes=x"}).status_code == 400


def test_few_clips_are_kept(pages: TestClient) -> None:
    clips = pages.app.inner.state.clips  # type: ignore[attr-defined]
    for offset in range(MAX_KEPT + 4):
        assert pages.get(f"/api/v1/clips/1?offset={offset}").status_code == 200
    files = [clip.path for clip in clips._kept.values()]
    assert len(files) == MAX_KEPT
    assert sorted(files[0].parent.iterdir()) == sorted(files)


def test_what_cleans_temporary_files_costs_no_clip(pages: TestClient) -> None:
    clips = pages.app.inner.state.clips  # type: ignore[attr-defined]
    whole = pages.get("/api/v1/clips/1").content
    (kept,) = clips._kept.values()
    kept.path.unlink()
    assert pages.get("/api/v1/clips/1").content == whole
    shutil.rmtree(kept.path.parent)
    assert pages.get("/api/v1/clips/1").content == whole
    assert pages.get("/api/v1/clips/1?offset=1").status_code == 200


@pytest.mark.parametrize(
    "name",
    ["..%2F..%2Fetc%2Fpasswd", "../../../etc/passwd", "%2e%2e/airplay.sqlite", "/etc/passwd", "1/../../x", "1.mp3",
     "-1", "1e3", "\u0661", "%00", "9" * 400, "0x1", "999999999999"],
)  # fmt: skip
def test_nothing_but_a_number_names_a_clip(pages: TestClient, name: str) -> None:
    answer = pages.get(f"/api/v1/clips/{name}")
    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert "SQLite" not in answer.text


@pytest.mark.parametrize("query", ["offset=60", "offset=-1", "offset=nan", "seconds=301", "seconds=x"])
def test_a_clip_is_bounded(pages: TestClient, query: str) -> None:
    assert error_of(pages.get(f"/api/v1/clips/1?{query}"), 400)


def test_what_is_not_recorded_is_said_so(log: Path, pages: TestClient) -> None:
    assert "nothing was recorded at that time" in error_of(pages.get("/api/v1/clips/200"), 404)
    assert "no entry 9999" in error_of(pages.get("/api/v1/clips/9999"), 404)
    (log.parent / "recordings" / "one.mp3").unlink()
    message = error_of(pages.get("/api/v1/clips/1"), 404)
    assert "has been deleted or cannot be read" in message
    assert str(log.parent) not in message


def test_a_codec_that_browsers_do_not_play_is_named(log: Path) -> None:
    record(log, codec="ac3")
    assert "browsers cannot play ac3" in error_of(pages_of(log).get("/api/v1/clips/1"), 404)


def test_without_a_log_there_is_no_clip() -> None:
    assert "no airplay log yet" in error_of(pages_of(None).get("/api/v1/clips/1"), 404)


def test_work_is_done_one_piece_at_a_time_and_not_without_end() -> None:
    async def run() -> list[object]:
        turns, running, most = OneAtATime(3), [0], [0]

        def work() -> int:
            running[0] += 1
            most[0] = max(most[0], running[0])
            running[0] -= 1
            return most[0]

        return await asyncio.gather(*(turns.run(work) for _ in range(5)), return_exceptions=True)

    found = asyncio.run(run())
    assert found[:3] == [1, 1, 1]
    assert [type(one) for one in found[3:]] == [BusyError, BusyError]


def test_one_clip_asked_for_often_at_once_is_cut_once(log: Path, pages: TestClient) -> None:
    clips, plan = Clips(), _plan(log, 1, 0.0, 10.0)

    async def ask() -> list[Response]:
        return await asyncio.gather(*(clips.answer(plan) for _ in range(8)))

    found = asyncio.run(ask())
    assert len({one.path for one in found if isinstance(one, FileResponse)}) == 1
    assert len(clips._kept) == 1
    assert pages.get("/api/v1/clips/1").status_code == 200
