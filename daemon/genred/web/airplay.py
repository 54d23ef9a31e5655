"""The page of a day: its strips, its entries, and what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from genred.airplay.errors import AirplayError
from genred.airplay.moments import MomentError
from genred.analysis.estimate import State
from genred.reports.charts import STRIP_UNITS
from genred.web.clips import MAX_CLIP_S
from genred.web.day.view import read_day
from genred.web.faults import status_of
from genred.web.log import NoLogError
from genred.web.openapi import PREFIX
from genred.web.pages import page
from genred.web.queries import read_day_query
from genred.web.turns import BusyError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def airplay(request: Request) -> Response:
    """The day of a station."""
    return await _answer(request, "airplay.html.j2")


async def entries(request: Request) -> Response:
    """Its table alone, as the page replaces it while somebody searches."""
    return await _answer(request, "airplay_entries.html.j2")


async def _answer(request: Request, template: str) -> Response:
    state = request.app.state
    try:
        query = read_day_query(request.query_params)
        view = await state.reading.run(lambda: read_day(state.log_path, query))
    except (AirplayError, MomentError, BusyError) as error:
        return refused_page(request, "Airplay", error)
    return page(
        request,
        template,
        title="Airplay",
        view=view,
        states=[state.value for state in State],
        api=f"{request.state.base}{PREFIX}",
        strip_units=STRIP_UNITS,
        clip_s=MAX_CLIP_S,
    )


def refused_page(request: Request, title: str, error: Exception) -> Response:
    """The page that says why there is nothing to see."""
    if isinstance(error, NoLogError):
        return page(request, "nothing.html.j2", title=title, message=str(error))
    message = str(error)
    message = f"{message[:1].upper()}{message[1:]}."
    return page(request, "error.html.j2", status=status_of(error), title=title, message=message)


ROUTES = [Route("/airplay", airplay), Route("/airplay/entries", entries)]
