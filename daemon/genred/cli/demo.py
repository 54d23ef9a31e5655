"""`genred demo`: everything at once, with nothing but genred: programme, broker, daemon, subscriber, view."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred.cli.payload_line import shortened
from genred.cli.plain_view import PlainView
from genred.cli.signals import stop_on_signals
from genred.cli.subscriber import Subscriber
from genred.clock import SYSTEM_CLOCK
from genred.config.schema import AnalysisConfig, Config, FileSource, HomeAssistantConfig, MqttConfig, RetryConfig
from genred.config.schema import StationConfig as StationSettings
from genred.demo.programme import DemoProgramme
from genred.errors import OutputError
from genred.events.profile import StationProfile
from genred.exit_codes import ExitCode
from genred.outputs.mqtt.output import MqttOutput
from genred.stations.station import Station

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from genred.events import Event, Output

STATION = "demo"
"""Id of the one station."""

CONNECT_WITHIN_S = 15.0
"""The embedded broker answers within a second; a small board that just booted may need more."""


def run(options: argparse.Namespace) -> ExitCode:
    """Plays the programme and shows what arrives, then ends by itself.

    Raises:
        OutputError: The embedded broker does not start, or nothing came through it.
    """
    bundle = load_bundle(options.model)
    config = Config(
        node="demo",
        stations={STATION: StationSettings(source=FileSource(file="-"))},
        mqtt=MqttConfig(broker="embedded", embedded_port=0, heartbeat_s=5.0),
        homeassistant=HomeAssistantConfig(enabled=False),
        model=options.model,
    )
    analysis = AnalysisConfig()
    analyzer = Analyzer(bundle, analysis)
    programme = DemoProgramme(options.seconds)
    card = bundle.card
    profile = StationProfile(STATION, "Demonstration", card.labels, card.name, source_label=programme.label)
    outputs: list[Output] = []
    ended = threading.Event()

    def emit(event: Event) -> None:
        for output in outputs:
            output.handle(event)

    station = Station(
        STATION, programme, analyzer, card.name, analysis=analysis, retry=RetryConfig(), emit=emit, fail_fast=True
    )
    with ExitStack() as stack:
        mqtt = MqttOutput(config, [profile], None)
        mqtt.start()
        stack.callback(mqtt.close)
        if not mqtt.wait_connected(CONNECT_WITHIN_S):
            raise OutputError(f"genred did not reach its own broker: {mqtt.problem or 'it takes too long'}")
        view, show = _view(stack, card.labels, programme, card.name)
        subscriber = stack.enter_context(Subscriber(mqtt.address.port, "genred/#", show))
        outputs += [view, mqtt]
        stack.enter_context(stop_on_signals(ended.set))
        station.start()
        stack.callback(station.stop)
        while not (station.finished or ended.wait(0.2)):
            pass
    if not subscriber.received:
        raise OutputError("nothing arrived through the broker")
    print(
        f"\n{subscriber.received} messages arrived through MQTT. "
        "Now your own: genred listen SOURCE (a URL, a file, or soundcard).",
        flush=True,
    )
    return ExitCode.OK


def _view(
    stack: ExitStack, labels: tuple[str, ...], programme: DemoProgramme, model: str
) -> tuple[Output, Callable[[str, str], None]]:
    heading = f"genred demo · model {model}"
    if not sys.stdout.isatty():
        plain = PlainView()
        now = SYSTEM_CLOCK.now()
        plain.line(now, f"{heading}: {programme.label}, a broker inside, and a subscriber (its lines begin with <)")
        return plain, lambda topic, payload: plain.line(SYSTEM_CLOCK.now(), f"< {topic}  {shortened(payload)}")
    from genred.cli.live_view import LiveView

    logging.getLogger().setLevel(logging.CRITICAL)
    live = LiveView(heading, labels, programme.label, side_title="what a subscriber of genred/# receives")
    stack.enter_context(live)
    return live, lambda topic, payload: live.side_line(f"{topic}  {shortened(payload)}")
