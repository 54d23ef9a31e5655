"""One thing that was tested on the way to a working configuration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckStep:
    """What was tested, and what came of it.

    Attributes:
        name: What was tested, in two or three words.
        ok: Whether it works.
        text: What was found; where it does not work, what to do.
    """

    name: str
    ok: bool
    text: str
