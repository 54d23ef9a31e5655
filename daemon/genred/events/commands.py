"""What may be asked of a running daemon."""

from __future__ import annotations

from typing import Protocol


class StationCommands(Protocol):
    """The stations as something that obeys: the supervisor, seen from an output."""

    def set_enabled(self, station: str, enabled: bool) -> None:
        """Starts or stops a station; asking for what already is changes nothing.

        Args:
            station: Its id.
            enabled: Whether it shall listen.

        Raises:
            GenredError: There is no such station, or it cannot be done now.
        """

    def reset(self, station: str) -> None:
        """Lets a station forget what it has heard: level, windows and genre filter begin anew.

        Args:
            station: Its id.

        Raises:
            GenredError: There is no such station, or it cannot be done now.
        """
