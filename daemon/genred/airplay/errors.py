"""What can be wrong with an airplay log."""

from __future__ import annotations

from genred.errors import InputError


class AirplayError(InputError):
    """An airplay log that cannot be read or written."""


class NewerLogError(AirplayError):
    """A log that a newer genred has written."""


class CorruptLogError(AirplayError):
    """A file that is no log, or a damaged one."""


class UnknownStationError(AirplayError):
    """A station that the log does not have."""
