"""The live page beside a real daemon: the card follows what is on air, and the page says when the daemon was killed."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from genred.audio import SAMPLE_RATE_HZ
from genred.demo.programme import STYLES
from tests.cli.daemon import Daemon
from tests.cli.wav import write_wav
from tests.web.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outputs.mqtt.mosquitto import Mosquitto

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")

PATIENCE_MS = 90_000
LOUD_S, SILENT_S = 12.0, 10.0


GENRES = {"slow movement for strings": "classical", "four on the floor": "disco"}
"""What the shipped model calls two styles that genred synthesises."""


def two_genres(path: Path) -> Path:
    """Half a minute of each."""
    return write_wav(path, np.concatenate([STYLES[style](30.0) for style in GENRES]))


def loud_and_silent(path: Path) -> Path:
    """Noise, then nothing."""
    noise = np.random.default_rng(1).normal(0, 0.1, round(LOUD_S * SAMPLE_RATE_HZ))
    return write_wav(path, np.concatenate([noise, np.zeros(round(SILENT_S * SAMPLE_RATE_HZ))]))


def test_a_card_follows_a_real_daemon_also_when_it_was_killed(
    tmp_path: Path, broker: Mosquitto, tiny_model_path: Path
) -> None:
    song = loud_and_silent(tmp_path / "song.wav")
    stations = json.dumps({"one": {"source": {"file": str(song), "loop": True}, "name": "One"}})
    mqtt = json.dumps({"broker": f"127.0.0.1:{broker.port}"})
    more = f"model: {tiny_model_path}\nairplay: {{enabled: false}}\n"
    with serving(tmp_path, mqtt=mqtt, stations=stations, more=more) as served, sync_playwright() as playwright:
        config = tmp_path / "genred.yaml"
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu", "--no-sandbox"])
        page = chromium.new_page()
        page.goto(f"{served.address}/")
        card, notice = page.locator("[data-id=one]"), page.locator("#notice")
        with Daemon(config) as daemon:
            expect(card.locator(".alarms")).to_have_text("dead air", timeout=PATIENCE_MS)
            expect(card.locator(".word")).to_have_text("silence")
            expect(card.locator(".alarms")).to_be_empty(timeout=PATIENCE_MS)
            expect(notice).to_be_hidden()
            daemon.process.kill()
            expect(notice).to_contain_text("The daemon is not running", timeout=PATIENCE_MS)
        with Daemon(config):
            expect(notice).to_be_hidden(timeout=PATIENCE_MS)
            expect(card.locator(".for")).to_have_text(re.compile(r"^for "), timeout=PATIENCE_MS)
            expect(card.locator(".alarms")).to_have_text("dead air", timeout=PATIENCE_MS)
        chromium.close()


def test_a_card_follows_a_change_of_genre(tmp_path: Path, broker: Mosquitto) -> None:
    song = two_genres(tmp_path / "song.wav")
    stations = json.dumps({"one": {"source": {"file": str(song), "loop": True}, "name": "One"}})
    mqtt = json.dumps({"broker": f"127.0.0.1:{broker.port}"})
    more = "airplay: {enabled: false}\n"
    with serving(tmp_path, mqtt=mqtt, stations=stations, more=more) as served, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu", "--no-sandbox"])
        page = chromium.new_page()
        page.goto(f"{served.address}/")
        with Daemon(tmp_path / "genred.yaml"):
            for genre in GENRES.values():
                expect(page.locator("[data-id=one] .word")).to_have_text(genre, timeout=PATIENCE_MS)
        chromium.close()
