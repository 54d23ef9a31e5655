"""The queries behind the links of a day's page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genred.airplay.logged import LoggedStation
    from genred.web.queries import DayQuery


def as_query(query: DayQuery) -> str:
    """Gives the query of the page of a day."""
    return _encoded(
        {
            "station": query.station,
            "day": query.day.isoformat() if query.day else "",
            "at": _utc(query.at) if query.at else "",
            "minutes": str(query.minutes) if query.at else "",
            "title": query.title,
            "genre": query.genre,
            "state": query.state.value if query.state else "",
            "page": str(query.page) if query.page > 1 else "",
        }
    )


def export_query(station: LoggedStation, query: DayQuery, span: tuple[datetime, datetime]) -> str:
    """Gives the query of the API that gives the rows of a span."""
    return _encoded(
        {
            "station": f"{station.node}/{station.station}",
            "since": _utc(span[0]),
            "until": _utc(span[1]),
            "time_zone": station.time_zone or "",
            "genre": query.genre,
            "state": query.state.value if query.state else "",
            "title": query.title,
            "limit": "5000",
        }
    )


def _encoded(values: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in values.items() if value})


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
