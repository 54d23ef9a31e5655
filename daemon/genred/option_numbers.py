"""Numbers on a command line, each within its bounds."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_S = 1_000_000_000
"""Three decades; a wait of three centuries is more than a clock of the system can count."""

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_SHOWN_CHARACTERS = 60


def seconds(*, least: float = 0, most: float = MOST_S, above: bool = False) -> Callable[[str], float]:
    """Makes the type of an option that takes seconds, for `argparse`.

    Args:
        least: Fewest.
        most: Most.
        above: Whether there must be more than the fewest.
    """
    bounds = f"{'above' if above else 'from'} {least:,g} {'and up to' if above else 'to'} {most:,}"

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not least <= value <= most or (above and value == least):
            raise argparse.ArgumentTypeError(f"{_shown(text)} is not a number of seconds {bounds}")
        return value

    return read


def whole_number(least: int, most: int, what: str = "whole number", unit: str = "") -> Callable[[str], int]:
    """Makes the type of an option that takes a whole number, for `argparse`.

    Args:
        least: Smallest.
        most: Largest, of at most 18 digits.
        what: It is, in words.
        unit: Of it.
    """

    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{_shown(text)} is not a {what} from {least} to {most}{unit}")
        return int(text)

    return read


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")
