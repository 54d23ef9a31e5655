"""The API is described as it is."""

from __future__ import annotations

import json

from starlette.routing import Route

from genred.web.openapi import PREFIX
from tests.web.material import app_of, pages_of


def test_every_route_of_the_api_is_described_and_no_other() -> None:
    routes = {
        (route.path.removeprefix(PREFIX).replace(":path}", "}"), method.lower())
        for route in app_of(None).inner.routes  # type: ignore[attr-defined]
        if isinstance(route, Route) and route.path.startswith(f"{PREFIX}/")
        for method in (route.methods or set()) - {"HEAD"}
    }
    document = pages_of(None).get(f"{PREFIX}/openapi.json").json()
    assert {(path, method) for path, methods in document["paths"].items() for method in methods} == routes


def test_every_schema_that_is_named_is_there() -> None:
    document = pages_of(None).get(f"{PREFIX}/openapi.json").json()
    text = json.dumps(document)
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(document["components"]["schemas"])
    assert {"Report", "MonthFigures", "EntryPayload", "StationNow"} <= named
