"""The hosts that requests name, as they came: whatever a visitor made up is none."""

from __future__ import annotations

from urllib.parse import urlsplit


def host_of(place: str) -> str:
    """Gives the name or address in `host:port`, in lower case; empty where there is none."""
    try:
        return (urlsplit(f"//{place}").hostname or "").lower()
    except ValueError:
        return ""


def place_of(origin: str) -> str:
    """Gives the `host:port` of an origin; empty where it has none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
