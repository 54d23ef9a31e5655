"""`python -m tests.web.pictures FOLDER [--all]`: pictures of the pages, of made-up stations and synthesised sound.

With `--all` every page is taken, wide and narrow, light and dark; without, those that the documents show.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from genred.airplay.recording_rows import RecordingRow
from genred.airplay.rows import Batch
from genred.airplay.store import AirplayStore
from genred.cause import Cause
from tests.airplay.made_up import programme, run_of
from tests.browser import chromium
from tests.sources.sounds import MP3, encoded
from tests.web.load.measures import write_song
from tests.web.load.site import GENRES, full_site, station_names
from tests.web.load.tab import PATIENCE_MS
from tests.web.stream import streaming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from genred.airplay.rows import Entry

STATIONS = 12
WALL_STATIONS = 50
DAYS = 24
LOGGED_LONG = 3
"""Stations of which all days are in the log."""
SHORT_DAYS = 0.1

WIDTHS = {"wide": 1_280, "narrow": 390}
SCHEMES = ("light", "dark")
COLOURS = 200


@dataclass(frozen=True)
class View:
    """A page as it is to be seen.

    Attributes:
        name: Of its pictures.
        path: Its address.
        prepare: Brings it there.
        whole: Whether all of it is taken, or what fits.
    """

    name: str
    path: str
    prepare: Callable[[Page], None] = lambda _: None
    whole: bool = False


def _cards(page: Page) -> None:
    page.locator(".card .word").nth(STATIONS - 1).wait_for()


def _trying(address: str) -> Callable[[Page], None]:
    def prepare(page: Page) -> None:
        page.get_by_role("button", name="Add a station").click()
        page.get_by_label("Address").fill(address)
        page.get_by_role("button", name="Test").click()
        page.locator("#steps li").first.wait_for()
        page.get_by_label("Name", exact=True).fill("Harbour Nights")

    return prepare


def _report(page: Page) -> None:
    page.frame_locator("#report").locator("h1").wait_for()


def views(day: str, at: str, stream: str) -> list[View]:
    """All pages."""
    first = next(iter(station_names(1)))
    return [
        View("live", "/", _cards, whole=True),
        View("airplay", f"/airplay?station={first}&day={day}&at={at}", whole=True),
        View("reports", f"/reports?station={first}&kind=week&date={day}", _report),
        View("reports-all", f"/reports?station=all&kind=day&date={day}", _report),
        View("stations", "/stations", whole=True),
        View("stations-add", "/stations", _trying(stream)),
        View("login", "/login"),
        View("missing", "/nothing"),
        View("no-such-station", "/airplay?station=nobody"),
        View("no-entries", f"/airplay?station={first}&day=2020-01-01"),
    ]


DOCUMENTED = {
    ("live", "wide", "light"),
    ("live", "narrow", "dark"),
    ("airplay", "wide", "light"),
    ("airplay", "narrow", "light"),
    ("reports", "wide", "dark"),
    ("stations-add", "wide", "light"),
}


def write_log(path: Path, now: datetime, count: int, *, long: int) -> None:
    """Writes made-up programmes, of some stations for weeks and of the others briefly, and a recording of the first."""
    folder = path.parent / "recordings"
    folder.mkdir()
    (folder / "one.mp3").write_bytes(encoded(MP3, 600))
    begin = now - timedelta(days=DAYS)
    names = station_names(count)
    run, recorded_at = replace(run_of("genred"), started_at=begin), _moment(now)
    recording = RecordingRow(
        station=next(iter(names)),
        run=run.run,
        started_at=recorded_at,
        ended_at=recorded_at + timedelta(minutes=60),
        seconds=3_600.0,
        folder=str(folder),
        file="one.mp3",
        codec="mp3",
        rate_hz=22_050,
        channels=1,
        copied=True,
        complete=True,
        cause=Cause.STOPPING,
    )
    with AirplayStore(path, run.node) as store:
        for seed, (id_, name) in enumerate(names.items()):
            days = DAYS if seed < long else SHORT_DAYS
            made = programme(id_, now - timedelta(days=days), days, seed)
            store.write(run, Batch([_coloured(one, seed) for one in made], {}))
            store.name_station(id_, name, "Europe/Berlin")
        store.write(run, Batch([recording], {}))


def _coloured(made: Entry, seed: int) -> Entry:
    """An entry of a few genres in place of two, each station with a taste of its own."""
    if made.genre is None:
        return made
    taste = [GENRES[(3 * seed + step) % len(GENRES)] for step in (0, 0, 0, 1, 1, 4)]
    return replace(made, genre=random.Random(f"{made.started_at}").choice(taste))


def _moment(now: datetime) -> datetime:
    return (now - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)


@contextmanager
def tab(browser: Browser, width: int, scheme: str) -> Iterator[Page]:
    """Opens an empty tab."""
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < 500 else 860},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


def save(page: Page, path: Path, *, whole: bool = False) -> None:
    """Saves a picture with as few colours as it needs."""
    page.screenshot(path=str(path), full_page=whole)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def main(folder: Path, *, everything: bool) -> None:
    """Takes the pictures."""
    now = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        _take_pages(browser, Path(scratch), folder, now, everything=everything)
        _take_wall(browser, Path(scratch), folder, now, everything=everything)


def _take_pages(browser: Browser, scratch: Path, folder: Path, now: datetime, *, everything: bool) -> None:
    site = scratch / "pages"
    site.mkdir()
    write_log(site / "airplay.sqlite", now, STATIONS, long=LOGGED_LONG)
    at = _moment(now)
    songs = scratch / "songs"
    songs.mkdir()
    with (
        full_site(site, STATIONS, airplay=site / "airplay.sqlite") as (served, publisher),
        streaming(songs, "harbour-nights.mp3") as stream,
    ):
        for number in range(40):
            publisher.round(number)
            time.sleep(0.01)
        for view in views(at.date().isoformat(), f"{at:%Y-%m-%dT%H:%M:%SZ}", stream):
            for width_name, width in WIDTHS.items():
                for scheme in SCHEMES:
                    if not everything and (view.name, width_name, scheme) not in DOCUMENTED:
                        continue
                    with tab(browser, width, scheme) as page:
                        page.goto(served.address + view.path)
                        view.prepare(page)
                        save(page, folder / f"{view.name}-{width_name}-{scheme}.png", whole=everything and view.whole)
        if everything:
            _take_classify(browser, served.address, scratch, folder)


def _take_classify(browser: Browser, address: str, scratch: Path, folder: Path) -> None:
    song = scratch / "a song.wav"
    write_song(song, 2)
    for width_name, width in WIDTHS.items():
        for scheme in SCHEMES:
            with tab(browser, width, scheme) as page:
                page.goto(f"{address}/classify")
                with page.expect_file_chooser() as chooser:
                    page.click("#genred-file button")
                chooser.value.set_files(song)
                page.wait_for_selector("#genred-file :text('song')")
                page.click("button:has-text('Submit')")
                page.wait_for_selector("#genred-timeline .strip")
                page.wait_for_timeout(500)
                save(page, folder / f"classify-{width_name}-{scheme}.png", whole=True)


def _take_wall(browser: Browser, scratch: Path, folder: Path, now: datetime, *, everything: bool) -> None:
    site = scratch / "wall"
    site.mkdir()
    write_log(site / "airplay.sqlite", now, WALL_STATIONS, long=0)
    with full_site(site, WALL_STATIONS, airplay=site / "airplay.sqlite") as (served, publisher):
        publisher.round(0)
        for width in (1_920, 390) if everything else (1_920,):
            for scheme in SCHEMES if everything else ("dark",):
                with tab(browser, width, scheme) as page:
                    page.set_viewport_size({"width": width, "height": 1_080})
                    page.goto(f"{served.address}/wall")
                    page.locator(".card .word").nth(WALL_STATIONS - 1).wait_for()
                    save(page, folder / f"wall-{width}-{scheme}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), everything="--all" in sys.argv[2:])
