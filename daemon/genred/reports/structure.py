"""What all figures of a report have in common.

Shares are of 1, rounded to `SHARE_DECIMALS`; durations are seconds, rounded to `SECONDS_DECIMALS`; times are UTC.
`on_air` is a genre, or a state that is no music: `speech`, `uncertain`, `silence`, `offline`.
"""

from __future__ import annotations

import msgspec

SHARE_DECIMALS = 5
SECONDS_DECIMALS = 3
CONFIDENCE_DECIMALS = 3
LEVEL_DECIMALS = 1


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all figures: what a page, Markdown and JSON are written from."""


class Compared(Figures, frozen=True):
    """A figure beside that of the period before.

    Attributes:
        value: In this period; None where nothing was logged.
        before: In the period before; None likewise.
        change: The difference of the two.
    """

    value: float | None
    before: float | None = None
    change: float | None = None
