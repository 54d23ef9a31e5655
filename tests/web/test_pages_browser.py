"""The pages of airplay and reports as people meet them: in Chromium, at a desk and on a phone, light and dark."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import needs_chromium
from tests.patience import PATIENCE_S
from tests.web.material import DAY, SCRIPT, app_of, hostile_log, record
from tests.web.serving import threaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = needs_chromium

WINDOW = f"/airplay?station=one&day={DAY}&at=2026-11-22T12:00:00Z"
REPORT = f"/reports?station=one&kind=day&date={DAY}"
LOOKS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = hostile_log(tmp_path_factory.mktemp("log"))
    record(log)
    with threaded(app_of(log)) as found:
        yield found


def until(page: Page, expression: str) -> None:
    """Waits for an expression to be true; Playwright's own way evaluates it in the page, whose policy forbids that."""
    ends_at = time.monotonic() + PATIENCE_S
    while not page.evaluate(expression):
        assert time.monotonic() < ends_at, expression
        page.wait_for_timeout(50)


def opened(
    browser: Browser, address: str, path: str, width: int = 1280, scheme: str = "light"
) -> tuple[Page, list[str]]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith(address) else None)
    page.goto(address + path)
    return page, complaints


@pytest.mark.parametrize("path", [WINDOW, REPORT])
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_overflows_complains_or_cannot_be_read(
    browser: Browser, address: str, path: str, width: int, scheme: str
) -> None:
    page, complaints = opened(browser, address, path, width, scheme)
    if path is REPORT:
        expect(page.frame_locator("#report").locator("h1")).to_have_text("Radio one")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    serious = [
        (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_a_row_has_what_was_on_air_on_one_line_and_why_it_was_not(browser: Browser, address: str, width: int) -> None:
    page, _ = opened(browser, address, f"{WINDOW}&state=offline", width)
    row = page.locator("#entries tbody tr").first
    expect(row.locator(".song-title")).to_have_text("stream stalled")
    expect(row.locator(".song-title")).to_be_visible()
    word = row.locator(".what span").last
    expect(word).to_have_text("offline")
    assert word.evaluate("element => element.getClientRects().length") == 1
    page.context.close()


def test_a_search_finds_while_somebody_types(browser: Browser, address: str) -> None:
    page, complaints = opened(browser, address, "/airplay?station=one&day=2026-11-23")
    page.get_by_label("Title").fill("alert(")
    expect(page.locator("#entries tbody tr")).to_have_count(1)
    expect(page.locator("#entries .song-title")).to_have_text(SCRIPT)
    assert "title=alert" in page.url
    assert complaints == []
    page.context.close()


def test_a_click_on_an_entry_or_its_strip_plays_the_recording_from_there(browser: Browser, address: str) -> None:
    page, complaints = opened(browser, address, WINDOW)
    page.get_by_role("button", name="Play from 13:00:00", exact=True).click()
    until(page, "document.getElementById('audio').readyState >= 1")
    assert page.evaluate("document.getElementById('audio').duration") == pytest.approx(30, abs=0.5)
    expect(page.locator("#playing")).to_contain_text("Ida - Blue")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#player")).to_be_hidden()
    piece = page.locator("#window .plays")
    box = piece.bounding_box()
    assert box is not None
    piece.click(position={"x": box["width"] / 4, "y": 10})
    until(page, "document.getElementById('audio').readyState >= 1")
    assert page.evaluate("document.getElementById('audio').duration") == pytest.approx(15, abs=3)
    assert complaints == []
    page.context.close()


def test_the_keyboard_goes_along_a_strip_and_plays_from_there(browser: Browser, address: str) -> None:
    page, complaints = opened(browser, address, WINDOW)
    page.locator("#window [data-entry]").first.focus()
    stops = page.locator("#window [tabindex='0']")
    expect(stops).to_have_count(1)
    page.keyboard.press("Enter")
    until(page, "document.getElementById('audio').readyState >= 1")
    expect(page.locator("#playing")).to_contain_text("Ida - Blue")
    assert page.evaluate("document.getElementById('audio').duration") == pytest.approx(30, abs=0.5)
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    expect(stops).to_have_attribute("aria-label", re.compile("Play from 13:00:00"))
    expect(stops).to_be_focused()
    assert complaints == []
    page.context.close()


def test_several_stations_are_reported_together(browser: Browser, address: str) -> None:
    page, complaints = opened(browser, address, REPORT)
    page.get_by_text("Several stations").click()
    page.get_by_role("checkbox", name="Radio two").check()
    page.get_by_role("button", name="Show combined").click()
    expect(page.locator(".heading .sub")).to_have_text("Report of Radio one and Radio two")
    expect(page.frame_locator("#report").locator("h2").filter(has_text="Radio two").first).to_be_visible()
    assert complaints == []
    page.context.close()


def test_the_forms_of_a_report_stand_beside_each_other(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, REPORT)
    places = [link.bounding_box() for link in page.locator(".downloads a").all()]
    assert len(places) == 3
    assert len({place["y"] for place in places if place}) == 1
    page.context.close()


def test_a_report_s_frame_is_as_high_as_the_report(browser: Browser, address: str) -> None:
    page, complaints = opened(browser, address, REPORT)
    until(
        page,
        "(() => { const frame = document.getElementById('report'), inside = frame.contentDocument?.documentElement;"
        " return inside && frame.clientHeight >= inside.scrollHeight - 2 && frame.clientHeight > 900; })()",
    )
    style = page.frame_locator("#report").locator("body").evaluate("body => getComputedStyle(body).margin")
    assert style == "0px", "the report's own style is allowed"
    assert complaints == []
    page.context.close()
