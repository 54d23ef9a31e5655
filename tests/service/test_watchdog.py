"""What the service manager is told: readiness, status, and life only while there is some."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.config.schema import Config, StationConfig, StreamSource
from genred.events import AnnouncementChanged
from genred.service.status import CHANGES_EVERY_S, FEED_EVERY_S, HANGS_AFTER_S
from genred.service.supervisor import Supervisor
from genred.stations.station import Station
from tests.patience import PATIENCE_S
from tests.service.harness import RecordingNotifier, Studio, Witness, looping, running, stream
from tests.sources import hostile

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.sources.hostile import HostileServer


def assert_fed_no_more(studio: Studio, notifier: RecordingNotifier, witness: Witness) -> int:
    """Lets time pass for many feeds. Gives how often the watchdog was fed before."""
    witness.wait_for_looks()
    fed = notifier.count("WATCHDOG=1")
    for _ in range(5):
        studio.clock.advance(FEED_EVERY_S)
        witness.wait_for_looks()
    assert notifier.count("WATCHDOG=1") == fed
    return fed


def test_readiness_is_told_once_a_first_source_gave_audio_or_failed(
    server: HostileServer, tiny_model_path: Path
) -> None:
    notifier = RecordingNotifier()
    stations = {"gone": stream(server.on("/gone", hostile.status(404)))}
    with running(Supervisor(Config(stations=stations, model=str(tiny_model_path)), [], notifier)):
        notifier.wait_for("READY=1")


def test_readiness_is_told_when_every_station_is_switched_off(server: HostileServer, tiny_model_path: Path) -> None:
    notifier = RecordingNotifier()
    off = StationConfig(source=StreamSource(url=server.url("/x")), enabled=False)
    with running(Supervisor(Config(stations={"off": off}, model=str(tiny_model_path)), [], notifier)):
        notifier.wait_for("READY=1")
    assert server.requests == []


def test_the_watchdog_is_not_fed_while_an_analysis_hangs(studio: Studio, tiny_model_path: Path) -> None:
    released, hanging = threading.Event(), threading.Event()

    class HangingOutput(Witness):
        def handle(self, event: object) -> None:
            hanging.set()
            released.wait(PATIENCE_S)

    notifier, output = RecordingNotifier(0.5), HangingOutput()
    config = Config(stations={"a": looping("a")}, model=str(tiny_model_path))
    with running(Supervisor(config, [output], notifier, source=studio.open, clock=studio.clock)):
        notifier.wait_for("WATCHDOG=1")
        assert hanging.wait(PATIENCE_S)
        studio.clock.advance(HANGS_AFTER_S)
        fed = assert_fed_no_more(studio, notifier, output)
        released.set()
        notifier.wait_for("WATCHDOG=1", count=fed + 1)


def test_the_watchdog_is_not_fed_once_an_outputs_thread_died(studio: Studio, tiny_model_path: Path) -> None:
    output, notifier = Witness(), RecordingNotifier(0.5)
    config = Config(stations={"a": looping("a")}, model=str(tiny_model_path))
    with running(Supervisor(config, [output], notifier, source=studio.open, clock=studio.clock)):
        notifier.wait_for("WATCHDOG=1")
        output.shows_life = False
        fed = assert_fed_no_more(studio, notifier, output)
        output.shows_life = True
        notifier.wait_for("WATCHDOG=1", count=fed + 1)


def test_the_first_true_status_is_told_at_once(studio: Studio, tiny_model_path: Path) -> None:
    notifier, output = RecordingNotifier(), Witness()
    config = Config(stations={"a": looping("a")}, model=str(tiny_model_path))
    with running(Supervisor(config, [output], notifier, source=studio.open, clock=studio.clock)):
        output.wait(AnnouncementChanged, where=lambda event: event.announcement == "jazz")
        studio.clock.advance(CHANGES_EVERY_S)
        # The first announcement may have been sent already; what follows it waits for its turn.
        notifier.wait_for("STATUS=1 streaming; a: jazz", "STATUS=1 streaming; a: uncertain")


def test_the_watchdog_is_not_fed_while_every_analysis_fails(
    studio: Studio, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notifier, output = RecordingNotifier(0.5), Witness()
    config = Config(stations={"a": looping("a")}, model=str(tiny_model_path))
    supervisor = Supervisor(config, [output], notifier, source=studio.open, clock=studio.clock)
    station = supervisor.stations["a"]
    assert isinstance(station, Station)
    failing, failed = threading.Event(), threading.Event()
    tick = station._monitor.tick

    def fail() -> None:
        if failing.is_set():
            failed.set()
            raise RuntimeError("a fault of genred")
        tick()

    monkeypatch.setattr(station._monitor, "tick", fail)
    with running(supervisor):
        notifier.wait_for("WATCHDOG=1")
        failing.set()
        # The round that was under way has ended well.
        assert failed.wait(PATIENCE_S)
        studio.clock.advance(HANGS_AFTER_S)
        fed = assert_fed_no_more(studio, notifier, output)
        failing.clear()
        notifier.wait_for("WATCHDOG=1", count=fed + 1)
