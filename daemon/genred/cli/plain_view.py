"""What a station says, as lines: for pipes, logs and terminals that want no redrawing, and as JSON for machines."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, TextIO

import msgspec

from genred.analysis.estimate import State
from genred.cli.signal_text import describe_fault
from genred.events import (
    AnnouncementChanged,
    ClippingEnded,
    ClippingStarted,
    ConnectionState,
    ConnectionStatus,
    Event,
    ExpectationBroken,
    ExpectationMet,
    Gap,
    LoudnessMeasured,
    Output,
    RecordingEnded,
    RecordingGap,
    RecordingProgress,
    RecordingStarted,
    SignalFaultEnded,
    SignalFaultStarted,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationStatus,
    StationSwitched,
    TitleChanged,
)
from genred.payloads.event import event_payload
from genred.payloads.state import state_payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.clock import Moment


class LineWriter:
    """Writes lines from any thread, until they cannot be written: their reader (head, jq) has gone, or a disk is full.

    Args:
        output: Where to; standard output by default.
        on_gone: Called when nothing can be written any more.

    Attributes:
        gone: Whether that is so.
    """

    def __init__(self, output: TextIO | None = None, on_gone: Callable[[], None] | None = None) -> None:
        self._output = output or sys.stdout
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._failure: OSError | None = None
        self.gone = False

    def write(self, line: str) -> None:
        """Writes one line; does nothing once that has failed."""
        with self._lock:
            if self.gone:
                return
            try:
                print(line, file=self._output, flush=True)
            except OSError as error:
                self.gone, self._failure = True, error
        if self.gone and self._on_gone is not None:
            self._on_gone()

    def check(self) -> None:
        """Looks whether all lines could be written.

        Raises:
            OSError: Why they could not; a `BrokenPipeError` where the reader has gone.
        """
        if self._failure is not None:
            raise self._failure


class PlainView(Output):
    """Prints a line for each event but reports, and one line with the whole state from time to time.

    Args:
        lines: Where to; standard output by default.
        report_every_s: A line with level and probabilities at least this often.
    """

    def __init__(self, lines: LineWriter | None = None, report_every_s: float = 5.0) -> None:
        self._lines = lines or LineWriter()
        self._report_every_s = report_every_s
        self._last_report: Moment | None = None
        self._has_heard = self._failed = False

    def handle(self, event: Event) -> None:
        """Takes an event; see `Output.handle`."""
        if isinstance(event, StationReport):
            self._has_heard = self._has_heard or event.level is not None
            if event.level is None or not self._report_due(event.at):
                return
            self.line(event.at, describe_report(event))
        elif isinstance(event, LoudnessMeasured):
            pass  # a report says what it comes to
        elif isinstance(event, StationStatus):
            self._failed = event.connection.state is ConnectionState.FAILED
        elif not (isinstance(event, Gap) and self._failed and not self._has_heard):
            # Of a source that never gave anything, the reason says it all, and a gap adds nothing.
            self.line(event.at, describe_event(event))

    def line(self, at: Moment, text: str) -> None:
        """Prints one line with the local time before it."""
        self._lines.write(f"{at.utc.astimezone():%H:%M:%S}  {text}")

    def _report_due(self, at: Moment) -> bool:
        last = self._last_report
        if last is not None and at.seconds_since(last) < self._report_every_s:
            return False
        self._last_report = at
        return True


class JsonView(Output):
    """Prints events as JSON objects, one a line, as they are published over MQTT: names, rounding and all.

    Reports have the fields of the state, with `event` set to `window`, and `word` for what is on air.

    Args:
        node: Id of this machine.
        lines: Where to; standard output by default.
    """

    def __init__(self, node: str, lines: LineWriter | None = None) -> None:
        self._node = node
        self._lines = lines or LineWriter()
        self._statuses: dict[str, StationStatus] = {}

    def handle(self, event: Event) -> None:
        """Takes an event; see `Output.handle`."""
        match event:
            case StationStatus():
                self._statuses[event.station] = event
            case StationReport():
                status = self._statuses.get(event.station)
                connection = ConnectionStatus(state=ConnectionState.CONNECTING, since=event.since)
                payload = state_payload(
                    event,
                    connection if status is None else status.connection,
                    node=self._node,
                    enabled=status is None or status.enabled,
                    clipping=status is not None and status.clipping,
                    signal_faults=() if status is None else status.signal_faults,
                    overloaded=status is not None and status.overloaded,
                )
                fields = {"event": "window", "word": event.announcement, **msgspec.to_builtins(payload)}
                self._lines.write(msgspec.json.encode(fields).decode())
            case _:
                made = event_payload(event, node=self._node)
                if made is not None:
                    self._lines.write(msgspec.json.encode(made).decode())


def describe_report(report: StationReport) -> str:
    """One line with word, confidence, level and the leading labels of a report."""
    confidence = "" if report.confidence is None else f" {report.confidence:.2f}"
    level = "" if report.level is None else f"  {report.level.rms_dbfs:6.1f} dBFS"
    if report.loudness_lufs is not None:
        level += f"  {report.loudness_lufs:6.1f} LUFS"
    leading = sorted(report.probabilities.items(), key=lambda item: -item[1])[:3]
    # In silence all labels are equally likely: three of them would say something that is not so.
    shown = "" if report.state is State.SILENCE else "  ".join(f"{label} {value:.2f}" for label, value in leading)
    return f"{report.announcement}{confidence}{level}  {shown}".rstrip()


def describe_event(event: Event) -> str:
    """One line on an event, for people; not of what the next report says anyway."""
    describe: Callable[..., str] = _DESCRIPTIONS[type(event)]
    return describe(event)


def _announcement_changed(event: AnnouncementChanged) -> str:
    confidence = "" if event.confidence is None else f" ({event.confidence:.2f})"
    before = "" if event.previous is None else f", before that {event.previous}"
    return f"on air: {event.announcement}{confidence}{before}"


def _figures(event: ExpectationBroken) -> str:
    figures = ", ".join(
        f"{figure.measured:.0%} {figure.of}" if figure.unit == "share" else f"{figure.measured:.0f} s {figure.of}"
        for figure in event.figures
    )
    return f" ({figures})" if figures else ""


_DESCRIPTIONS: dict[type, Callable[..., str]] = {
    StationReport: describe_report,
    AnnouncementChanged: _announcement_changed,
    StationSwitched: lambda event: f"switched {'on' if event.enabled else 'off'}",
    SilenceStarted: lambda event: f"dead air started, {event.level_dbfs:.0f} dBFS",
    SilenceEnded: lambda event: f"dead air ended after {event.duration_s:.1f} s",
    ClippingStarted: lambda event: f"the input is clipping: {event.clipped_share:.1%} of samples at full scale",
    ClippingEnded: lambda event: f"clipping ended after {event.duration_s:.1f} s",
    SignalFaultStarted: lambda event: f"signal: {describe_fault(event.fault, event.channel, event.value)}",
    SignalFaultEnded: lambda event: f"signal: cleared after {event.duration_s:.1f} s: {event.fault.description}",
    TitleChanged: lambda event: "no title" if event.title is None else f"title: {event.title}",
    SourceLost: lambda event: f"source lost ({event.cause}): {event.message}",
    SourceRecovered: lambda event: f"source back after {event.duration_s:.1f} s",
    ExpectationBroken: lambda event: f"expectation broken: {event.description}{_figures(event)}",
    ExpectationMet: lambda event: f"expectation met again after {event.duration_s:.0f} s: {event.description}",
    Gap: lambda event: f"gap of {event.duration_s:.1f} s ({event.cause})",
    RecordingStarted: lambda event: f"recording to {event.file}",
    RecordingProgress: lambda event: f"recorded {event.media_s:.0f} s",
    RecordingEnded: lambda event: f"recorded {event.media_s:.0f} s to {event.file}",
    RecordingGap: lambda event: f"not recorded for {event.duration_s:.1f} s ({event.cause})",
}
