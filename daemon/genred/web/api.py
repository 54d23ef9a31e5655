"""The JSON API under `/api/v1`: all that the pages show, with the same names as over MQTT."""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from genred.airplay.errors import AirplayError
from genred.airplay.export import write_csv
from genred.airplay.moments import MomentError
from genred.airplay.payload import EntryPayload, entry_payload
from genred.web.faults import fault, refused
from genred.web.live import command, events
from genred.web.log import RowBudget, opened
from genred.web.openapi import PREFIX, document
from genred.web.queries import AirplayQuery, read_airplay_query
from genred.web.turns import BusyError

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request


async def stations(request: Request) -> Response:
    """The current state of all stations."""
    board = request.app.state.board
    return _json({"connection": board.connection, "stations": [one.shown() for one in board.stations]})


async def station(request: Request) -> Response:
    """The current state of one station."""
    found = request.app.state.board.station(request.path_params["station"])
    return fault(404, "there is no such station") if found is None else _json(found.shown())


async def airplay(request: Request) -> Response:
    """Entries of the airplay log; as CSV with `format=csv`."""
    state = request.app.state
    try:
        query = read_airplay_query(request.query_params)
        rows = await state.reading.run(lambda: read_rows(state.log_path, query))
    except (AirplayError, MomentError, BusyError) as error:
        return refused(error)
    if request.query_params.get("format") == "csv":
        stream = io.BytesIO()
        write_csv(rows, stream, bom=request.query_params.get("bom") == "1")
        name = 'attachment; filename="airplay.csv"'
        return Response(stream.getvalue(), media_type="text/csv", headers={"content-disposition": name})
    return _json({"entries": rows, "limit": query.limit, "offset": query.offset, "more": len(rows) == query.limit})


async def openapi(request: Request) -> Response:
    """This API, described."""
    return _json(document(f"{request.state.base}{PREFIX}"))


def read_rows(path: Path | None, query: AirplayQuery) -> list[EntryPayload]:
    """Reads the rows that a query asks for.

    Raises:
        AirplayError: The log cannot be read, or has no such station.
    """
    selection, budget = query.selection, RowBudget()
    with opened(path) as log:
        entries = (
            entry
            for one in log.stations(query.stations)
            for entry in selection.of(budget.of(log.entries(one, selection.since, selection.until)))
        )
        chosen = itertools.islice(entries, query.offset, query.offset + query.limit)
        return [entry_payload(entry, query.zone) for entry in chosen]


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


ROUTES = [
    Route(f"{PREFIX}/stations", stations),
    Route(f"{PREFIX}/stations/{{station}}", station),
    Route(f"{PREFIX}/stations/{{station}}/command", command, methods=["POST"]),
    Route(f"{PREFIX}/events", events),
    Route(f"{PREFIX}/airplay", airplay),
    Route(f"{PREFIX}/openapi.json", openapi),
]
