"""The values of a request's query: bounded in length and range, and refused with what would be right."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from genred.airplay.moments import MomentError
from genred.analysis.estimate import State

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams


_MAX_CHARACTERS = 200
_FIRST_YEAR, _LAST_YEAR = 1971, 9_000


class QueryError(MomentError):
    """A query that cannot be answered; the message says what would be right."""


def read_date(query: QueryParams, name: str) -> date | None:
    """Reads a day: `2026-11-29`, `2026-W48` or `2026-11`, of years that have a year before and after them."""
    text = read_text(query, name)
    if not text:
        return None
    try:
        found = date.fromisoformat(f"{text}-01" if len(text) == len("2026-11") else text)
    except ValueError:
        raise QueryError(f"{name} must be a date such as 2026-11-29, not {text!r}") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise QueryError(f"{name} must be a date from {_FIRST_YEAR} to {_LAST_YEAR}, not {text!r}")
    return found


def read_instant(text: str) -> datetime:
    """Reads a time with its offset, and gives it in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise QueryError(f"at must be a time such as 2026-11-29T12:00:00Z, not {text!r}") from None
    if found.tzinfo is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise QueryError(f"at must be a time with its offset from UTC, such as 2026-11-29T12:00:00Z, not {text!r}")
    return found.astimezone(UTC)


def read_text(query: QueryParams, name: str) -> str:
    """Reads a text; empty where there is none."""
    text = query.get(name, "").strip()
    if len(text) > _MAX_CHARACTERS:
        raise QueryError(f"{name} is longer than {_MAX_CHARACTERS} characters")
    return text


def read_list(query: QueryParams, name: str) -> list[str]:
    """Reads texts that are given one by one, or with commas between them."""
    texts = [part.strip() for text in query.getlist(name)[:_MAX_CHARACTERS] for part in text.split(",")]
    found = [text for text in texts if text]
    if any(len(text) > _MAX_CHARACTERS for text in found):
        raise QueryError(f"{name} is longer than {_MAX_CHARACTERS} characters")
    return found


def read_states(query: QueryParams) -> list[State]:
    """Reads the list `state`."""
    try:
        return [State(text) for text in read_list(query, "state")]
    except ValueError:
        raise QueryError(f"state must be one of {', '.join(state.value for state in State)}") from None


def read_number(query: QueryParams, name: str, otherwise: float, most: float) -> float:
    """Reads a number from 0 on."""
    text = read_text(query, name)
    if not text:
        return otherwise
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise QueryError(f"{name} must be a number from 0 to {most:g}")
    return value
