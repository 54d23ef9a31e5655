"""A station is added and removed from the page, and a real daemon takes it: mosquitto, `genred run`, Chromium."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import needs_chromium
from tests.cli.daemon import Daemon
from tests.web.serving import serving
from tests.web.stream import streaming

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.outputs.mqtt.mosquitto import Mosquitto

pytestmark = needs_chromium

PATIENCE_MS = 90_000


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "stream"
    folder.mkdir()
    with streaming(folder) as address:
        yield address


@pytest.fixture
def address(tmp_path: Path, broker: Mosquitto, stream: str, tiny_model_path: Path) -> Iterator[str]:
    """Pages and the daemon, of one configuration."""
    mqtt = json.dumps({"broker": f"127.0.0.1:{broker.port}"})
    stations = json.dumps({"one": {"source": stream, "name": "One"}})
    with serving(tmp_path, "{control: true}", mqtt=mqtt, stations=stations) as served:
        config = tmp_path / "genred.yaml"
        config.write_text(config.read_text() + f"model: {tiny_model_path}\nairplay: {{enabled: false}}\n")
        with Daemon(config) as daemon:
            daemon.wait_for_log("connected")
            yield served.address


def opened(browser: Browser, address: str) -> tuple[Page, list[str]]:
    page = browser.new_context(viewport={"width": 390, "height": 900}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith(address) else None)
    page.goto(f"{address}/stations")
    return page, complaints


def serious(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in {"serious", "critical"}]


def test_a_station_comes_and_goes_at_a_click(browser: Browser, address: str, stream: str, tmp_path: Path) -> None:
    page, complaints = opened(browser, address)
    assert serious(page) == []
    page.get_by_role("button", name="Add a station").click()
    page.get_by_label("Address").fill(stream)
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_role("button", name="Test").click()
    expect(page.locator("#steps")).to_contain_text(re.compile("open.*listen.*dBFS", re.DOTALL), timeout=PATIENCE_MS)
    page.get_by_label("Name", exact=True).fill("Nïght Radiø 2")
    expect(page.get_by_label("Id, in topics")).to_have_value("night_radio_2")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#told")).to_have_text(
        "Nïght Radiø 2 was saved. The daemon has applied it.", timeout=PATIENCE_MS
    )
    expect(page.locator("[data-id=night_radio_2]")).to_contain_text("Nïght Radiø 2")
    page.goto(f"{address}/")
    expect(page.locator("[data-id=night_radio_2] h2")).to_have_text("Nïght Radiø 2", timeout=PATIENCE_MS)
    expect(page.locator("[data-id=night_radio_2] .word")).not_to_have_text("no data yet", timeout=PATIENCE_MS)
    page.goto(f"{address}/stations")
    page.locator("[data-id=one]").get_by_role("button", name="Remove").click()
    page.locator("#confirm").get_by_role("button", name="Remove").click()
    expect(page.locator("#told")).to_have_text("One was removed. The daemon has applied it.", timeout=PATIENCE_MS)
    page.goto(f"{address}/")
    expect(page.locator("[data-id=night_radio_2]")).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.locator("[data-id=one]")).to_have_count(0, timeout=PATIENCE_MS)
    assert list(yaml.safe_load((tmp_path / "genred.yaml").read_text())["stations"]) == ["night_radio_2"]
    assert complaints == []
    page.context.close()


def test_an_address_where_nothing_plays_says_so_before_it_is_saved(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address)
    page.get_by_role("button", name="Add a station").click()
    page.get_by_label("Address").fill("http://127.0.0.1:1/nothing")
    page.get_by_role("button", name="Test").click()
    expect(page.locator("#steps .bad")).to_contain_text("127.0.0.1:1", timeout=PATIENCE_MS)
    page.get_by_label("Name", exact=True).fill("Nothing")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_label("Keep it anyway").check()
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(page.locator("#station")).to_be_hidden()
    page.context.close()
