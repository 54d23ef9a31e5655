"""Names of recordings, such as `{station}/{date:%Y%m%d}-{time:%H%M}.mp3`: what they say of station and time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from genred.errors import UsageError

_FIELD = re.compile(r"\{([a-z]*)(?::([^{}]*))?\}|(\*)|([{}])")
_DIRECTIVES = {
    "Y": r"\d{4}",
    "y": r"\d{2}",
    "m": r"\d{2}",
    "d": r"\d{2}",
    "j": r"\d{3}",
    "H": r"\d{2}",
    "I": r"\d{2}",
    "M": r"\d{2}",
    "S": r"\d{2}",
    "f": r"\d{1,6}",
    "p": r"[AaPp][Mm]",
    "b": r"[A-Za-z]{3}",
    "z": r"(?:Z|[+-]\d{2}:?\d{2})",
}
"""What each directive of strptime may stand for; those that depend on the language are left out."""

_MAX_PART_CHARACTERS = 255
"""A name in a file system; what is longer matches nothing."""

_MAX_FREE_FIELDS = 2
"""In one part of a path: with more, the time that a match takes would grow with the cube of a name's length."""

_USUAL = {"date": "%Y-%m-%d", "time": "%H:%M:%S"}


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a name says.

    Attributes:
        station: As written; None where the pattern has no station.
        at: When the recording begins, aware only where the name gives an offset from UTC; None where the pattern has no
            date.
    """

    station: str | None
    at: datetime | None


class NamePattern:
    """A pattern for the end of a path: as many parts as the pattern has, matched whole.

    `{station}` and `*` stand for any text within a part, `{date:…}` and `{time:…}` for what their directives of
    strptime stand for. Without a time, a recording begins at midnight.

    Args:
        text: The pattern.

    Raises:
        UsageError: It is none; the message says what is wrong.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._formats: list[tuple[str, str]] = []
        self._has_station = False
        self._parts = [re.compile(self._expression(part), re.ASCII | re.DOTALL) for part in text.split("/")]
        names = [name for name, _ in self._formats]
        if "time" in names and "date" not in names:
            raise self._error("has a time but no date")
        if not self._formats and not self._has_station:
            raise self._error("has neither a station nor a time")

    def match(self, path: str) -> NameParts | None:
        """Gives what a path says, or None where it is named otherwise."""
        parts = path.split("/")[-len(self._parts) :]
        if len(parts) < len(self._parts) or any(len(part) > _MAX_PART_CHARACTERS for part in parts):
            return None
        found: dict[str, str] = {}
        for expression, part in zip(self._parts, parts, strict=True):
            match = expression.fullmatch(part)
            if match is None:
                return None
            found |= match.groupdict()
        at = None
        if self._formats:
            try:
                at = datetime.strptime(  # noqa: DTZ007 - the zone is the caller's, unless the name has one
                    "\n".join(found[f"t{index}"] for index in range(len(self._formats))),
                    "\n".join(form for _, form in self._formats),
                )
            except ValueError:
                return None
        return NameParts(found.get("station"), at)

    def _expression(self, part: str) -> str:
        expression, position, free = "", 0, 0
        for field in _FIELD.finditer(part):
            expression += re.escape(part[position : field.start()])
            position = field.end()
            name, form, wildcard, brace = field.groups()
            if brace:
                raise self._error(f"has a {brace} without its counterpart")
            if wildcard or name == "station":
                if form is not None:
                    raise self._error("gives {station} a format; it takes none")
                if name and self._has_station:
                    raise self._error("has {station} twice")
                self._has_station = self._has_station or bool(name)
                expression += "(?P<station>.+?)" if name else ".*"
                free += 1
            elif name in _USUAL:
                expression += f"(?P<t{len(self._formats)}>{self._directives(form or _USUAL[name])})"
                self._formats.append((name, form or _USUAL[name]))
            else:
                raise self._error(f"has {field[0]}; there are {{station}}, {{date:…}}, {{time:…}} and *")
        if free > _MAX_FREE_FIELDS:
            raise self._error(f"has more than {_MAX_FREE_FIELDS} of {{station}} and * between two slashes")
        return expression + re.escape(part[position:])

    def _directives(self, form: str) -> str:
        expression, pieces = "", re.split(r"%(.?)", form)
        for index, piece in enumerate(pieces):
            if index % 2 == 0:
                expression += re.escape(piece)
            elif piece == "%":
                expression += "%"
            elif piece in _DIRECTIVES:
                expression += _DIRECTIVES[piece]
            else:
                known = ", ".join(f"%{letter}" for letter in _DIRECTIVES)
                raise self._error(f"has %{piece}; there are {known}")
        used = [letter for _, before in self._formats for letter in re.findall("%(.)", before)]
        twice = [letter for letter in re.findall("%(.)", form) if letter != "%" and letter in used]
        if twice:
            raise self._error(f"has %{twice[0]} twice")
        return expression

    def _error(self, fault: str) -> UsageError:
        return UsageError(f"pattern {self.text!r}: {fault}; write one as {{station}}/{{date:%Y%m%d}}-{{time:%H%M}}.mp3")


DEFAULT_PATTERNS = (
    # Those of genred's own recordings.
    "{station}/{date:%Y-%m-%d}/{time:%H-%M-%S%z}*.mka",
    "{station}/{date:%Y%m%d}-{time:%H%M%S}.*",
    "{station}/{date:%Y%m%d}-{time:%H%M}.*",
    "{station}/{date:%Y%m%d}_{time:%H%M%S}.*",
    "{station}/{date:%Y%m%d}_{time:%H%M}.*",
    "{station}/{date:%Y-%m-%d}/{time:%H-%M-%S}.*",
    "{station}/{date:%Y-%m-%d}_{time:%H-%M-%S}.*",
    "{station}/{date:%Y-%m-%d}T{time:%H-%M-%S}.*",
    "{station}-{date:%Y%m%d}-{time:%H%M%S}.*",
    "{station}-{date:%Y%m%d}-{time:%H%M}.*",
    "{station}_{date:%Y%m%d}_{time:%H%M%S}.*",
    "{station}_{date:%Y%m%d}_{time:%H%M}.*",
)
"""Tried in this order where none is given."""
