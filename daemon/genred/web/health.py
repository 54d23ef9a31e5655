"""What a supervisor asks: whether the process lives, whether it is of use, and figures for Prometheus."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request


async def healthz(_: Request) -> Response:
    """Alive."""
    return PlainTextResponse("alive\n")


async def readyz(request: Request) -> Response:
    """Of use: the broker is there, so that what is shown is true."""
    connected = request.app.state.board.broker_connected
    return PlainTextResponse("ready\n" if connected else "no connection to the broker\n", 200 if connected else 503)


async def metrics(request: Request) -> Response:
    """Figures of this process, in Prometheus' text format."""
    state = request.app.state
    figures = {
        "genred_web_streams": ("gauge", "Open event streams.", state.streams),
        "genred_web_stations": ("gauge", "Known stations.", len(state.board.stations)),
        "genred_web_broker_connected": ("gauge", "Whether the broker is connected.", int(state.board.broker_connected)),
        "genred_web_peak_memory_bytes": (
            "gauge",
            "Largest resident memory.",
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024,
        ),
    }
    text = "".join(
        f"# HELP {name} {what}\n# TYPE {name} {kind}\n{name} {value}\n" for name, (kind, what, value) in figures.items()
    )
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
