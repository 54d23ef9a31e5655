"""The measurements, each a function that returns figures."""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import numpy as np

from genred.audio import SAMPLE_RATE_HZ
from genred.demo.programme import STYLES
from genred.web.board import Board
from tests.browser import chromium
from tests.web.load.site import full_site, state_of, station_names
from tests.web.load.tab import EXPOSE_COLLECTOR, Tab, message
from tests.web.serving import rss_bytes, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.web.load.site import Publisher

STEP_S = 20.0
"""Of accelerated time, between two messages of a page that is left open."""


def cpu_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_many_stations(folder: Path, *, count: int, rounds: int, picture: Path | None) -> dict[str, Any]:
    """Publishes a state of every station once a second, and looks at server and tab.

    Args:
        folder: For all that is written.
        count: Of stations.
        rounds: Seconds.
        picture: Of the wall.
    """
    with full_site(folder, count) as (served, publisher), chromium(EXPOSE_COLLECTOR) as browser:
        publisher.round(0)
        wall = Tab(browser, f"{served.address}/wall")
        wall.page.locator(".card").nth(count - 1).wait_for()
        before, begun = cpu_s(served.pid), time.monotonic()
        for number in range(1, rounds + 1):
            publisher.round(number)
            wall.page.wait_for_timeout(max(0.0, begun + number - time.monotonic()) * 1_000)
        used = (cpu_s(served.pid) - before) / (time.monotonic() - begun)
        live = Tab(browser, f"{served.address}/")
        live.page.locator(".card").nth(count - 1).wait_for()
        latencies = measure_latency(live, publisher, station=next(iter(station_names(count))))
        live.close()
        if picture is not None:
            wall.page.screenshot(path=str(picture))
        return {
            "stations": count,
            "server_rss_mb": rss_bytes(served.pid) / 1e6,
            "server_cpu_share": used,
            **{f"tab_{name}": value for name, value in wall.figures().items()},
            "to_pixels_median_s": statistics.median(latencies),
            "to_pixels_most_s": max(latencies),
        }


def measure_latency(tab: Tab, publisher: Publisher, *, station: str, times: int = 20) -> list[float]:
    """Seconds from the publication of a state to the frame that shows it.

    Args:
        tab: Shows the stations.
        publisher: Of states.
        station: Which changes.
        times: How often.
    """
    found = []
    for number in range(times):
        title = f"probe {number}"
        state = state_of(0, number, time.time(), title=title)
        at = time.time()
        publisher.state(station, state)
        found.append(tab.shown_at(title) - at)
    return found


def measure_open_page(
    browser: Browser, address: str, *, count: int, hours: float, looks: int
) -> Iterator[dict[str, float]]:
    """Leaves a page open for hours, accelerated, and looks at what its tab holds.

    Args:
        browser: Runs.
        address: Of the live page.
        count: Of stations.
        hours: That pass for the page.
        looks: How often its memory is looked at; the first time after half of such a part.

    Yields:
        What each look finds.
    """
    names = station_names(count)
    board = Board(names)
    tab = Tab(browser, address, width=1_280, fed=True)
    steps = round(hours * 3_600 / STEP_S)
    # The page's own clock stands at the present: the past is what is accelerated.
    now_s = time.time() - steps * STEP_S
    per_look = steps // looks
    batch: list[str] = []
    for step in range(steps):
        for index, id_ in enumerate(names):
            board.take_state(id_, json.dumps(state_of(index, step, now_s + step * STEP_S)).encode())
        shown = [one.shown() for one in board.stations]
        batch.append(msgspec.json.encode(message(shown, whole=step == 0)).decode())
        if len(batch) == 20 or step == steps - 1:
            tab.push(batch)
            batch.clear()
        if step % per_look == per_look // 2:
            yield {"hours": step * STEP_S / 3_600, **tab.figures()}
    tab.close()


def measure_memory(folder: Path, *, minutes: float) -> dict[str, float]:
    """Resident memory of `genred web` in megabytes: idle, with Gradio loaded, and while a song is classified."""
    figures: dict[str, float] = {}
    with serving(folder) as served:
        time.sleep(1)
        figures["idle"] = rss_bytes(served.pid) / 1e6
        client = httpx.Client(base_url=served.address, timeout=600)
        client.get("/classify/").raise_for_status()
        figures["gradio, idle"] = rss_bytes(served.pid) / 1e6
        song = folder / "song.wav"
        write_song(song, minutes)
        with song.open("rb") as file:
            (path,) = client.post("/classify/gradio_api/upload", files={"files": file}).json()
        most = _watched(served.pid, lambda: _classify(client, path))
        figures["gradio, during the song"] = most[0] / 1e6
        figures["its process, during the song"] = most[1] / 1e6
        figures["gradio, afterwards"] = rss_bytes(served.pid) / 1e6
    return figures


def write_song(path: Path, minutes: float) -> None:
    """Writes so many minutes of synthesised styles."""
    styles = np.concatenate([np.asarray(compose(15.0), np.float32) for compose in STYLES.values()])
    part = (np.clip(styles, -1, 1) * 32_767).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        for _ in range(round(minutes * 60 * SAMPLE_RATE_HZ / styles.size)):
            file.writeframes(part)


def _classify(client: httpx.Client, path: str) -> None:
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    asked = client.post("/classify/gradio_api/call/classify", json={"data": [file, "student"]}).json()
    with client.stream("GET", f"/classify/gradio_api/call/classify/{asked['event_id']}") as answer:
        for line in answer.iter_lines():
            if line in {"event: complete", "event: error"}:
                assert line == "event: complete"
                return


def _watched(pid: int, work: Any) -> tuple[int, int]:
    """Does something, and gives the most memory that a process and its children have meanwhile."""
    most, is_done = [0, 0], threading.Event()

    def watch() -> None:
        while not is_done.wait(0.1):
            most[0] = max(most[0], rss_bytes(pid))
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            for child in children:
                try:
                    most[1] = max(most[1], rss_bytes(int(child)))
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        is_done.set()
        watcher.join()
    return most[0], most[1]
