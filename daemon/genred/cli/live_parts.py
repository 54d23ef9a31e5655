"""What the live view is made of: panels, bars and lines, in signs that the terminal has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.text import Text

from genred.analysis.estimate import State
from genred.cli.streams import signs_for
from genred.printable import printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.layout import Layout

    from genred.analysis.estimate import Level
    from genred.events import StationReport

_BAR_CELLS = 28
_LEVEL_BAR_CELLS = 16
_LEVEL_TEXT_CELLS = 43
_PERCENT_CELLS = 5
_LEVEL_FLOOR_DBFS = -60.0
_STATE_STYLES = {
    State.MUSIC: "bold green",
    State.SPEECH: "bold cyan",
    State.SILENCE: "bold blue",
    State.UNCERTAIN: "bold yellow",
    State.OFFLINE: "bold red",
}


class Drawing:
    """Draws the parts of a view.

    Args:
        console: What they are drawn on.
    """

    def __init__(self, console: Console) -> None:
        self._signs = signs_for(console.encoding)
        self._console = console

    def fit(self, text: str) -> str:
        """Gives a text in signs that the terminal has."""
        return self._signs.fit(text)

    def panel(self, content: RenderableType, title: str, *, alarmed: bool = False) -> Panel:
        """A frame with a title."""
        # As text: what stands in brackets in an address is no markup of rich.
        heading = self._line(self.fit(printable(title)))
        return Panel(content, title=heading, title_align="left", border_style="red" if alarmed else "none")

    def tail(self, lines: list[str], height: int) -> Text:
        """The last lines that there is room for."""
        shown = lines[-height:] if height > 0 else []
        return self._line("\n".join(self.fit(printable(line)) for line in shown))

    def state_lines(self, report: StationReport | None, source: str) -> list[RenderableType]:
        """Four lines: the answer, the title, the source and the level."""
        connection = self._line(self.fit(printable(source)), "dim")
        if report is None:
            return [self._line("waiting for the first five seconds", "bold"), connection, Text(), Text()]
        word = self._line(report.announcement, _STATE_STYLES[report.state])
        if report.state is State.UNCERTAIN and report.probabilities:
            word.append(f"  perhaps {max(report.probabilities, key=report.probabilities.__getitem__)}", style="default")
        elif report.confidence is not None:
            word.append(f"  {report.confidence:.0%} sure", style="default")
        word.append(f"  since {report.since.utc.astimezone():%H:%M:%S}", style="dim")
        title = self._line(self.fit(printable(report.title or "")), "italic")
        return [word, title, connection, self._level_line(report.level, report.loudness_lufs)]

    def bars(self, labels: tuple[str, ...], report: StationReport | None, cells: int, most: int) -> list[Text]:
        """A bar for each label; where there is room for fewer, of the likeliest."""
        probabilities = report.probabilities if report is not None else {}
        likeliest = sorted(labels, key=lambda label: -probabilities.get(label, 0.0))[:most]
        name_cells = max(len(label) for label in labels)
        bar_cells = max(4, min(_BAR_CELLS, cells - name_cells - _PERCENT_CELLS - 1))
        lines = []
        for label in labels:
            if label not in likeliest:
                continue
            share = probabilities.get(label, 0.0)
            style = "bold green" if report is not None and report.announcement == label else "default"
            line = self._line(f"{label:<{name_cells}} ", style)
            line.append_text(self._bar(share, style, bar_cells)).append(f" {share:4.0%}", style=style)
            lines.append(line)
        return lines

    def _level_line(self, level: Level | None, loudness_lufs: float | None) -> Text:
        if level is None:
            return self._line("no level: the source is offline", "dim")
        share = min(1.0, max(0.0, 1 - level.rms_dbfs / _LEVEL_FLOOR_DBFS))
        clipped = f"  {level.clipped_share:.1%} clipped" if level.clipped_share else ""
        loudness = "" if loudness_lufs is None else f"  {loudness_lufs:.1f} LUFS"
        numbers = f" {level.rms_dbfs:6.1f} dBFS, peak {level.peak_dbfs:.1f}{loudness}{clipped}"
        cells = max(4, min(_LEVEL_BAR_CELLS, self._console.width - _LEVEL_TEXT_CELLS - 4))
        return self._line("").append_text(self._bar(share, "red" if clipped else "cyan", cells)).append(numbers)

    def _bar(self, share: float, style: str, cells: int) -> Text:
        filled = round(share * cells)
        return Text.assemble((self._signs.full * filled, style), (self._signs.empty * (cells - filled), "bright_black"))

    def _line(self, text: str, style: str = "") -> Text:
        # Rich shortens with a sign that ASCII does not have.
        return Text(text, style=style, no_wrap=True, overflow="ellipsis" if self._signs.is_unicode else "crop")


class FixedHeight:
    """A layout of a fixed height: a bare one would take the whole screen."""

    def __init__(self, layout: Layout, height: int) -> None:
        self._layout = layout
        self._height = height

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self._layout, options.update_height(self._height))
