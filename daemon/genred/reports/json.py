"""A report as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from genred.reports.figures import Report


def to_json(report: Report) -> str:
    """Gives the report on indented lines; the parts of a strip are arrays, as `Part` has them."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1).decode() + "\n"
