"""The live view of one station in a terminal: what is on air, how loud, how sure, and what is said of it."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from genred.analysis.estimate import State
from genred.cli.connection_line import describe_connection
from genred.cli.plain_view import describe_event
from genred.events import Event, Output, StationReport, StationStatus

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from genred.analysis.estimate import Level
    from genred.clock import Moment

REFRESH_HZ = 4
"""Redraws a second: enough to look alive, little enough for a Pi over SSH."""

_BAR_WIDTH = 28
_LEVEL_BAR_WIDTH = 16
_LEFT_WIDTH = 58
_LEVEL_FLOOR_DBFS = -60.0
_STATE_STYLES = {
    State.MUSIC: "bold green",
    State.SPEECH: "bold cyan",
    State.SILENCE: "bold blue",
    State.UNCERTAIN: "bold yellow",
    State.OFFLINE: "bold red",
}


class LiveView(Output):
    """Draws a station until it is closed; an `Output`, and a context manager.

    Args:
        heading: What is listened to.
        labels: Of the model, in its order.
        source: One line on the source, until its status is known.
        side_title: Title of the lines on the right; None leaves them out.
        console: For tests.
    """

    def __init__(
        self,
        heading: str,
        labels: tuple[str, ...],
        source: str,
        side_title: str | None = None,
        console: Console | None = None,
    ) -> None:
        self._heading = heading
        self._labels = labels
        self._source = source
        self._status: StationStatus | None = None
        self._side_title = side_title
        self._report: StationReport | None = None
        self._events: deque[str] = deque(maxlen=200)
        self._side: deque[str] = deque(maxlen=200)
        self._lock = threading.Lock()
        self._console = console or Console()
        self._live = Live(
            console=self._console,
            get_renderable=self.render,
            refresh_per_second=REFRESH_HZ,
            screen=False,
            transient=False,
            vertical_overflow="crop",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def handle(self, event: Event) -> None:
        """Takes an event; see `Output.handle`."""
        with self._lock:
            if isinstance(event, StationReport):
                self._report = event
            elif isinstance(event, StationStatus):
                self._status = event
            else:
                self._events.append(f"{event.at.utc.astimezone():%H:%M:%S}  {describe_event(event)}")

    def line(self, at: Moment, text: str) -> None:
        """Adds a line of genred's own to the events."""
        with self._lock:
            self._events.append(f"{at.utc.astimezone():%H:%M:%S}  {text}")

    def side_line(self, text: str) -> None:
        """Adds a line to the right side."""
        with self._lock:
            self._side.append(text)

    def close(self) -> None:
        """Draws a last time and leaves the terminal as it was."""
        self._live.stop()

    def render(self) -> RenderableType:
        """Gives what is drawn; public for tests and pictures."""
        with self._lock:
            report, events, side = self._report, list(self._events), list(self._side)
            source = self._source if self._status is None else describe_connection(self._status)
        state = Group(*self._state_lines(report, source), Text(), self._bars(report))
        rows = len(self._labels) + 8
        height = max(rows + 6, min(self._console.size.height - 1, rows + 12))
        left = Layout()
        left.split_column(
            Layout(Panel(state, title=self._heading, title_align="left"), size=rows),
            Layout(Panel(_tail(events, height - rows - 2), title="events", title_align="left")),
        )
        if self._side_title is None:
            layout = left
        else:
            layout = Layout()
            right = Panel(_tail(side, height - 2), title=self._side_title, title_align="left")
            layout.split_row(Layout(left, size=min(_LEFT_WIDTH, self._console.size.width // 2 + 4)), Layout(right))
        return _Fixed(layout, height)

    def _state_lines(self, report: StationReport | None, source: str) -> list[RenderableType]:
        connection = Text(source, style="dim", no_wrap=True, overflow="ellipsis")
        if report is None:
            return [Text("waiting for the first five seconds", style="bold"), connection, Text(), Text()]
        word = Text(report.announcement, style=_STATE_STYLES[report.state])
        if report.confidence is not None:
            word.append(f"  {report.confidence:.0%} sure", style="default")
        word.append(f"  since {report.since.utc.astimezone():%H:%M:%S}", style="dim")
        title = Text(report.title or "", style="italic", no_wrap=True, overflow="ellipsis")
        return [word, title, connection, _level_line(report.level)]

    def _bars(self, report: StationReport | None) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        probabilities = report.probabilities if report is not None else {}
        for label in self._labels:
            share = probabilities.get(label, 0.0)
            announced = report is not None and report.announcement == label
            style = "bold green" if announced else "default"
            table.add_row(Text(label, style=style), _bar(share, style), Text(f"{share:4.0%}", style=style))
        return table


class _Fixed:
    """A layout of a fixed height: a bare one would take the whole screen."""

    def __init__(self, layout: Layout, height: int) -> None:
        self._layout = layout
        self._height = height

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self._layout, options.update_height(self._height))


def _bar(share: float, style: str, width: int = _BAR_WIDTH) -> Text:
    filled = round(share * width)
    return Text.assemble(("█" * filled, style), ("░" * (width - filled), "bright_black"))


def _level_line(level: Level | None) -> Text:
    if level is None:
        return Text("no level: the source is offline", style="dim")
    share = min(1.0, max(0.0, 1 - level.rms_dbfs / _LEVEL_FLOOR_DBFS))
    clipped = f"  {level.clipped_share:.1%} clipped" if level.clipped_share else ""
    numbers = f" {level.rms_dbfs:6.1f} dBFS, peak {level.peak_dbfs:.1f}{clipped}"
    bar = _bar(share, "red" if level.clipped_share else "cyan", _LEVEL_BAR_WIDTH)
    return Text.assemble(bar, numbers, no_wrap=True)


def _tail(lines: list[str], height: int) -> Text:
    return Text("\n".join(lines[-max(1, height) :]), no_wrap=True, overflow="ellipsis")
