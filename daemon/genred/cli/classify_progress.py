"""The progress bar of `genred classify`: on standard error, over all files."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from genred.duration_text import hours_text
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAME_CELLS = 20
_LEAST_BAR_CELLS, _MOST_BAR_CELLS = 8, 40
_FIGURES_CELLS = 46
"""What stands behind the bar, and the gaps between."""
_NARROW_FIGURES_CELLS = 16
"""The same where there is no room for more than speed and time."""


class ProgressBar:
    """How many files are done, how much audio and how fast, and how long it will go on. A context manager.

    Args:
        names: Of all files. Of a single one, its name is shown and how far it is.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._shares: dict[int, float] = {}
        self._seconds: dict[int, float] = {}
        self._ended, self._ended_s = 0, 0.0
        self._started_at = time.monotonic()
        console = Console(stderr=True)
        bar_cells = console.width - cell_len(self._description()) - _FIGURES_CELLS
        self._narrow = bar_cells < _LEAST_BAR_CELLS
        if self._narrow:
            bar_cells = console.width - cell_len(self._description()) - _NARROW_FIGURES_CELLS
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(max(_LEAST_BAR_CELLS, min(_MOST_BAR_CELLS, bar_cells))),
            TextColumn("{task.fields[audio]}"),
            TimeRemainingColumn(compact=True),
            *([] if self._narrow else [TextColumn("left")]),
            console=console,
            transient=True,
            # What goes to standard output must not come out of the console of standard error.
            redirect_stdout=False,
        )
        self._task = self._progress.add_task(self._description(), total=len(names), audio="")
        self._handlers = [each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]

    def __enter__(self) -> Self:
        self._progress.start()
        for handler in self._handlers:
            # As long as the bar stands, this is rich's: it writes above the bar.
            handler.setStream(sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        for handler in self._handlers:
            handler.setStream(sys.stderr)

    def advance(self, index: int, done_s: float, duration_s: float | None) -> None:
        """See `Watcher.advance`."""
        self._seconds[index] = done_s
        if duration_s:
            # A length that a header gives may be wrong.
            self._shares[index] = min(1.0, done_s / duration_s)
        self._show()

    def end(self, index: int) -> None:
        """See `Watcher.end`."""
        self._ended += 1
        self._ended_s += self._seconds.pop(index, 0.0)
        self._shares.pop(index, None)
        self._show()

    @contextmanager
    def out_of_the_way(self) -> Iterator[None]:
        """Takes the bar off the terminal, so that something can be printed there as it is."""
        self._progress.stop()
        try:
            yield
        finally:
            if self._ended < len(self._names):
                self._progress.start()

    def _show(self) -> None:
        audio_s = self._ended_s + sum(self._seconds.values())
        speed = audio_s / max(1e-3, time.monotonic() - self._started_at)
        self._progress.update(
            self._task,
            description=self._description(),
            completed=self._ended + sum(self._shares.values()),
            audio=f"{speed:.0f}x" if self._narrow else f"{hours_text(int(audio_s))} audio, {speed:.0f}x real time,",
        )

    def _description(self) -> str:
        if len(self._names) > 1:
            total = len(self._names)
            return f"{self._ended:>{len(str(total))}}/{total} files"
        name = printable(self._names[0].rpartition("/")[2] or self._names[0])
        return name if cell_len(name) <= _NAME_CELLS else set_cell_size(name, _NAME_CELLS - 1) + "…"
