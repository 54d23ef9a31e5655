"""How long each thing was on air, and how sure that is."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from genred.analysis.estimate import State

if TYPE_CHECKING:
    from genred.reports.pieces import Piece

STATES = (State.SPEECH, State.UNCERTAIN, State.SILENCE, State.OFFLINE)
"""What is no music, in the order in which reports show it."""


class TimeShares:
    """Sums up what was on air."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.logged_s = 0.0
        self._sure_s: dict[str, float] = defaultdict(float)
        self._estimated_s: dict[str, float] = defaultdict(float)

    def add(self, piece: Piece) -> None:
        """Takes the next piece."""
        self.seconds[piece.on_air] += piece.seconds
        self.logged_s += piece.seconds
        if piece.entry.confidence is not None and not piece.is_silence:
            self._sure_s[piece.on_air] += piece.seconds * piece.entry.confidence
            self._estimated_s[piece.on_air] += piece.seconds

    @property
    def genres(self) -> list[str]:
        """Genres, the longest first."""
        found = [on_air for on_air in self.seconds if on_air not in STATES]
        return sorted(found, key=lambda on_air: (-self.seconds[on_air], on_air))

    @property
    def genre(self) -> str | None:
        """What most of the music was; None without music."""
        return next((genre for genre in self.genres if self.seconds[genre] > 0), None)

    @property
    def music_s(self) -> float:
        """Music of all genres."""
        return sum(seconds for on_air, seconds in self.seconds.items() if on_air not in STATES)

    def share(self, on_air: str) -> float | None:
        """Gives the share of the logged time; None where nothing was logged."""
        return self.seconds.get(on_air, 0.0) / self.logged_s if self.logged_s else None

    @property
    def music_share(self) -> float | None:
        """The share of music of all genres."""
        return self.music_s / self.logged_s if self.logged_s else None

    def confidence(self, on_air: str) -> float | None:
        """Gives the mean confidence over its time; None for what has none."""
        estimated_s = self._estimated_s.get(on_air, 0.0)
        return self._sure_s[on_air] / estimated_s if estimated_s else None
