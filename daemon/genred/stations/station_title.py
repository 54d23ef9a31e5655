"""The title that a station's stream announces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.events import TitleChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.clock import Clock
    from genred.events import Event
    from genred.sources.source import Title


class StationTitle:
    """Keeps the title of the session and publishes its changes.

    Args:
        station: The station's id.
        clock: For the wall times.
        emit: Takes each event.

    Attributes:
        text: As announced last in this session, or None.
    """

    def __init__(self, station: str, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._station = station
        self._clock = clock
        self._emit = emit
        self.text: str | None = None

    def change(self, at: float, title: Title) -> bool:
        """Takes a title, new or not.

        Returns:
            Whether one title followed another; the first of a session does not.
        """
        previous = self.text
        if title.text == previous:
            return False
        self._emit(
            TitleChanged(
                station=self._station,
                at=self._clock.moment(at),
                title=title.text,
                artist=title.artist,
                song=title.song,
                previous=previous,
            )
        )
        self.text = title.text
        return previous is not None

    def clear(self) -> None:
        """Forgets the title, as at the end of a session."""
        self.text = None
