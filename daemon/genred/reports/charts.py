"""The geometry of a page's pictures: where each piece of SVG goes. Colours are the style sheet's business.

Widths are in per cent, so that a picture is as wide as the page lets it while its letters keep their size.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.reports import wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from genred.reports.clock_hours import HourShares
    from genred.reports.figures import Share, StationFigures
    from genred.reports.palette import Mark
    from genred.reports.strips import Strip

_HOUR_S, _DAY_S = 3_600.0, 86_400.0

_QUIETEST_LUFS = 48.0
"""Under full scale; a programme of -24 has half a bar."""

_LETTERS_FROM = 3.2
"""A piece at least so wide, in per cent, has its letters written on it."""

_LETTERS_ON_PHONES_FROM = 11.0
_LETTERS_HIGH = 14

STRIP_UNITS = 10
"""Height of a strip in the units of its paths."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters on a piece.

    Attributes:
        x: Their middle, in per cent.
        y: Their middle, in pixels; 0 where the picture has one line only.
        mark: Whose.
        is_wide: Whether there is room for them on a phone.
    """

    x: float
    y: float
    mark: Mark
    is_wide: bool


@dataclass(frozen=True, slots=True)
class StripPicture:
    """A strip.

    Attributes:
        label: Its day or hour.
        note: What is unusual about its length, or nothing.
        text: What it shows, in words.
        width: Of its own time, in units of its paths.
        paths: By mark.
        letters: On wide pieces.
        dead_air: Where the listed silences begin, in per cent.
        outages: Where the listed outages begin, likewise.
    """

    label: str
    note: str
    text: str
    width: int
    paths: list[tuple[Mark, str]]
    letters: list[Letters]
    dead_air: list[float]
    outages: list[float]


def strip_pictures(station: StationFigures, marks: Mapping[str, Mark], zone: tzinfo) -> list[StripPicture]:
    """Gives the pictures of a station's strips."""
    length_s = _HOUR_S if station.strips.each == "hour" else _DAY_S
    strips = station.strips.strips
    silences = _by_strip(strips, [silence.started_at for silence in station.dead_air.longest], length_s, zone)
    outages = _by_strip(strips, [outage.started_at for outage in station.availability.longest], length_s, zone)
    return [
        _strip_picture(strip, marks, (length_s, station.strips.resolution_s), silences[index], outages[index])
        for index, strip in enumerate(strips)
    ]


def _strip_picture(
    strip: Strip,
    marks: Mapping[str, Mark],
    scale_s: tuple[float, float],
    dead_air: list[float],
    outages: list[float],
) -> StripPicture:
    length_s, resolution_s = scale_s
    units = round(length_s / resolution_s)
    paths: dict[Mark, list[str]] = defaultdict(list)
    letters: list[Letters] = []
    seconds: dict[str, float] = defaultdict(float)
    again = {part.at_s for part in strip.parts if part.pass_}
    for part in strip.parts:
        mark = marks[part.on_air]
        seconds[part.on_air] += part.seconds
        x, width = round(part.at_s / resolution_s), max(1, round(part.seconds / resolution_s))
        y, height = (STRIP_UNITS // 2, STRIP_UNITS // 2) if part.pass_ else (0, STRIP_UNITS)
        paths[mark].append(f"M{x} {y}h{width}v{height}h-{width}z")
        share = 100 * part.seconds / length_s
        if share >= _LETTERS_FROM and not part.pass_ and not again:
            middle = 100 * (part.at_s + part.seconds / 2) / length_s
            letters.append(Letters(round(middle, 2), 0, mark, share >= _LETTERS_ON_PHONES_FROM))
    return StripPicture(
        label=_label(strip),
        note=_note(strip, length_s),
        text=_in_words(seconds),
        width=units,
        paths=[(mark, "".join(pieces)) for mark, pieces in paths.items()],
        letters=letters,
        dead_air=dead_air,
        outages=outages,
    )


def _by_strip(
    strips: Sequence[Strip], moments: Sequence[datetime], length_s: float, zone: tzinfo
) -> dict[int, list[float]]:
    """Where on the clock each moment is, in per cent of its strip."""
    found: dict[int, list[float]] = defaultdict(list)
    index = 0
    for at in moments:
        while index + 1 < len(strips) and strips[index + 1].started_at <= at:
            index += 1
        local = at.astimezone(zone)
        clock_s = local.hour * _HOUR_S + local.minute * 60 + local.second
        found[index].append(round(100 * (clock_s % length_s) / length_s, 2))
    return found


def _label(strip: Strip) -> str:
    if strip.hour is None:
        return wording.day(strip.day)
    return f"{strip.hour:02}:00"


def _note(strip: Strip, length_s: float) -> str:
    if strip.repeats:
        return "again"
    if strip.hour is None and strip.seconds != length_s and strip.seconds > 0.9 * length_s:
        return wording.duration(strip.seconds)
    return ""


def _in_words(seconds: Mapping[str, float]) -> str:
    longest = sorted(seconds.items(), key=lambda item: -item[1])[:5]
    words = ", ".join(f"{wording.on_air(on_air)} {wording.duration(part_s)}" for on_air, part_s in longest)
    return words or "nothing in the log"


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle.

    Attributes:
        x: Left, in per cent.
        y: Top, in pixels.
        width: In per cent.
        height: In pixels.
        mark: Whose.
        text: What it shows, in words.
        letters: Where they fit.
    """

    x: float
    y: float
    width: float
    height: float
    mark: Mark
    text: str
    letters: Letters | None


def share_bar(shares: Sequence[Share], marks: Mapping[str, Mark], height: float) -> list[Bar]:
    """Gives one bar of all shares, beside each other."""
    bars, x = [], 0.0
    for share in shares:
        width = 100 * share.share
        if width <= 0:
            continue
        bars.append(_bar((x, 0, width, height), marks[share.on_air], _text(share.on_air, share.share)))
        x += width
    return bars


def clock_bars(
    clock: Sequence[HourShares], order: Sequence[str], marks: Mapping[str, Mark], height: float
) -> list[Bar]:
    """Gives a column for each hour of the clock, the first of `order` at its foot."""
    bars, column = [], 100 / 24
    for hour in clock:
        foot = height
        for on_air in order:
            share = hour.shares.get(on_air, 0.0)
            if share <= 0:
                continue
            top = foot - share * height
            x, width = hour.hour * column + 0.08 * column, 0.84 * column
            text = f"{hour.hour:02}:00 {_text(on_air, share)}"
            bars.append(_bar((x, top, width, foot - top), marks[on_air], text))
            foot = top
    return bars


def loudness_width(lufs: float) -> float:
    """Gives how long the bar of a loudness is, in per cent: from -48 LUFS to full scale."""
    return round(100 * min(1.0, max(0.0, 1 + lufs / _QUIETEST_LUFS)), 1)


def _text(on_air: str, share: float) -> str:
    return f"{wording.on_air(on_air)} {wording.share(share)}"


def _bar(box: tuple[float, float, float, float], mark: Mark, text: str) -> Bar:
    x, y, width, height = box
    letters = None
    if width >= _LETTERS_FROM and height >= _LETTERS_HIGH:
        letters = Letters(round(x + width / 2, 2), round(y + height / 2, 1), mark, width >= _LETTERS_ON_PHONES_FROM)
    return Bar(round(x, 3), round(y, 2), round(width, 3), round(height, 2), mark, text, letters)
