"""`genred listen`: one source, no configuration, and a view of what is on air."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from genred.analysis.estimate import State
from genred.classification.expansion import expand, is_playlist
from genred.cli.broker_notice import BrokerNotice
from genred.cli.connection_line import describe_info
from genred.cli.echo import PayloadEcho
from genred.cli.option_words import in_option_words
from genred.cli.plain_view import JsonView, LineWriter, PlainView
from genred.cli.signals import stop_on_signals
from genred.cli.streams import is_drawable
from genred.cli.terminal_echo import without_echo
from genred.config.schema import Config, FileSource, MqttConfig, PipeSource, StationConfig, StreamSource
from genred.config.source_text import parse_source
from genred.errors import ConfigError, SourceError
from genred.events import AnnouncementChanged, Output, SourceLost, StationReport, StationStatus, TitleChanged
from genred.masking import mask_url
from genred.outputs.mqtt.output import MqttOutput
from genred.service.library_output import library_output_logged
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import TextIO

    from genred.audio import SourceInfo
    from genred.config.schema import SourceConfig
    from genred.events import Event
    from genred.exit_codes import ExitCode

STATION = "listen"
"""Id of the one station."""


def run(options: argparse.Namespace) -> ExitCode:
    """Listens until the source ends, the time is over, or Ctrl-C.

    Raises:
        SourceError: SOURCE is none, or cannot be opened; one that broke off after audio came is opened again.
        ConfigError: The broker's address is none.
    """
    with library_output_logged() as errors:
        return _run(options, errors)


def _run(options: argparse.Namespace, errors: TextIO) -> ExitCode:
    config = Config(
        # A node of its own for each listener: beside a daemon, or another listener, on the same broker.
        node=f"listen_{os.getpid()}" if options.broker else "genred",
        stations={STATION: StationConfig(source=_source(options))},
        model=options.model,
        loudness=options.loudness,
        mqtt=MqttConfig(broker=options.broker or "localhost"),
    )
    supervisor = Supervisor(config, [], Notifier(None), fail_fast=True, end_with_stations=True)
    answer = _FirstAnswer(supervisor.stop if options.once else None)
    with ExitStack() as stack:
        supervisor.add_output(answer)
        mqtt: MqttOutput | None = None
        if options.broker:
            mqtt = MqttOutput(config, supervisor.profiles, supervisor, ephemeral=True)
            supervisor.add_output(mqtt)
            mqtt.start()
            if options.once or options.json or not is_drawable(sys.stdout):
                stack.enter_context(BrokerNotice(_problem_of(mqtt), errors))
        lines = LineWriter(on_gone=supervisor.stop)
        if not options.once:
            _add_view(options, config, supervisor, stack, mqtt, lines=lines)
        elif errors.isatty():
            print(f"listening to {mask_url(options.source)} …", file=errors)
        if options.seconds:
            timer = threading.Timer(options.seconds, supervisor.stop)
            timer.daemon = True
            timer.start()
        stack.enter_context(stop_on_signals(supervisor.stop))
        code = supervisor.run()
    lines.check()
    if supervisor.failure is not None:
        raise supervisor.failure
    if options.once:
        answer.print(machine=options.json)
    return code


def _source(options: argparse.Namespace) -> SourceConfig:
    try:
        source = parse_source(options.source)
    except ConfigError as error:
        # On the command line there is no configuration that could be wrong, only a source.
        raise SourceError(str(error), permanent=True) from error
    match source:
        case PipeSource():
            changes = {"rate_hz": options.rate, "channels": options.channels, "format": options.format}
            return msgspec.structs.replace(source, **changes)
        case FileSource() if is_playlist(source.file):
            streams = (target for target in expand([source.file], PipeSource()) if isinstance(target, StreamSource))
            return next(streams, source)
        case FileSource():
            return msgspec.structs.replace(source, pace="fast" if options.fast or options.once else "real")
    return source


def _add_view(
    options: argparse.Namespace,
    config: Config,
    supervisor: Supervisor,
    stack: ExitStack,
    mqtt: MqttOutput | None,
    *,
    lines: LineWriter,
) -> None:
    station = supervisor.stations[STATION]
    if options.json:
        supervisor.add_output(JsonView(config.node, lines))
        return
    if not is_drawable(sys.stdout):
        view = PlainView(lines)
        supervisor.add_output(_OnceReceived(view))
        supervisor.add_output(_SourceLine(view))
        return
    from rich.console import Console

    from genred.cli.live_view import WIDE_CELLS, LiveView

    # The terminal belongs to the view: log lines would tear it.
    logging.getLogger().setLevel(logging.CRITICAL)
    published: str | None = None
    if options.broker:
        published = f"published to {mask_url(options.broker)}"
    elif Console().width >= WIDE_CELLS:
        # Where room is scarce, what would be published is worth none.
        published = "would be published (no --broker)"
    live = LiveView(
        mask_url(options.source), station.labels, station.source_label, side_title=published, problem=_problem_of(mqtt)
    )
    supervisor.add_output(live)
    if published is not None:
        supervisor.add_output(PayloadEcho(config, live.side_line))
    stack.enter_context(without_echo())
    stack.enter_context(live)


def _problem_of(mqtt: MqttOutput | None) -> Callable[[], str | None]:
    def problem() -> str | None:
        found = None if mqtt is None else mqtt.problem
        return None if found is None else f"no broker: {in_option_words(found)}"

    return problem


class _OnceReceived(Output):
    """Passes losses on only after audio came: a source that never opened is told of once, as the command's error."""

    def __init__(self, view: PlainView) -> None:
        self._view = view
        self._has_played = False

    def handle(self, event: Event) -> None:
        self._has_played = self._has_played or (isinstance(event, StationReport) and event.state is not State.OFFLINE)
        loss = isinstance(event, SourceLost) or (
            isinstance(event, AnnouncementChanged) and event.announcement == State.OFFLINE.value
        )
        if self._has_played or not loss:
            self._view.handle(event)


class _SourceLine(Output):
    """Prints once what the source is, as soon as it is known, and again when it changes."""

    def __init__(self, view: PlainView) -> None:
        self._view = view
        self._source: SourceInfo | None = None

    def handle(self, event: Event) -> None:
        if not isinstance(event, StationStatus) or event.connection.source == self._source:
            return
        self._source = event.connection.source
        if self._source is not None:
            self._view.line(event.at, f"source: {', '.join(describe_info(self._source))}")


class _FirstAnswer(Output):
    """Keeps the newest word and title, and calls back at the first word that is an answer."""

    def __init__(self, found: Callable[[], None] | None) -> None:
        self._found = found
        self._announcement: str = State.UNCERTAIN.value
        self._confidence: float | None = None
        self._title: str | None = None
        self._answered = False

    def handle(self, event: Event) -> None:
        if self._answered:
            return
        match event:
            case TitleChanged():
                self._title = event.title
            case StationReport() if event.state is not State.OFFLINE:
                self._announcement, self._confidence, self._title = (
                    event.announcement,
                    event.confidence,
                    event.title or self._title,
                )
            case AnnouncementChanged(announcement=announcement) if announcement not in {
                State.UNCERTAIN.value,
                State.OFFLINE.value,
            }:
                self._announcement, self._confidence = announcement, event.confidence
                if self._found is not None:
                    self._answered = True
                    self._found()

    def print(self, *, machine: bool) -> None:
        """Prints the answer: word, confidence and title."""
        if machine:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            answer = {"at": at, "word": self._announcement, "confidence": self._confidence, "title": self._title}
            print(msgspec.json.encode(answer).decode())
            return
        confidence = "" if self._confidence is None else f" {self._confidence:.2f}"
        title = f"  {self._title}" if self._title else ""
        print(f"{self._announcement}{confidence}{title}")
