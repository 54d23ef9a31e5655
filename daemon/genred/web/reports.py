"""The page of reports, the report itself, and both as JSON."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from genred.airplay.errors import AirplayError
from genred.airplay.moments import MomentError
from genred.web.airplay import refused_page
from genred.web.faults import fault, refused
from genred.web.openapi import PREFIX
from genred.web.pages import page
from genred.web.queries import read_month, read_report_period, read_report_query
from genred.web.report_view import read_month_figures, read_report, read_report_view
from genred.web.turns import BusyError

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from genred.web.queries import ReportQuery

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)

_REFUSED = (AirplayError, MomentError, BusyError)


async def reports(request: Request) -> Response:
    """The choice of a report, the calendar, and the report in a frame."""
    state = request.app.state
    try:
        query = read_report_query(request.query_params)
        view = await state.reading.run(lambda: read_report_view(state.log_path, state.days, query))
    except _REFUSED as error:
        return refused_page(request, "Reports", error)
    return page(request, "reports.html.j2", title="Reports", view=view, api=f"{request.state.base}{PREFIX}")


async def document(request: Request) -> Response:
    """A report by itself, as `genred report` writes it."""
    state = request.app.state
    try:
        query = read_report_query(request.query_params)
        text = await state.reading.run(lambda: _html(state.log_path, query))
    except _REFUSED as error:
        return refused_page(request, "Report", error)
    if text is None:
        return page(request, "error.html.j2", status=404, title="Report", message="The log has nothing from that time.")
    headers = {"content-security-policy": policy_of(text)}
    if request.query_params.get("download") == "1":
        headers["content-disposition"] = 'attachment; filename="genred-report.html"'
    return HTMLResponse(text, headers=headers)


async def report_figures(request: Request) -> Response:
    """A report as JSON."""
    state = request.app.state
    try:
        query = read_report_period(request.query_params, request.path_params["station"])
        report, _ = await state.reading.run(lambda: read_report(state.log_path, query))
    except _REFUSED as error:
        return refused(error)
    if not report.stations:
        return fault(404, "the log has nothing from that time")
    return Response(msgspec.json.encode(report), media_type="application/json")


async def days(request: Request) -> Response:
    """The days of a month as JSON."""
    state = request.app.state
    try:
        station, month = read_month(request.query_params)
        found = await state.reading.run(lambda: read_month_figures(state.log_path, state.days, station, month))
    except _REFUSED as error:
        return refused(error)
    return Response(msgspec.json.encode(found), media_type="application/json")


def policy_of(document_text: str) -> str:
    """Gives the policy under which a report shows as it was made, and nothing else of it does anything."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
        for style in _STYLE.findall(document_text)
    )
    return (
        f"default-src 'none'; style-src {hashes}; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )


def _html(path: Path | None, query: ReportQuery) -> str | None:
    from genred.reports.html import to_html  # noqa: PLC0415 - its templates are read when they are needed

    report, zone = read_report(path, query)
    return to_html(report, zone) if report.stations else None


ROUTES = [
    Route("/reports", reports),
    Route("/reports/document", document),
    Route(f"{PREFIX}/reports/{{station:path}}", report_figures),
    Route(f"{PREFIX}/days", days),
]
