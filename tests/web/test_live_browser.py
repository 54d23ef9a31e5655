"""The live page as somebody watches it: a real mosquitto, a real `genred web`, and Chromium."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from genred.web.security.password import write_password
from tests.browser import needs_chromium
from tests.cli.run_genred import COMMAND
from tests.outputs.mqtt.mosquitto import Mosquitto, free_port
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = needs_chromium

PATIENCE_MS = 1_000 * PATIENCE_S
PRETENDED_AUDIO = """
globalThis.heard = [];
globalThis.Audio = class extends EventTarget {
  constructor() { super(); this.plays = false; heard.push(this); }
  async play() { this.plays = true; }
  pause() { this.plays = false; }
  removeAttribute() {}
};
"""
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 300


class Site:
    """A broker with states in it, and the pages that follow it."""

    def __init__(self, folder: Path, broker: Mosquitto, **web: Any) -> None:
        self.broker = broker
        self.port = free_port()
        self._config = folder / "genred.yaml"
        stations = {"one": "City Wave", "two": "Harbour FM"}
        self._config.write_text(
            json.dumps(
                {
                    "node": "pi",
                    "mqtt": {"broker": f"127.0.0.1:{broker.port}"},
                    "web": {"control": True, **web},
                    "stations": {
                        id_: {"source": {"url": "http://127.0.0.1:1/x"}, "name": name} for id_, name in stations.items()
                    },
                }
            )
        )
        self.process = self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, "web", "-c", str(self._config), "--port", str(self.port)], stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert "pages on" in process.stderr.readline()
        return process

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def add(self, station: str, name: str) -> None:
        """To the configuration's file."""
        config = json.loads(self._config.read_text())
        config["stations"][station] = {"source": {"url": "http://127.0.0.1:1/x"}, "name": name}
        self._config.write_text(json.dumps(config))

    def publish(self, topic: str, payload: str) -> None:
        command = [
            "mosquitto_pub",
            "-p",
            str(self.broker.port),
            "-r",
            "-q",
            "1",
            "-t",
            f"genred/pi/{topic}",
            "-m",
            payload,
        ]
        subprocess.run(command, check=True, timeout=PATIENCE_S)

    def say(self, station: str, genre: str | None, **fields: Any) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        state = {
            "state": "music" if genre else "offline",
            "genre": genre,
            "confidence": 0.81 if genre else None,
            "probabilities": {"jazz": 0.81, "rock": 0.19} if genre else {},
            "since": now,
            "at": now,
            "level_dbfs": -18.0 if genre else None,
            "connection": "streaming" if genre else "backing_off",
            **fields,
        }
        self.publish(f"{station}/state", json.dumps(state))


@pytest.fixture
def site(tmp_path: Path, broker: Mosquitto) -> Iterator[Site]:
    found = Site(tmp_path, broker)
    found.publish("status", "online")
    found.say("one", "jazz", title="Bill Evans - Waltz")
    found.say("two", None, cause="http_404")
    yield found
    found.stop()


class Visit:
    """A page that is open, and all that it complained of or asked another host for."""

    def __init__(
        self, browser: Browser, site: Site, path: str = "/", *, width: int = 1280, scheme: str = "light"
    ) -> None:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
        )
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._take(message.type, message.text))
        self.page.on("request", lambda request: self._ask(request.url, site.address))
        self.page.goto(site.address + path, wait_until="load")

    def _take(self, kind: str, text: str) -> None:
        if kind == "error" and "ERR_CONNECTION_REFUSED" not in text and "ERR_INCOMPLETE_CHUNKED" not in text:
            self.complaints.append(text)

    def _ask(self, url: str, address: str) -> None:
        if not url.startswith(address):
            self.elsewhere.append(url)

    def card(self, station: str) -> Any:
        return self.page.locator(f"[data-id={station}]")


def test_a_card_follows_its_station(browser: Browser, site: Site) -> None:
    visit = Visit(browser, site)
    one, two = visit.card("one"), visit.card("two")
    expect(one.locator(".word")).to_have_text("jazz", timeout=PATIENCE_MS)
    expect(one.locator("h2")).to_have_text("City Wave")
    expect(one.locator(".song")).to_have_text("Bill Evans - Waltz")
    expect(two.locator(".alarms")).to_have_text("offline", timeout=PATIENCE_MS)
    expect(two.locator(".for")).to_have_text(re.compile(r"HTTP 404"))
    site.say("one", "rock", title=HOSTILE)
    expect(one.locator(".word")).to_have_text("rock", timeout=PATIENCE_MS)
    expect(one.locator(".song")).to_have_text(HOSTILE)
    site.publish("two/state", "")
    expect(two).to_have_count(0, timeout=PATIENCE_MS)
    assert visit.complaints == []
    assert visit.elsewhere == []


def test_a_page_shows_what_runs_and_says_that_the_file_has_changed(browser: Browser, site: Site) -> None:
    visit = Visit(browser, site)
    notice = visit.page.locator("#notice")
    expect(visit.card("one").locator(".word")).to_have_text("jazz", timeout=PATIENCE_MS)
    site.add("three", "Jazz <b>Night</b>")
    expect(notice).to_contain_text("changed (added: Jazz <b>Night</b>)", timeout=PATIENCE_MS)
    expect(visit.card("three")).to_have_count(0)
    site.say("three", "rock")
    expect(visit.card("three").locator("h2")).to_have_text("Jazz <b>Night</b>", timeout=PATIENCE_MS)
    expect(notice).to_be_hidden(timeout=PATIENCE_MS)
    assert visit.complaints == []


def test_silence_shows_no_genres(browser: Browser, site: Site) -> None:
    visit = Visit(browser, site)
    one = visit.card("one")
    expect(one.locator(".shares li")).to_have_count(2, timeout=PATIENCE_MS)
    site.say("one", None, state="silence", confidence=1.0, probabilities={"jazz": 0.5, "rock": 0.5})
    expect(one.locator(".word")).to_have_text("silence", timeout=PATIENCE_MS)
    expect(one.locator(".shares li")).to_have_count(0)


def test_only_a_station_with_audio_shows_its_last_update(browser: Browser, site: Site) -> None:
    visit = Visit(browser, site)
    one, two = visit.card("one"), visit.card("two")
    site.say("one", "jazz", at="2026-01-01T00:00:00Z")
    site.say("two", None, at="2026-01-01T00:00:00Z", retry_at="2026-01-01T00:05:00Z")
    expect(one.locator(".last")).to_have_text(re.compile("^last update .* days ago$"), timeout=PATIENCE_MS)
    expect(two.locator(".song")).to_have_text(re.compile("^Next attempt at"), timeout=PATIENCE_MS)
    expect(two.locator(".last")).to_have_text("")


def test_a_page_that_was_open_before_its_stations_gets_the_colours_of_their_genres(
    browser: Browser, tmp_path: Path, broker: Mosquitto
) -> None:
    site = Site(tmp_path, broker)
    try:
        visit = Visit(browser, site)
        one = visit.card("one")
        expect(one.locator(".word")).to_have_text("no data yet", timeout=PATIENCE_MS)
        site.publish("status", "online")
        site.say("one", "jazz")
        expect(one.locator(".mark")).to_have_class("mark c-jazz", timeout=PATIENCE_MS)
        expect(one.locator(".mark")).to_have_text("Ja")
        expect(one.locator(".hour rect.c-jazz")).to_have_count(1)
        site.say("one", "jungle", probabilities={"jungle": 0.9, "jazz": 0.1})
        expect(one.locator(".mark")).to_have_class(re.compile(r"^mark c-(?!jazz)"), timeout=PATIENCE_MS)
        assert visit.complaints == []
    finally:
        site.stop()


def test_times_have_the_24_hours_of_the_other_pages(browser: Browser, site: Site) -> None:
    visit = Visit(browser, site)
    site.say("two", None, retry_at="2026-01-01T13:05:00Z")
    expect(visit.card("two").locator(".song")).to_have_text(
        re.compile(r"^Next attempt at \d\d:\d\d:00$"), timeout=PATIENCE_MS
    )


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/", "/wall"])
def test_cards_keep_a_name_and_alarms_of_any_length_within_their_column(
    browser: Browser, site: Site, path: str, width: int
) -> None:
    site.add("three", "A station of a very long name " * 4)
    site.say("three", "jazz", overloaded=True, clipping=True, signal_faults=["dead_channel"], broken_expectations=["x"])
    visit = Visit(browser, site, path, width=width)
    card = visit.card("three")
    expect(card.locator(".alarms b").first).to_be_visible(timeout=PATIENCE_MS)
    box = card.bounding_box()
    parts = card.locator("h2, .alarms, .hour, .level")
    for inner in [part.bounding_box() for part in parts.all()]:
        assert inner["x"] + inner["width"] <= box["x"] + box["width"]
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_browser_without_scripts_is_told_what_works_without_them(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}/")
    expect(page.locator(".notice").first).to_contain_text("needs JavaScript")
    expect(page.get_by_text("Waiting for the stations")).to_be_hidden()
    page.goto(f"{site.address}/stations")
    expect(page.locator(".notice").first).to_contain_text("needs JavaScript")
    expect(page.get_by_role("button")).to_have_count(0)
    context.close()


def test_labels_of_buttons_stay_on_one_line(browser: Browser, site: Site) -> None:
    visit = Visit(browser, site, width=360)
    one = visit.card("one")
    site.say("one", "jazz", at="2026-01-01T00:00:00Z")
    expect(one.locator(".last")).to_have_text(re.compile("^last update"), timeout=PATIENCE_MS)
    heights = [button.bounding_box()["height"] for button in one.locator(".buttons button").all()]
    assert len(heights) == 3
    assert max(heights) < 40
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_page_says_when_broker_daemon_or_server_are_gone_and_goes_on_when_they_are_back(
    browser: Browser, site: Site
) -> None:
    visit = Visit(browser, site)
    notice = visit.page.locator("#notice")
    expect(visit.card("one").locator(".word")).to_have_text("jazz", timeout=PATIENCE_MS)
    expect(notice).to_be_hidden()
    site.publish("status", "offline")
    expect(notice).to_contain_text("The daemon is not running", timeout=PATIENCE_MS)
    site.publish("status", "online")
    expect(notice).to_be_hidden(timeout=PATIENCE_MS)
    site.broker.stop()
    expect(notice).to_contain_text("No connection to the broker", timeout=PATIENCE_MS)
    site.broker.start()
    site.publish("status", "online")
    site.say("one", "rock")
    expect(visit.card("one").locator(".word")).to_have_text("rock", timeout=2 * PATIENCE_MS)
    expect(notice).to_be_hidden(timeout=PATIENCE_MS)
    site.stop()
    expect(notice).to_contain_text("No connection to the server", timeout=PATIENCE_MS)
    site.process = site.start()
    expect(notice).to_be_hidden(timeout=2 * PATIENCE_MS)
    expect(visit.card("one").locator(".word")).to_have_text("rock", timeout=PATIENCE_MS)


def test_a_station_is_switched_after_a_question(browser: Browser, site: Site) -> None:
    visit = Visit(browser, site)
    command = ["mosquitto_sub", "-p", str(site.broker.port), "-C", "1", "-W", "30", "-t", "genred/pi/one/set"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listening:
        expect(visit.card("one").locator(".word")).to_have_text("jazz", timeout=PATIENCE_MS)
        visit.card("one").get_by_role("button", name="Switch off").click()
        dialog = visit.page.locator("#confirm")
        expect(dialog).to_contain_text("Switch off City Wave?")
        dialog.get_by_role("button", name="Confirm").click()
        assert json.loads(listening.communicate(timeout=PATIENCE_S)[0]) == {"enabled": False}


def test_who_listens_goes_on_listening_when_the_server_comes_back_and_can_stop(browser: Browser, site: Site) -> None:
    page = browser.new_context().new_page()
    page.add_init_script(PRETENDED_AUDIO)
    page.goto(site.address)
    button = page.locator("[data-id=one] [data-name=listen]")
    button.click()
    expect(button).to_have_text("Stop")
    site.stop()
    notice = page.locator("#notice")
    expect(notice).to_contain_text("No connection to the server", timeout=PATIENCE_MS)
    site.process = site.start()
    expect(notice).to_be_hidden(timeout=2 * PATIENCE_MS)
    expect(page.locator("[data-id=one] .word")).to_have_text("jazz", timeout=PATIENCE_MS)
    expect(button).to_have_text("Stop")
    button.click()
    expect(button).to_have_text("Listen")
    assert page.evaluate("heard.map((one) => one.plays)") == [False]
    button.click()
    site.publish("one/state", "")
    expect(button).to_have_count(0, timeout=PATIENCE_MS)
    assert page.evaluate("heard.map((one) => one.plays)") == [False, False], "nobody could stop it any more"


def test_a_page_whose_session_has_ended_says_so(browser: Browser, tmp_path: Path, broker: Mosquitto) -> None:
    write_password(tmp_path / "password", "sesame")
    site = Site(tmp_path, broker, password_file=str(tmp_path / "password"))
    try:
        site.say("one", "jazz")
        context = browser.new_context()
        page = context.new_page()
        page.goto(site.address)
        page.get_by_label("Password").fill("sesame")
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("[data-id=one] .word")).to_have_text("jazz", timeout=PATIENCE_MS)
        context.clear_cookies()
        page.locator("[data-id=one]").get_by_role("button", name="Switch off").click()
        page.locator("#confirm").get_by_role("button", name="Confirm").click()
        notice = page.locator("#notice")
        expect(notice).to_contain_text("Your session has expired", timeout=PATIENCE_MS)
        site.stop()
        expect(notice).to_contain_text("No connection to the server", timeout=PATIENCE_MS)
        site.process = site.start()
        expect(notice).to_contain_text("Your session has expired", timeout=2 * PATIENCE_MS)
    finally:
        site.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/", "/wall", "/login"])
def test_pages_fit_their_screens_and_are_accessible(
    browser: Browser, site: Site, path: str, width: int, scheme: str
) -> None:
    visit = Visit(browser, site, path, width=width, scheme=scheme)
    if path != "/login":
        expect(visit.card("one").locator(".word")).to_have_text("jazz", timeout=PATIENCE_MS)
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    violations = Axe().run(visit.page).response["violations"]
    serious = [found["id"] for found in violations if found["impact"] in {"serious", "critical"}]
    assert serious == []
    assert visit.complaints == []
    assert visit.elsewhere == []
