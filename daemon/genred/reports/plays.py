"""Titles and artists, how often and how long they were on air, in bounded memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.reports.pieces import TOUCHING_S
from genred.reports.structure import SECONDS_DECIMALS, Figures

if TYPE_CHECKING:
    from genred.airplay.rows import Entry
    from genred.reports.pieces import Piece

KEPT = 50_000
"""So many titles, and so many artists, are counted; a stream that puts the time of day into its title makes more."""

LISTED = 25

TEXT_LENGTH = 200
"""Longer titles and names are cut."""


class PlayedTitle(Figures, frozen=True):
    """A title.

    Attributes:
        title: As the stream announced it.
        artist: Where it could be told.
        song: Likewise.
        on_air: What most of it was.
        plays: How often it was announced.
        seconds: For how long.
    """

    title: str
    artist: str | None
    song: str | None
    on_air: str
    plays: int
    seconds: float


class Artist(Figures, frozen=True):
    """An artist.

    Attributes:
        artist: As the stream announced it.
        on_air: What most of it was.
        plays: How many titles of it were announced.
        seconds: For how long.
    """

    artist: str
    on_air: str
    plays: int
    seconds: float


class TitleFigures(Figures, frozen=True):
    """Titles and artists.

    Attributes:
        plays: How many titles were announced.
        titles: How many different ones.
        artists: How many different artists.
        is_complete: Whether all could be counted; else rare ones were left out to bound memory.
        most_played: Titles.
        most_played_artists: Artists.
    """

    plays: int
    titles: int
    artists: int
    is_complete: bool
    most_played: list[PlayedTitle]
    most_played_artists: list[Artist]


@dataclass(slots=True)
class _Played:
    name: str
    artist: str | None
    song: str | None
    plays: int = 0
    seconds: float = 0.0
    on_air: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def mostly(self) -> str:
        return max(self.on_air, key=lambda on_air: self.on_air[on_air])

    @property
    def rank(self) -> tuple[int, float, str]:
        return -self.plays, -self.seconds, self.name


class Plays:
    """Counts a title once from its announcement to the next, through whatever is on air meanwhile."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._plays = 0
        self._titles: dict[str, _Played] = {}
        self._artists: dict[str, _Played] = {}
        self._is_complete = True
        self._last_title: str | None = None
        self._last_end_s = 0.0

    def add(self, piece: Piece) -> None:
        """Takes the next piece."""
        entry = piece.entry
        if entry.state is State.OFFLINE:
            return
        goes_on = piece.start_s - self._last_end_s <= TOUCHING_S and entry.title == self._last_title
        self._last_title, self._last_end_s = entry.title, piece.end_s
        if entry.title is None:
            return
        self._plays += not goes_on
        self._count(self._titles, entry.title, entry.title, piece, is_new=not goes_on)
        if entry.artist is not None:
            self._count(self._artists, entry.artist.casefold(), entry.artist, piece, is_new=not goes_on)

    def _count(self, counted: dict[str, _Played], key: str, name: str, piece: Piece, *, is_new: bool) -> None:
        key = key[:TEXT_LENGTH]
        played = counted.get(key)
        if played is None:
            if len(counted) >= self._kept:
                self._leave_out_rare(counted)
            played = counted[key] = _new(piece.entry, name)
        played.plays += is_new
        played.seconds += piece.seconds
        played.on_air[piece.on_air] += piece.seconds

    def _leave_out_rare(self, counted: dict[str, _Played]) -> None:
        self._is_complete = False
        ranked = sorted(counted, key=lambda key: counted[key].rank)
        for key in ranked[self._kept // 2 :]:
            del counted[key]

    def figures(self) -> TitleFigures:
        """Gives the counts and the most played."""
        titles = sorted(self._titles.values(), key=lambda played: played.rank)[:LISTED]
        artists = sorted(self._artists.values(), key=lambda played: played.rank)[:LISTED]
        return TitleFigures(
            plays=self._plays,
            titles=len(self._titles),
            artists=len(self._artists),
            is_complete=self._is_complete,
            most_played=[
                PlayedTitle(
                    title=played.name,
                    artist=played.artist,
                    song=played.song,
                    on_air=played.mostly,
                    plays=played.plays,
                    seconds=round(played.seconds, SECONDS_DECIMALS),
                )
                for played in titles
            ],
            most_played_artists=[
                Artist(
                    artist=played.name,
                    on_air=played.mostly,
                    plays=played.plays,
                    seconds=round(played.seconds, SECONDS_DECIMALS),
                )
                for played in artists
            ],
        )


def _new(entry: Entry, name: str) -> _Played:
    return _Played(_short(name) or "", _short(entry.artist), _short(entry.song))


def _short(text: str | None) -> str | None:
    if text is None or len(text) <= TEXT_LENGTH:
        return text
    return f"{text[: TEXT_LENGTH - 1]}…"
