"""Sizes on a disk: a number of bytes, or a text such as 500MB, 1.5GB or 2TiB."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from genred.config.types.value import ValueType, or_variable

_UNIT_BYTES = {
    "B": 1,
    **{f"{prefix}B": 1_000**power for power, prefix in enumerate("kMGT", start=1)},
    **{f"{prefix}iB": 1_024**power for power, prefix in enumerate("KMGT", start=1)},
}

_PATTERN = r"^[0-9]{1,15}(?:\.[0-9]{1,6})? ?(?:[kMGT]?B|[KMGT]iB)$(?![\s\S])"
_TEXT = re.compile(_PATTERN)
_UNIT = re.compile("[A-Za-z]+")
_LARGEST = 2**53


class Size(ValueType):
    """A size; the field holds whole bytes."""

    def __init__(self) -> None:
        description = "a size such as 500MB, 20GB or 1.5TiB"
        super().__init__(Annotated[int, Meta(ge=0, le=_LARGEST, description=description)])

    def parse(self, value: object) -> object:
        """Gives the bytes of a text; what it cannot read it leaves."""
        size_bytes = parse_size(value) if isinstance(value, str) else None
        return value if size_bytes is None else size_bytes

    def json_schema(self) -> dict[str, Any]:
        """A number with its bounds, or a text."""
        return {"anyOf": [super().json_schema(), {"type": "string", "pattern": or_variable(_PATTERN)}]}


def parse_size(text: str) -> int | None:
    """Gives the bytes of `500MB`, `1.5 GB` or `2TiB`; None when the text is no size."""
    if not _TEXT.fullmatch(text):
        return None
    found = _UNIT.search(text)
    assert found is not None  # noqa: S101 - the pattern asks for it
    return int(Decimal(text[: found.start()].rstrip()) * _UNIT_BYTES[found[0]])
