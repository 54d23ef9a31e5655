"""Sizes on disk: a number of bytes, or a text such as 500MB or 2GB."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from genred.config.types.value import ValueType, or_variable

_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
"""Bytes of each unit (IEC 80000-13)."""

_PATTERN = r"^[0-9]{1,15}(?:\.[0-9]{1,9})? ?(?:[kMGT]?B|[KMG]iB)$"
_TEXT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([kMGT]?B|[KMG]iB)")


class Size(ValueType):
    """A size on disk; the field holds whole bytes."""

    def parse(self, value: object) -> object:
        """Gives the bytes of a text; what it cannot read it leaves."""
        found = _TEXT.fullmatch(value) if isinstance(value, str) else None
        return value if found is None else int(Decimal(found[1]) * _BYTES[found[2]])

    def json_schema(self) -> dict[str, Any]:
        """A number with its bounds, or a text."""
        return {"anyOf": [super().json_schema(), {"type": "string", "pattern": or_variable(_PATTERN)}]}
