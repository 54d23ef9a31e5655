"""What a station says, as lines: for pipes, logs and terminals that want no redrawing, and as JSON for machines."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from genred.analysis.estimate import State
from genred.events import (
    ClippingEnded,
    ClippingStarted,
    Event,
    Gap,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    TitleChanged,
    WordChanged,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class LineWriter:
    """Writes lines from any thread, and notices when their reader (head, jq) has gone.

    Args:
        output: Where to; standard output by default.
        on_gone: Called once, when nobody reads any more.
    """

    def __init__(self, output: TextIO | None = None, on_gone: Callable[[], None] | None = None) -> None:
        self._output = output or sys.stdout
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self.gone = False
        """Whether the reader has gone."""

    def write(self, line: str) -> None:
        """Writes one line; does nothing once the reader has gone."""
        with self._lock:
            if self.gone:
                return
            try:
                print(line, file=self._output, flush=True)
            except BrokenPipeError:
                self.gone = True
        if self.gone and self._on_gone is not None:
            self._on_gone()


class PlainView:
    """Prints a line for each event but reports, and one line with the whole state from time to time.

    Args:
        lines: Where to; standard output by default.
        report_every_s: A line with level and probabilities at least this often.
    """

    def __init__(self, lines: LineWriter | None = None, report_every_s: float = 5.0) -> None:
        self._lines = lines or LineWriter()
        self._report_every_s = report_every_s
        self._last_report: datetime | None = None

    def handle(self, event: Event) -> None:
        """Takes an event; see `Output.handle`."""
        if isinstance(event, StationReport):
            if event.level is None or not self._report_due(event.at):
                return
            self.line(event.at, describe_report(event))
        else:
            self.line(event.at, describe_event(event))

    def line(self, at: datetime, text: str) -> None:
        """Prints one line with the local time before it."""
        self._lines.write(f"{at.astimezone():%H:%M:%S}  {text}")

    def close(self) -> None:
        """Nothing is held."""

    def _report_due(self, at: datetime) -> bool:
        last = self._last_report
        if last is not None and (at - last).total_seconds() < self._report_every_s:
            return False
        self._last_report = at
        return True


class JsonView:
    """Prints each event as one JSON object a line: `event` names its type, the rest are its fields.

    Args:
        lines: Where to; standard output by default.
    """

    def __init__(self, lines: LineWriter | None = None) -> None:
        self._lines = lines or LineWriter()

    def handle(self, event: Event) -> None:
        """Takes an event; see `Output.handle`."""
        fields = {"event": _EVENT_NAMES[type(event)], **asdict(event)}
        if isinstance(event, StationReport):
            fields["word"] = event.word
            fields["probabilities"] = {label: round(value, 4) for label, value in event.probabilities.items()}
        self._lines.write(json.dumps(fields, default=_plain))

    def close(self) -> None:
        """Nothing is held."""


def describe_report(report: StationReport) -> str:
    """One line with word, confidence, level and the leading labels of a report."""
    confidence = "" if report.confidence is None else f" {report.confidence:.2f}"
    level = "" if report.level is None else f"  {report.level.rms_dbfs:6.1f} dBFS"
    leading = sorted(report.probabilities.items(), key=lambda item: -item[1])[:3]
    # In silence all labels are equally likely: three of them would say something that is not so.
    shown = "" if report.state is State.SILENCE else "  ".join(f"{label} {value:.2f}" for label, value in leading)
    return f"{report.word}{confidence}{level}  {shown}".rstrip()


def describe_event(event: Event) -> str:
    """One line on an event, for people."""
    describe: Callable[..., str] = _DESCRIPTIONS[type(event)]
    return describe(event)


def _word_changed(event: WordChanged) -> str:
    confidence = "" if event.confidence is None else f" ({event.confidence:.2f})"
    before = "" if event.previous is None else f", before that {event.previous}"
    return f"on air: {event.word}{confidence}{before}"


def _duration(start: datetime, end: datetime) -> str:
    return f"{(end - start).total_seconds():.1f} s"


_DESCRIPTIONS: dict[type, Callable[..., str]] = {
    StationReport: describe_report,
    WordChanged: _word_changed,
    SilenceStarted: lambda event: f"dead air began, {event.level_dbfs:.0f} dBFS",
    SilenceEnded: lambda event: f"dead air ended after {_duration(event.started_at, event.at)}",
    ClippingStarted: lambda event: f"the input clips: {event.clipped_share:.1%} of samples at full scale",
    ClippingEnded: lambda event: f"clipping ended after {_duration(event.started_at, event.at)}",
    TitleChanged: lambda event: f"title: {event.title}",
    SourceLost: lambda event: f"source lost ({event.cause}): {event.message}",
    SourceRecovered: lambda event: f"source back after {_duration(event.lost_at, event.at)}",
    Gap: lambda event: f"gap of {_duration(event.started_at, event.at)} ({event.cause})",
}

_EVENT_NAMES: dict[type, str] = {
    StationReport: "window",
    WordChanged: "word_changed",
    SilenceStarted: "silence_started",
    SilenceEnded: "silence_ended",
    ClippingStarted: "clipping_started",
    ClippingEnded: "clipping_ended",
    TitleChanged: "title_changed",
    SourceLost: "source_lost",
    SourceRecovered: "source_recovered",
    Gap: "gap",
}


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
