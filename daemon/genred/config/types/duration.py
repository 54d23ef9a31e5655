"""Durations: a number of seconds, or a text such as 15s, 250ms, 5min or 1h30m."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from genred.config.types.value import ValueType, or_variable

_UNIT_S = {
    "d": Decimal(86_400),
    "h": Decimal(3_600),
    "min": Decimal(60),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("0.001"),
}
"""Seconds of each unit."""

_PLACES = ("d", "h", "(?:min|m)", "s", "ms")
"""The units in the order in which they are written; minutes have two names."""

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_PATTERN = "^(?=.)" + "".join(f"(?:{_NUMBER}{unit})?" for unit in _PLACES) + "$"
_TEXT = re.compile(_PATTERN)
_PART = re.compile(f"({_NUMBER})([a-z]+)")


class Duration(ValueType):
    """A duration; the field holds seconds, a `float`, or an `int` where the hint says so."""

    def parse(self, value: object) -> object:
        """Gives the seconds of a text; what it cannot read it leaves."""
        seconds = parse_duration(value) if isinstance(value, str) else None
        if seconds is None:
            return value
        return int(seconds) if seconds.is_integer() else seconds

    def json_schema(self) -> dict[str, Any]:
        """A number with its bounds, or a text."""
        return {"anyOf": [super().json_schema(), {"type": "string", "pattern": or_variable(_PATTERN)}]}


def parse_duration(text: str) -> float | None:
    """Gives the seconds of `15s`, `250ms`, `1.5h` or `1h30m`; None when the text is no duration.

    Units are d, h, m or min, s and ms, each at most once and the longest first.
    """
    if not _TEXT.fullmatch(text):
        return None
    return float(sum(Decimal(number) * _UNIT_S[unit] for number, unit in _PART.findall(text)))
