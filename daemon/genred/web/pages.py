"""Templates, and what all pages have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

import genred
from genred.reports.palette import GENRES, STATE_COLOURS, ink_on
from genred.web.security.access import why_not

if TYPE_CHECKING:
    from starlette.requests import Request

FOLDER = Path(__file__).parent

PAGES = (("/", "Live"), ("/airplay", "Airplay"), ("/reports", "Reports"), ("/classify", "Classify"))
"""The pages of the navigation, by path."""

STATIONS_PAGE = ("/stations", "Stations")
"""For those who may change them."""


def make_environment() -> Environment:
    """Makes the templates' environment: everything is escaped, and a name that is missing is a fault."""
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Renders a page.

    Args:
        request: Whose `state.base` all addresses begin with.
        template: Its file.
        status: Of HTTP.
        values: What the template asks for.
    """
    environment: Environment = request.app.state.templates
    text = environment.get_template(template).render(
        base=request.state.base,
        path=request.url.path,
        pages=[*PAGES, STATIONS_PAGE] if not why_not(request) else PAGES,
        version=genred.__version__,
        may_control=request.app.state.settings.control,
        can_log_out=request.app.state.sessions is not None,
        **values,
    )
    return HTMLResponse(text, status)


def palette_css() -> str:
    """Gives the colours of what is on air as custom properties, for light and dark."""
    colours = {**GENRES, **STATE_COLOURS}

    def lines(kind: str) -> str:
        return "".join(
            f"--{slot}:{getattr(colour, kind)};--on-{slot}:{ink_on(getattr(colour, kind))};"
            for slot, colour in colours.items()
        )

    dark = lines("dark")
    return (
        f":root{{{lines('light')}}}\n"
        f"@media (prefers-color-scheme: dark){{:root:not([data-theme=light]){{{dark}}}}}\n"
        f":root[data-theme=dark]{{{dark}}}\n"
        + "".join(f".c-{slot}{{--c:var(--{slot});--on-c:var(--on-{slot})}}\n" for slot in colours)
    )
