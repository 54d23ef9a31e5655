"""A payload in so few words that it fits a line."""

from __future__ import annotations

import json

_TELLING = (
    "event",
    "state",
    "genre",
    "word",
    "previous",
    "expectation",
    "confidence",
    "level_dbfs",
    "title",
    "duration_s",
)
"""Fields of a payload that tell a person most; a line has no room for all."""


def shortened(payload: str) -> str:
    """Gives the fields of a JSON payload that tell most, as `key=value`; any other payload as it is."""
    try:
        fields = json.loads(payload)
    except ValueError:
        return payload
    if not isinstance(fields, dict):
        return payload
    return " ".join(f"{key}={fields[key]}" for key in _TELLING if fields.get(key) is not None) + " …"
