"""Durations as people read them."""

from __future__ import annotations

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def clock_text(seconds: float) -> str:
    """Minutes and seconds, and hours where there are some, as a player shows them: `4:05`, `1:00:00`."""
    minutes, rest = divmod(round(seconds), 60)
    return hours_text(seconds) if minutes >= 60 else f"{minutes}:{rest:02}"


def hours_text(seconds: float) -> str:
    """Hours, minutes and seconds, the hours without bound: `0:04:05`, `100:00:00`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def units_text(seconds: float, most: int = len(_UNITS)) -> str:
    """A duration in the units that it has, such as `1 h 30 min`.

    Args:
        seconds: Of it, from 0 on.
        most: Units at most, the largest ones; what is smaller is left out.
    """
    rest, parts = round(seconds), []
    for unit_s, unit in _UNITS:
        count, rest = divmod(rest, unit_s)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:most]) or f"{seconds:g} s"
