"""Attributes and numbers of HLS tags, RFC 8216 section 4.2, read in linear time and without complaint."""

from __future__ import annotations

import re

# A quoted value may hold commas. A name without a value is passed over as a whole, not tried again from its second
# letter on.
_ATTRIBUTE = re.compile(r'([A-Z0-9-]++)(?:=("[^"]*+"|[^,]*+))?')
_NUMBER = re.compile(r"\s*(\d{1,9}(\.\d{1,20})?)", re.ASCII)
_WHOLE_NUMBER = re.compile(r"\s*(\d{1,18})", re.ASCII)


def read_attributes(line: str) -> dict[str, str]:
    """Gives the attributes behind a tag's colon, without quotation marks."""
    found = (match.groups() for match in _ATTRIBUTE.finditer(line.partition(":")[2]))
    return {name: text.strip('"') for name, text in found if text is not None}


def read_number(text: str) -> float:
    """Gives the number that a text begins with, 0 where it begins with none."""
    found = _NUMBER.match(text)
    return float(found[1]) if found else 0.0


def read_whole_number(text: str) -> int:
    """Gives the whole number that a text begins with, 0 where it begins with none."""
    found = _WHOLE_NUMBER.match(text)
    return int(found[1]) if found else 0
