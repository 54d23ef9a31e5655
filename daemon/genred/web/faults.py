"""How the API answers what it cannot do."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from genred.airplay.errors import AirplayError, UnknownStationError
from genred.errors import GenredError
from genred.web.log import NoLogError
from genred.web.turns import BusyError


class NoClipError(GenredError):
    """There is no sound of what is asked for, or none that a browser plays."""


def status_of(error: Exception) -> int:
    """Gives the status of HTTP of a question that cannot be answered."""
    if isinstance(error, NoLogError | UnknownStationError | NoClipError):
        return 404
    return 503 if isinstance(error, AirplayError | BusyError) else 400


def refused(error: Exception) -> Response:
    """The answer to a question that cannot be answered."""
    return fault(status_of(error), str(error))


def fault(status: int, message: str) -> JSONResponse:
    """An answer that says what is wrong."""
    return JSONResponse({"error": message}, status)
