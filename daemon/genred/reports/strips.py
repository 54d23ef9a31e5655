"""The period as strips, one an hour or one a day: what was on air for most of each small stretch."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from genred.reports.structure import Figures

if TYPE_CHECKING:
    from genred.reports.hours import Hour, HoursOfPeriod
    from genred.reports.period import Period

_DAY_S = 86_400
_LONGEST_S = 400 * _DAY_S

_RESOLUTIONS_S = ((2.1 * _DAY_S, 10.0), (8 * _DAY_S, 600.0), (63 * _DAY_S, 900.0), (_LONGEST_S, 1_800.0))
"""Up to which length of a period, and how fine; each divides half an hour, and so the hours of all zones."""


class StripPart(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a strip, in JSON an array.

    Attributes:
        at_s: Where it begins, in seconds of the clock on the wall since the strip's 0.
        seconds: Its length.
        on_air: A genre or a state.
        pass_: 1 where clocks show this hour for the second time, 0 for the first.
    """

    at_s: float
    seconds: float
    on_air: str
    pass_: int = 0

    @property
    def end_s(self) -> float:
        """Where it ends, as `at_s`."""
        return self.at_s + self.seconds


class Strip(Figures, frozen=True):
    """An hour or a day, as it went.

    Attributes:
        day: The local day.
        hour: The hour on the clock; None for a strip of a whole day.
        repeats: Whether the hour is shown for the second time that day.
        started_at: Its beginning.
        seconds: How long it is; a day on which clocks are set has 23 or 25 hours.
        parts: What was on air, in order; where nothing was logged there is none.
    """

    day: date
    hour: int | None
    repeats: bool
    started_at: datetime
    seconds: float
    parts: list[StripPart]


class Strips(Figures, frozen=True):
    """The period as strips.

    Attributes:
        each: `hour` or `day`.
        resolution_s: Each part is a multiple of this, of what was on air for most of it.
        strips: In order; none where the period is too long for them.
    """

    each: str
    resolution_s: float
    strips: list[Strip]


class StripDrawing:
    """Draws the strips of a period in one pass.

    Up to two days there is one an hour, then one a day; over 400 days there are none.

    Args:
        period: Which.
        hours: Of it.
    """

    def __init__(self, period: Period, hours: HoursOfPeriod) -> None:
        self._each = "hour" if period.seconds <= _RESOLUTIONS_S[0][0] else "day"
        self._is_drawn = period.seconds <= _LONGEST_S
        self._resolution_s = next((fine for up_to, fine in _RESOLUTIONS_S if period.seconds <= up_to), 0.0)
        self._strips: dict[date | datetime, Strip] = {}
        self._hour: Hour | None = None
        self._pieces: list[tuple[float, float, str]] = []
        if self._is_drawn:
            for hour in hours:
                self._begin(hour)

    def add(self, hour: Hour, start_s: float, end_s: float, on_air: str) -> None:
        """Takes the next piece of an hour.

        Args:
            hour: Which.
            start_s: From the hour's beginning.
            end_s: Likewise.
            on_air: What was on air.
        """
        if hour is not self._hour:
            self._finish_hour()
            self._hour = hour
        self._pieces.append((start_s, end_s, on_air))

    def figures(self) -> Strips:
        """Gives all strips."""
        self._finish_hour()
        return Strips(each=self._each, resolution_s=self._resolution_s, strips=list(self._strips.values()))

    def _begin(self, hour: Hour) -> None:
        key = self._key(hour)
        begun = self._strips.get(key)
        if begun is not None:
            self._strips[key] = msgspec.structs.replace(begun, seconds=begun.seconds + hour.seconds)
            return
        is_hour = self._each == "hour"
        self._strips[key] = Strip(
            day=hour.day,
            hour=hour.number if is_hour else None,
            repeats=is_hour and hour.pass_ > 0,
            started_at=hour.started_at,
            seconds=hour.seconds,
            parts=[],
        )

    def _key(self, hour: Hour) -> date | datetime:
        return hour.started_at if self._each == "hour" else hour.day

    def _finish_hour(self) -> None:
        hour, pieces, self._pieces = self._hour, self._pieces, []
        if hour is None or not self._is_drawn:
            return
        in_hour = hour.starts_s - hour.number * 3_600
        base_s = in_hour if self._each == "hour" else hour.starts_s
        pass_ = hour.pass_ if self._each == "day" else 0
        parts = self._strips[self._key(hour)].parts
        for at_s, seconds, on_air in rasterised(pieces, hour.seconds, self._resolution_s):
            last = parts[-1] if parts else None
            start_s = base_s + at_s
            goes_on = last is not None and (last.at_s + last.seconds, last.on_air, last.pass_) == (
                start_s,
                on_air,
                pass_,
            )
            if last is not None and goes_on:
                parts[-1] = StripPart(last.at_s, last.seconds + seconds, on_air, pass_)
            else:
                parts.append(StripPart(start_s, seconds, on_air, pass_))


def rasterised(
    pieces: list[tuple[float, float, str]], length_s: float, resolution_s: float
) -> list[tuple[float, float, str]]:
    """Gives for each place what was on air for most of it, equal neighbours as one.

    Args:
        pieces: Start, end and what it was, in order.
        length_s: Of all.
        resolution_s: Of a place; the last may be shorter.

    Returns:
        Start, length and what it was; places with nothing in them are left out.
    """
    places: list[dict[str, float]] = [{} for _ in range(-int(-length_s // resolution_s))]
    for start_s, end_s, on_air in pieces:
        first, last = int(start_s // resolution_s), min(int(end_s // resolution_s), len(places) - 1)
        for index in range(first, last + 1):
            share_s = min(end_s, (index + 1) * resolution_s) - max(start_s, index * resolution_s)
            if share_s > 0:
                places[index][on_air] = places[index].get(on_air, 0.0) + share_s
    found: list[tuple[float, float, str]] = []
    for index, place in enumerate(places):
        if not place:
            continue
        on_air = max(place, key=lambda name: place[name])
        at_s = index * resolution_s
        seconds = min(resolution_s, length_s - at_s)
        if found and found[-1][2] == on_air and found[-1][0] + found[-1][1] == at_s:
            found[-1] = (found[-1][0], found[-1][1] + seconds, on_air)
        else:
            found.append((at_s, seconds, on_air))
    return found
