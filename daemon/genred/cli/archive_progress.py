"""The progress bar of `genred archive`: files, rate, time left, failures; on standard error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from genred.archive.reading import ReadingError
from genred.cli.streams import complain

if TYPE_CHECKING:
    from genred.archive.archiving import ArchiveTally
    from genred.archive.readers import Outcome


class ArchiveBar:
    """A context manager; an `Observer`. What is left is reckoned by bytes, since lengths are not known before."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(None),
            TextColumn("{task.fields[audio]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
        )
        self._task = self._progress.add_task("looking for recordings", total=None, audio="")
        self._started_at = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def listed(self, tally: ArchiveTally) -> None:
        """See `Observer.listed`."""
        self._started_at = time.monotonic()
        self._progress.update(self._task, total=max(1, tally.total_bytes))
        self._show(tally)

    def advance(self, index: int, done_s: float, duration_s: float | None) -> None:
        """Keeps the bar alive while long recordings are read."""
        self._progress.refresh()

    def ended(self, outcome: Outcome | None, tally: ArchiveTally) -> None:
        """See `Observer.ended`."""
        if isinstance(outcome, ReadingError):
            complain(f"genred archive: {outcome.message}")
        self._show(tally)

    def _show(self, tally: ArchiveTally) -> None:
        speed = tally.audio_s / max(1e-3, time.monotonic() - self._started_at)
        failed = f", {tally.failed} failed" if tally.failed else ""
        self._progress.update(
            self._task,
            description=f"{tally.known + tally.read}/{tally.files} files{failed}",
            completed=tally.done_bytes,
            audio=f"{tally.audio_s / 3600:.1f} h, {speed:.0f}x real time,",
        )
