"""The API as an OpenAPI document, made of the types that it answers with."""

from __future__ import annotations

from typing import Any

import msgspec

import genred
from genred.airplay.payload import EntryPayload
from genred.web.board import StationState


class ConnectionFigures(msgspec.Struct):
    """Whether news can come."""

    broker: bool
    daemon: bool


class StationNow(StationState, frozen=True, kw_only=True):
    """A station as it is now; `hour` has pairs of seconds since 1970 and what was on air from then on."""

    id: str
    name: str
    listen_url: str | None
    announcement: str | None
    alarms: list[str]
    hour: list[tuple[int, str]]


class StationList(msgspec.Struct):
    """All stations as they are now."""

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
    """What is wrong."""

    error: str


_QUERY = {
    "station": "Ids or node/id, separated by commas; all where it is missing.",
    "day": "A day, week or month: 2026-11-29, yesterday, last week, 2026-11.",
    "since": "From then on: ISO 8601, or words such as `3 hours ago`.",
    "until": "Until then.",
    "time_zone": "Of all times; the machine's where it is missing.",
    "genre": "Any of these, separated by commas.",
    "state": "Any of these, separated by commas.",
    "title": "Text that the title has in it.",
    "min_seconds": "Nothing shorter.",
    "merge_under": "Interruptions shorter than so many seconds count as none.",
    "limit": "Rows at most, 500 where it is missing, 5000 at most.",
    "offset": "Rows that are left out first.",
    "format": "`csv` for CSV.",
}


def document(server: str) -> dict[str, Any]:
    """Gives the document.

    Args:
        server: What all paths begin with.
    """
    types = (StationList, StationNow, EntryList, StationCommand, ApiFault)
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    one_station = [{"name": "station", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "genred", "version": genred.__version__, "description": "What is on air, and what was."},
        "servers": [{"url": server}],
        "paths": {
            "/stations": {"get": _operation("All stations as they are now.", "StationList")},
            "/stations/{station}": {
                "get": _operation("One station as it is now.", "StationNow", parameters=one_station)
            },
            "/stations/{station}/command": {
                "post": {
                    "summary": "Switches a station, or lets it forget; needs `web.control: true`.",
                    "parameters": one_station,
                    "requestBody": {"required": True, "content": _content("Command")},
                    "responses": {"202": {"description": "Sent to the broker."}, "default": _fault()},
                }
            },
            "/events": {
                "get": {
                    "summary": "Server-sent events: everything first, then each change.",
                    "responses": {"200": {"description": "A stream.", "content": {"text/event-stream": {}}}},
                }
            },
            "/airplay": {
                "get": _operation(
                    "Entries of the airplay log.",
                    "EntryList",
                    parameters=[
                        {"name": name, "in": "query", "description": what, "schema": {"type": "string"}}
                        for name, what in _QUERY.items()
                    ],
                )
            },
        },
        "components": {"schemas": schemas},
    }


def _operation(summary: str, answer: str, *, parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "summary": summary,
        "parameters": parameters or [],
        "responses": {"200": {"description": "Done.", "content": _content(answer)}, "default": _fault()},
    }


def _content(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _fault() -> dict[str, Any]:
    return {"description": "What is wrong.", "content": _content("Fault")}
