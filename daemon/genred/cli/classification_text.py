"""What `genred classify` prints for people: what the file is, the answer, the shares, the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from genred.cli.connection_line import describe_format
from genred.cli.streams import has_colours, signs_for, width_of
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.classification.summary import Classification

_BAR_CELLS = 40
_LEAST_BAR_CELLS = 8
_MEAN_CELLS = 12
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def classification_lines(result: Classification, stream: TextIO) -> Iterator[str]:
    """Gives the lines on one file, fit for the stream: its width, its encoding, its colours."""
    bold, dim, plain = (_BOLD, _DIM, _PLAIN) if has_colours(stream) else ("", "", "")
    signs, width = signs_for(stream.encoding), width_of(stream)
    yield f"{printable(result.path)}: {_describe_file(result)}"
    if result.medium is not None and result.medium.note:
        yield f"  {result.medium.note}"
    yield f"  {bold}{result.word}{plain}, {result.confidence:.0%} sure{_part(result)}"
    yield ""
    cells = max(len(label) for label in result.shares)
    room = width - cells - 10
    means = room >= _LEAST_BAR_CELLS + _MEAN_CELLS
    bar_cells = max(_LEAST_BAR_CELLS, min(_BAR_CELLS, room - _MEAN_CELLS if means else room))
    yield f"  {dim}share of {result.windows} windows, first choice{', mean probability' if means else ''}{plain}"
    for label, share in result.shares.items():
        bar = signs.full * max(1, round(share * bar_cells))
        mean = f"   mean {result.mean[label]:.2f}" if means and label in result.mean else ""
        yield f"  {label:<{cells}} {share:6.1%} {bar:<{bar_cells}}{mean}".rstrip()
    yield ""
    yield f"  {dim}timeline, smoothed over what comes before and after{plain}"
    clock_cells = len(clock(result.timeline[-1].end_s))
    for entry in result.timeline:
        start, end = (f"{clock(seconds):>{clock_cells}}" for seconds in (entry.start_s, entry.end_s))
        yield f"  {start} {signs.dash} {end}  {entry.word} ({entry.confidence:.2f})"


def clock(seconds: float) -> str:
    """Minutes and seconds, and hours where there are some."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _describe_file(result: Classification) -> str:
    parts = [f"{result.seconds:.1f} s" if result.seconds < 60 else clock(result.seconds)]
    if result.medium is not None:
        parts += describe_format(
            result.medium.codec, result.medium.rate_hz, result.medium.channels, result.medium.bitrate_bps
        )
        if result.medium.title:
            parts.append(f'"{printable(result.medium.title)}"')
    return ", ".join([*parts, f"model {result.model}"])


def _part(result: Classification) -> str:
    """How much of the file the answer is for, where there is something else in it."""
    length_s = sum(entry.end_s - entry.start_s for entry in result.timeline)
    own_s = sum(entry.end_s - entry.start_s for entry in result.timeline if entry.word == result.word)
    return "" if len(result.timeline) == 1 or not own_s else f", for {own_s / length_s:.0%} of the time"
