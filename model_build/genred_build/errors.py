"""The error that every step of the build raises when its input cannot be used."""

from __future__ import annotations

from genred.errors import GenredError


class BuildError(GenredError):
    """A data set, recipe or earlier result that cannot be used; the message names it and what would be right."""
