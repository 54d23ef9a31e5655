"""What `genred classify` prints for people: what the file is, the answer, the shares, the timeline."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, TextIO

from genred.analysis.signal_faults import SignalFault
from genred.cli.connection_line import describe_format
from genred.cli.signal_text import describe_fault
from genred.cli.streams import has_colours, signs_for
from genred.duration_text import clock_text
from genred.printable import printable
from genred.terminal_text import width_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.classification.summary import Classification, Medium

_BAR_CELLS = 40
_LEAST_BAR_CELLS = 8
_MEAN_CELLS = 12
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def classification_lines(result: Classification, stream: TextIO) -> Iterator[str]:
    """Gives the lines on one file, fit for the stream: its width, its encoding, its colours."""
    width = width_of(stream)
    for line in _lines(result, stream, width):
        if not stream.isatty() or len(line) <= width:
            yield line
        else:
            yield from wrap(line, width, subsequent_indent=" " * (len(line) - len(line.lstrip()) + 2))


def _lines(result: Classification, stream: TextIO, width: int) -> Iterator[str]:
    bold, dim, plain = (_BOLD, _DIM, _PLAIN) if has_colours(stream) else ("", "", "")
    signs = signs_for(stream.encoding)
    length = f"{result.seconds:.1f} s" if result.seconds < 60 else clock_text(result.seconds)
    yield f"{printable(result.path)}: {length}, {result.windows_text}, model {result.model}"
    if result.medium is not None:
        yield from (f"  {line}" for line in _describe_medium(result.medium))
    for span in result.signal_faults:
        fault = describe_fault(SignalFault(span.fault), span.channel, span.value)
        yield f"  {clock_text(span.start_s)} {signs.dash} {clock_text(span.end_s)}: {fault}"
    yield f"  {bold}{result.word}{plain}, confidence {result.confidence:.2f}{_part(result)}"
    yield ""
    cells = max(len(label) for label in result.shares)
    room = width - cells - 10
    means = room >= _LEAST_BAR_CELLS + _MEAN_CELLS
    bar_cells = max(_LEAST_BAR_CELLS, min(_BAR_CELLS, room - _MEAN_CELLS if means else room))
    yield f"  {dim}first choice of windows{', mean probability' if means else ''}{plain}"
    for label, share in result.shares.items():
        bar = signs.full * max(1, round(share * bar_cells))
        mean = f"   mean {result.mean[label]:.2f}" if means and label in result.mean else ""
        yield f"  {label:<{cells}} {share:6.1%} {bar:<{bar_cells}}{mean}".rstrip()
    yield ""
    yield f"  {dim}timeline, smoothed in both directions{plain}"
    clock_cells = len(clock_text(result.timeline[-1].end_s))
    for entry in result.timeline:
        start, end = (f"{clock_text(seconds):>{clock_cells}}" for seconds in (entry.start_s, entry.end_s))
        yield f"  {start} {signs.dash} {end}  {entry.word} ({entry.confidence:.2f})"


def _describe_medium(medium: Medium) -> Iterator[str]:
    """Says what the file is, and what is odd about it."""
    parts = describe_format(medium.codec, medium.rate_hz, medium.channels, medium.bitrate_bps)
    if medium.title:
        parts.append(f'"{printable(medium.title)}"')
    yield ", ".join(parts)
    if medium.note:
        yield medium.note


def _part(result: Classification) -> str:
    """How much of the file the answer is for, where there is something else in it."""
    if len(result.timeline) == 1:
        return ""
    own_s = sum(entry.end_s - entry.start_s for entry in result.timeline if entry.word == result.word)
    return f", for {clock_text(own_s)} of {clock_text(result.seconds)}" if own_s else ""
