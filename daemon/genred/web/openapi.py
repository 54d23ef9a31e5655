"""The API as an OpenAPI document, made of the types that it answers with."""

from __future__ import annotations

from typing import Any

import msgspec

import genred
from genred.airplay.payload import EntryPayload
from genred.reports.figures import Report
from genred.web.board import StationState
from genred.web.report_view import MonthFigures
from genred.web.stations.payloads import ConfiguredStation, Saved, SoundcardChoice, SourceToTry, StationEdit, Trial

PREFIX = "/api/v1"


class ConnectionFigures(msgspec.Struct):
    """Whether news can come, and names of stations that a reload of the daemon would start or end."""

    broker: bool
    daemon: bool
    to_start: list[str]
    to_end: list[str]


class StationNow(StationState, frozen=True, kw_only=True):
    """A station as it is now; `hour` has pairs of seconds since 1970 and what was on air from then on."""

    id: str
    name: str
    listen_url: str | None
    announcement: str | None
    alarms: list[str]
    hour: list[tuple[int, str]]


class StationList(msgspec.Struct):
    """The current state of all stations."""

    connection: ConnectionFigures
    stations: list[StationNow]


class EntryList(msgspec.Struct):
    """Entries of the airplay log."""

    entries: list[EntryPayload]
    limit: int
    offset: int
    more: bool


class StationCommand(msgspec.Struct):
    """What a station is asked to do: one of the two."""

    enabled: bool | None = None
    reset: bool = False


class ApiFault(msgspec.Struct):
    """The error."""

    error: str


_QUERY = {
    "station": "Ids or node/id, separated by commas. Default: all.",
    "day": "A day, week or month: 2026-11-29, yesterday, last week, 2026-11.",
    "since": "Start of the period: ISO 8601, or words such as `3 hours ago`.",
    "until": "End of the period.",
    "time_zone": "Time zone of all times. Default: the machine's.",
    "genre": "One or more, separated by commas.",
    "state": "One or more, separated by commas.",
    "title": "Text that the title contains.",
    "min_seconds": "Minimum length in seconds.",
    "merge_under": "Interruptions shorter than this many seconds are ignored.",
    "limit": "Maximum number of rows. Default: 500; maximum: 5000.",
    "offset": "Number of rows to skip.",
    "format": "`csv` for CSV.",
}

_CLIP_QUERY = {"offset": "Seconds of the entry to skip.", "seconds": "Maximum length in seconds."}
_REPORT_QUERY = {
    "day": "2026-11-29, today or yesterday.",
    "week": "A day in the week, 2026-W48, this week or last week.",
    "month": "A day in the month, 2026-11, this month or last month.",
}
_MONTH_QUERY = {
    "station": "Id or node/id. Default: the first station.",
    "month": "2026-11. Default: the current month.",
}


_NEEDS_LOGIN = "; needs `web.control: true` and a login."


def document(server: str) -> dict[str, Any]:
    """Gives the document.

    Args:
        server: What all paths begin with.
    """
    types = (
        *(StationList, StationNow, EntryList, StationCommand, ApiFault, Report, MonthFigures),
        *(ConfiguredStation, StationEdit, Saved, SoundcardChoice, SourceToTry, Trial),
    )
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    entry = {"name": "entry", "in": "path", "required": True, "schema": {"type": "integer"}}
    one_station = [{"name": "station", "in": "path", "required": True, "schema": {"type": "string"}}]
    several_stations = [{**one_station[0], "description": "One station, several separated by commas, or `all`."}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "genred", "version": genred.__version__, "description": "What is and was on air."},
        "servers": [{"url": server}],
        "paths": {
            "/stations": {"get": _operation("The current state of all stations.", "StationList")},
            "/stations/{station}": {
                "get": _operation("The current state of one station.", "StationNow", parameters=one_station)
            },
            "/stations/{station}/command": {
                "post": {
                    "summary": "Switches a station, or resets its analysis; needs `web.control: true`.",
                    "parameters": one_station,
                    "requestBody": {"required": True, "content": _content("StationCommand")},
                    "responses": {"202": {"description": "Sent to the broker."}, "default": _fault()},
                }
            },
            "/events": {
                "get": {
                    "summary": "Server-sent events: first the current state, then each change.",
                    "responses": {"200": {"description": "An event stream.", "content": {"text/event-stream": {}}}},
                }
            },
            "/airplay": {
                "get": _operation(
                    "Entries of the airplay log.",
                    "EntryList",
                    parameters=_in_query(_QUERY),
                )
            },
            "/clips/{entry}": {
                "get": {
                    "summary": "The recorded audio of an entry, at most five minutes; supports range requests.",
                    "parameters": [entry, *_in_query(_CLIP_QUERY)],
                    "responses": {
                        "200": {"description": "MP3, M4A, Ogg or FLAC.", "content": {"audio/*": {}}},
                        "206": {"description": "A range of the file.", "content": {"audio/*": {}}},
                        "default": _fault(),
                    },
                }
            },
            "/reports/{station}": {
                "get": _operation(
                    "The report of a day, a week or a month. Default: the latest complete day.",
                    "Report",
                    parameters=[*several_stations, *_in_query(_REPORT_QUERY)],
                )
            },
            "/days": {"get": _operation("The days of a month.", "MonthFigures", parameters=_in_query(_MONTH_QUERY))},
            "/configuration/stations": {
                "get": _operation(f"The stations of the configuration{_NEEDS_LOGIN}", "ConfiguredStation", many=True)
            },
            "/configuration/stations/{station}": {
                "post": _operation(
                    f"Adds a station whose source was tested{_NEEDS_LOGIN}",
                    "Saved",
                    "StationEdit",
                    parameters=one_station,
                ),
                "put": _operation(
                    f"Changes a station's name or source{_NEEDS_LOGIN}",
                    "Saved",
                    "StationEdit",
                    parameters=one_station,
                ),
                "delete": _operation(f"Removes a station{_NEEDS_LOGIN}", "Saved", parameters=one_station),
            },
            "/soundcards": {
                "get": _operation(f"The machine's capture devices{_NEEDS_LOGIN}", "SoundcardChoice", many=True)
            },
            "/trial": {"post": _operation(f"Opens a source and listens to it{_NEEDS_LOGIN}", "Trial", "SourceToTry")},
            "/openapi.json": {
                "get": {
                    "summary": "This document.",
                    "responses": {"200": {"description": "Done.", "content": {"application/json": {}}}},
                }
            },
        },
        "components": {"schemas": schemas},
    }


def _in_query(names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "description": what, "schema": {"type": "string"}} for name, what in names.items()
    ]


def _operation(
    summary: str, answer: str, body: str = "", *, parameters: list[dict[str, Any]] | None = None, many: bool = False
) -> dict[str, Any]:
    taken = {"requestBody": {"required": True, "content": _content(body)}} if body else {}
    return {
        "summary": summary,
        "parameters": parameters or [],
        **taken,
        "responses": {"200": {"description": "Done.", "content": _content(answer, many=many)}, "default": _fault()},
    }


def _content(name: str, *, many: bool = False) -> dict[str, Any]:
    one = {"$ref": f"#/components/schemas/{name}"}
    return {"application/json": {"schema": {"type": "array", "items": one} if many else one}}


def _fault() -> dict[str, Any]:
    return {"description": "The error.", "content": _content("ApiFault")}
