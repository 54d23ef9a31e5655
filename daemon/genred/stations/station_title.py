"""The title that a station's stream announces."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from genred.events import TitleChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.clock import Clock
    from genred.events import Event
    from genred.sources.source import Title

LEAST_S = 3.0
"""Between two titles that are published. No song is so short; what changes faster counts seconds or moves letters."""

_MINUTE_S = 60.0

SONGS_A_MINUTE = 4
"""A song with jingles and an advert around it is as many. Where titles change faster, they tell nothing of songs."""


class StationTitle:
    """Keeps the title of the session and publishes its changes; of those that come too fast, the last.

    Args:
        station: The station's id.
        clock: For the wall times.
        emit: Takes each event.
        least_s: Between two events; 0 for what may go by faster than it sounds, and all of whose titles are songs.

    Attributes:
        text: As published last in this session, or None.
    """

    def __init__(self, station: str, clock: Clock, emit: Callable[[Event], None], *, least_s: float = LEAST_S) -> None:
        self._station = station
        self._clock = clock
        self._emit = emit
        self._least_s = least_s
        self._published_at = float("-inf")
        self._held: tuple[float, Title] | None = None
        self._last_song: str | None = None
        self._songs_at: deque[float] = deque(maxlen=SONGS_A_MINUTE)
        self.text: str | None = None

    def change(self, at: float, title: Title) -> bool:
        """Takes a title, new or not, or that there is none any more.

        Returns:
            Whether another song begins; the first of a session does at no time in particular.
        """
        self._held = (at, title)
        return self.tick(at)

    def tick(self, now: float) -> bool:
        """Publishes what was held back, once it is time. Returns as `change`."""
        if self._held is None or now - self._published_at < self._least_s:
            return False
        (at, title), self._held = self._held, None
        previous, text = self.text, title.text or None
        if text == previous:
            return False
        self._published_at = now
        self._emit(
            TitleChanged(
                station=self._station,
                at=self._clock.moment(at),
                title=text,
                artist=title.artist,
                song=title.song,
                previous=previous,
            )
        )
        self.text = text
        # Between two songs many stations announce nothing for a moment, or the same song again after it.
        follows = self._last_song is not None and text is not None and text != self._last_song
        self._last_song = text or self._last_song
        return follows and self._is_song(now)

    def clear(self) -> None:
        """Forgets the title, as at the end of a session."""
        self.text = self._last_song = self._held = None

    def _is_song(self, now: float) -> bool:
        if self._least_s and len(self._songs_at) == SONGS_A_MINUTE and now - self._songs_at[0] < _MINUTE_S:
            return False
        self._songs_at.append(now)
        return True
