"""The page as people meet it: in Chromium, at the widths of a desk and a phone, light and dark, and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe

from genred.reports.html import to_html
from genred.reports.report import StationRows, report_of
from tests.browser import needs_chromium
from tests.reports.material import AFTERWARDS, LONG_DAY, long_day, october
from tests.reports.programme import BERLIN
from tests.reports.rows import entry

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = needs_chromium

WIDTHS = [1280, 390]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    long = "Donaudampfschifffahrtsgesellschaftskapitänskajüte" * 4
    rows = [entry(LONG_DAY.since, 7_200, "a genre with a very long name", title=long, artist=long)]
    reports = {
        "month": october(),
        "station": msgspec.structs.replace(october(), stations=october().stations[:1]),
        "day": long_day(),
        "long names": report_of([StationRows("one", long, rows, [])], LONG_DAY, AFTERWARDS),
    }
    written = {}
    for name, report in reports.items():
        written[name] = folder / f"{name}.html"
        written[name].write_text(to_html(report, BERLIN), encoding="utf-8")
    return written


def opened(browser: Browser, path: Path, width: int, scheme: str = "light") -> tuple[Page, list[str]]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=True,
        offline=True,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(path.as_uri())
    return page, complaints


@pytest.mark.parametrize("name", ["month", "day", "long names"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overflows_and_nothing_complains(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    page, complaints = opened(browser, pages[name], width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    outside = page.evaluate(
        """() => [...document.querySelectorAll('main *, header *')]
            .filter(one => !one.closest('.scroll') && !one.closest('svg') && one.getBoundingClientRect().width)
            .filter(one => one.getBoundingClientRect().right > innerWidth + 0.5)
            .map(one => one.outerHTML.slice(0, 100))"""
    )
    assert outside == []
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("station", 1280, "light"), ("day", 390, "dark"), ("long names", 1280, "dark")],
)
def test_axe_finds_nothing(browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str) -> None:
    page, _ = opened(browser, pages[name], width, scheme)
    found = Axe().run(page)
    assert [
        (one["id"], one["impact"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found.response["violations"]
    ] == []
    page.context.close()


def test_a_dark_page_is_dark_and_a_printed_one_is_not(browser: Browser, pages: dict[str, Path]) -> None:
    page, _ = opened(browser, pages["day"], 1280, "dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(20, 22, 26)"
    page.emulate_media(media="print")
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    page.context.close()


def test_a_page_prints_on_a4(browser: Browser, pages: dict[str, Path]) -> None:
    page, _ = opened(browser, pages["day"], 1280)
    pdf = page.pdf(prefer_css_page_size=True)
    sheets = pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type /Page/")
    assert 2 <= sheets <= 8
    assert b"595" in pdf
    assert b"841" in pdf or b"842" in pdf
    page.context.close()
