"""What tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# As the daemon does, before numpy is loaded: BLAS threads that spin between small products fight each other here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from genred.analysis.bundle import ModelBundle, load_bundle, shipped_models
from tests.browser import chromium
from tests.outputs.mqtt.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

# No test judges by time, and a busy machine may take a second for the first example.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")

TINY_MODEL = Path(__file__).parent / "data" / "tiny.json"
BRISK_MODEL = TINY_MODEL.with_name("brisk.json")


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every daemon of a test has an airplay log of its own, and none is left in the user's home folder."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(scope="session")
def tiny_model_path() -> Path:
    return TINY_MODEL


@pytest.fixture(scope="session")
def brisk_model_path() -> Path:
    """A model that needs half a second of audio for its first word; the tiny one needs five."""
    return BRISK_MODEL


@pytest.fixture(scope="session")
def tiny_bundle() -> ModelBundle:
    return load_bundle(TINY_MODEL)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A real mosquitto that takes everyone."""
    mosquitto = Mosquitto(tmp_path).start()
    yield mosquitto
    mosquitto.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what quantization does to the shipped networks, as their cards have it from the validation windows."""
    for name in shipped_models():
        found = load_bundle(name).card.quantization
        terminalreporter.write_line(
            f"model {name}: {found.scheme}, agrees with float on {found.agreement:.1%} of {found.windows} "
            f"windows, accuracy {found.accuracy_change * 100:+.1f} points"
        )
