"""A report as one page that needs nothing else: styles and pictures are in it, and no script is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from genred.printable import printable
from genred.reports import charts, palette, wording
from genred.reports.dead_air import LISTED
from genred.reports.runs import BRIDGED_S

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from genred.reports.figures import Report, StationFigures

CLOCK_HEIGHT = 240
SHARE_BAR_HEIGHT = 34


def to_html(report: Report, zone: tzinfo) -> str:
    """Gives the page.

    Args:
        report: Its figures.
        zone: Of the times shown; the report's own.
    """
    marks = palette.marks(_all_on_air(report))
    environment = Environment(
        loader=PackageLoader("genred.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = printable
    page = environment.get_template("page.html.j2").render(
        report=report,
        zone=zone,
        compared=any(station.music.before is not None for station in report.stations),
        marks=marks,
        words=wording,
        colours=_colours(marks),
        pictures=[_pictures(station, marks, zone) for station in report.stations],
        clock_height=CLOCK_HEIGHT,
        share_bar_height=SHARE_BAR_HEIGHT,
        strip_units=charts.STRIP_UNITS,
        loudness_width=charts.loudness_width,
        listed=LISTED,
        bridged_s=BRIDGED_S,
    )
    return page + "\n"


def _all_on_air(report: Report) -> set[str]:
    found: set[str] = set()
    for station in report.stations:
        found |= {share.on_air for share in station.shares}
    return found


def _pictures(station: StationFigures, marks: Mapping[str, palette.Mark], zone: tzinfo) -> dict[str, object]:
    order = [share.on_air for share in station.shares]
    return {
        "shares": charts.share_bar(station.shares, marks, SHARE_BAR_HEIGHT),
        "strips": charts.strip_pictures(station, marks, zone),
        "clock": charts.clock_bars(station.clock, order, marks, CLOCK_HEIGHT),
        "seen": [share.on_air for share in station.shares if share.seconds > 0],
    }


def _colours(marks: Mapping[str, palette.Mark]) -> list[tuple[str, palette.Colour, palette.Colour]]:
    """Slot, colours and the inks that are read on them."""
    known = palette.GENRES | palette.STATE_COLOURS
    slots = dict.fromkeys(mark.slot for mark in marks.values())
    return [
        (slot, known[slot], palette.Colour(palette.ink_on(known[slot].light), palette.ink_on(known[slot].dark)))
        for slot in slots
    ]
