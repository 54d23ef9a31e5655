"""`genred demo`: everything at once, with nothing but genred: programme, broker, daemon, subscriber, view."""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from genred.cli.payload_line import shortened
from genred.cli.plain_view import LineWriter, PlainView
from genred.cli.signals import stop_on_signals
from genred.cli.streams import is_drawable
from genred.cli.subscriber import Subscriber
from genred.cli.terminal_echo import without_echo
from genred.clock import SYSTEM_CLOCK
from genred.command_name import command_name
from genred.config.schema import Config, FileSource, HomeAssistantConfig, MqttConfig, StationConfig
from genred.demo.programme import STYLE_S, DemoProgramme
from genred.errors import OutputError
from genred.exit_codes import ExitCode
from genred.outputs.mqtt.output import MqttOutput
from genred.service.library_output import library_output_logged
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from genred.events import Output
    from genred.events.profile import StationProfile

STATION = "demo"
"""Id of the one station."""

CONNECT_WITHIN_S = 15.0
"""The embedded broker answers within a second; a small board that just booted may need more."""


def run(options: argparse.Namespace) -> ExitCode:
    """Plays the programme and shows what arrives, then ends by itself.

    Raises:
        OutputError: The embedded broker does not start, or nothing came through it.
    """
    with library_output_logged():
        return _run(options)


def _run(options: argparse.Namespace) -> ExitCode:
    programme = DemoProgramme(options.seconds)
    config = Config(
        node="demo",
        stations={STATION: StationConfig(source=FileSource(file="-"), name="Demonstration")},
        mqtt=MqttConfig(broker="embedded", embedded_port=0, heartbeat_s=5.0),
        homeassistant=HomeAssistantConfig(enabled=False),
        model=options.model,
    )
    supervisor = Supervisor(
        config, [], Notifier(None), source=lambda _: programme, fail_fast=True, end_with_stations=True
    )
    (profile,) = supervisor.profiles
    with ExitStack() as stack:
        mqtt = MqttOutput(config, [profile], None)
        mqtt.start()
        stack.callback(mqtt.close)
        if not mqtt.wait_connected(CONNECT_WITHIN_S):
            raise OutputError(f"genred did not reach its own broker: {mqtt.problem or 'it takes too long'}")
        lines = LineWriter(on_gone=supervisor.stop)
        view, show = _view(stack, profile, lines)
        subscriber = stack.enter_context(Subscriber(mqtt.address.port, "genred/#", show))
        supervisor.add_output(view)
        supervisor.add_output(mqtt)
        stack.enter_context(stop_on_signals(supervisor.stop))
        supervisor.run()
    lines.check()
    if not subscriber.received:
        raise OutputError("no messages arrived through the broker")
    print(f"\n{subscriber.received} messages arrived through MQTT.")
    if options.seconds < STYLE_S:
        print(f"A genre is announced after about ten seconds: try --seconds {STYLE_S:.0f} or more.")
    print(f"Next, try your own audio: {command_name()} listen SOURCE (a URL, a file, or soundcard).", flush=True)
    return ExitCode.OK


def _view(stack: ExitStack, profile: StationProfile, lines: LineWriter) -> tuple[Output, Callable[[str, str], None]]:
    heading = f"genred demo · model {profile.model}"
    if not is_drawable(sys.stdout):
        plain = PlainView(lines)
        now = SYSTEM_CLOCK.now()
        plain.line(
            now, f"{heading}: {profile.source_label}, an embedded broker, and a subscriber (its lines begin with <)"
        )
        return plain, lambda topic, payload: plain.line(SYSTEM_CLOCK.now(), f"< {topic}  {shortened(payload)}")
    from genred.cli.live_view import LiveView

    logging.getLogger().setLevel(logging.CRITICAL)
    live = LiveView(heading, profile.labels, profile.source_label, side_title="what a subscriber of genred/# receives")
    stack.enter_context(without_echo())
    stack.enter_context(live)
    return live, lambda topic, payload: live.side_line(f"{topic}  {shortened(payload)}")
