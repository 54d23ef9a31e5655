"""The live view of one station in a terminal: what is on air, how loud, how sure, and what is said of it."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.layout import Layout
from rich.live import Live
from rich.text import Text

from genred.analysis.estimate import State
from genred.cli.connection_line import describe_connection
from genred.cli.live_parts import Drawing, FixedHeight
from genred.cli.plain_view import describe_event
from genred.events import ConnectionState, Event, LoudnessMeasured, Output, StationReport, StationStatus
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from rich.console import RenderableType
    from rich.panel import Panel

    from genred.clock import Moment

REFRESH_HZ = 4
"""Redraws a second: enough to look alive, little enough for a Pi over SSH."""

WIDE_CELLS = 100
"""From this width on there is room for two columns; in a narrower terminal both kinds of lines share one."""

_LEFT_CELLS = 58
_STATE_LINES = 5
_LEAST_EVENT_LINES = 2
_MOST_EVENT_LINES = 10
_BORDER_LINES = 2


class LiveView(Output):
    """Draws a station until it is closed; an `Output`, and a context manager.

    What stays in the terminal at the end is what was on air last, not that nothing is any more.

    Args:
        heading: What is listened to.
        labels: Of the model, in its order.
        source: One line on the source, until its status is known.
        side_title: Title of the lines on the right; None leaves them out.
        console: For tests.
        problem: Says in one line what is wrong with where the lines of the side go to; None while all is well.
    """

    def __init__(
        self,
        heading: str,
        labels: tuple[str, ...],
        source: str,
        side_title: str | None = None,
        console: Console | None = None,
        *,
        problem: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._labels = labels
        self._source = source
        self._status: StationStatus | None = None
        self._side_title = side_title
        self._problem = problem
        self._report: StationReport | None = None
        self._last_on_air: tuple[StationReport, StationStatus | None] | None = None
        self._events: deque[str] = deque(maxlen=200)
        self._side: deque[str] = deque(maxlen=200)
        self._both: deque[str] = deque(maxlen=200)
        self._closed = False
        self._lock = threading.Lock()
        self._console = console or Console()
        self._drawing = Drawing(self._console)
        self._heading = heading
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
                if event.state is not State.OFFLINE:
                    self._last_on_air = event, self._status
            elif isinstance(event, StationStatus):
                self._status = event
            elif not isinstance(event, LoudnessMeasured):
                self._note(event.at, describe_event(event))

    def line(self, at: Moment, text: str) -> None:
        """Adds a line of genred's own to the events."""
        with self._lock:
            self._note(at, text)

    def side_line(self, text: str) -> None:
        """Adds a line to the right side."""
        with self._lock:
            self._side.append(text)
            self._both.append(f"< {text}")

    def close(self) -> None:
        """Draws a last time and leaves the terminal as it was."""
        with self._lock:
            self._closed = True
            # Of a source that never opened, the error says it all.
            self._live.transient = self._failed and self._last_on_air is None
        self._live.stop()

    def render(self) -> RenderableType:
        """Gives what is drawn; public for tests and pictures."""
        with self._lock:
            report, status = self._shown()
            events, side, both = list(self._events), list(self._side), list(self._both)
        width, height = self._console.size
        wide = self._side_title is not None and width >= WIDE_CELLS
        left_cells = min(_LEFT_CELLS, width // 2 + 4) if wide else width
        # What does not fit is drawn anew below itself with each frame; and the last line is the cursor's.
        room = max(1, height - 1 - 2 * _BORDER_LINES - _STATE_LINES - _LEAST_EVENT_LINES)
        bars = self._drawing.bars(self._labels, report, left_cells - 4, min(room, len(self._labels)))
        source = self._source if status is None else describe_connection(status)
        state = Group(*self._drawing.state_lines(report, source), Text(), *bars)
        state_lines = _STATE_LINES + len(bars) + _BORDER_LINES
        event_lines = max(_LEAST_EVENT_LINES, min(_MOST_EVENT_LINES, height - 1 - state_lines - _BORDER_LINES))
        heading, lines = ("events", events) if wide or self._side_title is None else self._shared(both)
        left = Layout()
        left.split_column(
            Layout(self._drawing.panel(state, self._heading), size=state_lines),
            Layout(self._lines(lines, heading, left_cells - 4, event_lines, alarmed=not wide)),
        )
        layout = left
        if wide:
            layout = Layout()
            side_lines = state_lines + event_lines
            right = self._lines(side, self._side_title or "", width - left_cells - 4, side_lines, alarmed=True)
            layout.split_row(Layout(left, size=left_cells), Layout(right))
        return FixedHeight(layout, state_lines + event_lines + _BORDER_LINES)

    def _shown(self) -> tuple[StationReport | None, StationStatus | None]:
        """The last report, or after the end, unless the end was a fault, the last one that had something on air."""
        if self._closed and not self._failed and self._last_on_air is not None:
            return self._last_on_air
        return self._report, self._status

    @property
    def _failed(self) -> bool:
        return self._status is not None and self._status.connection.state is ConnectionState.FAILED

    def _shared(self, both: list[str]) -> tuple[str, list[str]]:
        return f"events, and < {self._side_title}", both

    def _note(self, at: Moment, text: str) -> None:
        line = f"{at.utc.astimezone():%H:%M:%S}  {printable(text)}"
        self._events.append(line)
        self._both.append(line)

    def _lines(self, lines: list[str], title: str, cells: int, height: int, *, alarmed: bool) -> Panel:
        """A panel of the last lines; above them, in red, what is wrong."""
        problem = self._problem() if alarmed else None
        if problem is None:
            return self._drawing.panel(self._drawing.tail(lines, height), title)
        alarm = Text(self._drawing.fit(printable(problem)), style="bold red")
        used = len(alarm.wrap(self._console, max(1, cells)))
        return self._drawing.panel(Group(alarm, self._drawing.tail(lines, height - used)), title, alarmed=True)
