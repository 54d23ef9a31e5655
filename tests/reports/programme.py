"""A month of made-up radio: what the log of a station could hold, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from genred.airplay.rows import Entry, GapRow, Model
from genred.analysis.estimate import State
from genred.cause import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

BERLIN = ZoneInfo("Europe/Berlin")

_ARTISTS = {
    "jazz": ["Lantern Quartet", "Ida Vale Trio", "The Copper Hours", "Blue Ferry"],
    "blues": ["Hollow Creek", "Otis Marrow", "Delta Clockworks"],
    "classical": ["Camerata Nordhafen", "Elena Strand, piano", "Ostwind Ensemble", "Kammerchor Lindenau"],
    "rock": ["Paper Comets", "The Night Buses", "Granite Sons", "Static Harbour"],
    "pop": ["Mira Lund", "Glasshouse", "Hey Juno", "Velvet Static"],
    "disco": ["Mirrorball Union", "Studio Ninety"],
    "hiphop": ["Kid Tessera", "North Quay Crew"],
    "metal": ["Iron Orchard", "Vantablaze"],
    "reggae": ["Harbour Lights Sound", "Jah Meadow"],
    "country": ["Willa Creed", "The Fencepost Boys"],
}
_FIRST = ["Midnight", "Paper", "Golden", "Slow", "Northern", "Electric", "Hollow", "Summer", "Broken", "Silver"]
_SECOND = ["Ferry", "Windows", "Letters", "Season", "Machine", "Horizon", "Parade", "Garden", "Signal", "Rain"]


@dataclass(frozen=True)
class Schedule:
    """What a station tends to play, by the hour of the day."""

    day: dict[str, float]
    night: dict[str, float]
    talk: dict[int, float]


JAZZ_STATION = Schedule(
    day={"jazz": 6, "blues": 1.6, "classical": 0.8, "pop": 0.8, "reggae": 0.3, "country": 0.3},
    night={"classical": 5, "jazz": 2},
    talk={6: 0.3, 7: 0.42, 8: 0.4, 12: 0.25, 13: 0.2, 17: 0.3, 18: 0.25},
)
CITY_STATION = Schedule(
    day={"pop": 5, "rock": 3.4, "disco": 1.1, "hiphop": 1.4, "reggae": 0.4, "country": 0.3},
    night={"rock": 3, "metal": 1.6, "hiphop": 2, "pop": 1.2},
    talk={5: 0.15, 6: 0.3, 7: 0.35, 8: 0.3, 9: 0.15, 12: 0.15, 16: 0.15, 17: 0.2},
)
MODEL = Model(name="student", labels=tuple(sorted(_ARTISTS)))


class Programme:
    """Makes the rows of one station, in order of their beginnings.

    Args:
        station: Its id.
        schedule: What it plays.
        seed: Of all chance.
        flaws: How often something goes wrong, relative to a usual station.
    """

    def __init__(self, station: str, schedule: Schedule, *, seed: int = 1, flaws: float = 1.0) -> None:
        self._station, self._schedule, self._flaws = station, schedule, flaws
        self._random = random.Random(f"{station} {seed}")
        self._songs = {
            genre: [
                (artist, f"{first} {second}")
                for artist in artists
                for first, second in self._random.sample([(a, b) for a in _FIRST for b in _SECOND], 9)
            ]
            for genre, artists in _ARTISTS.items()
        }

    def rows(self, since: datetime, until: datetime) -> Iterator[Entry | GapRow]:
        """Gives entries that tile [since, until), and their gaps."""
        at = since
        while at < until:
            for row in self._next(at):
                if row.started_at < until:
                    yield row
                    at = max(at, row.ended_at)

    def _next(self, at: datetime) -> list[Entry | GapRow]:
        chance = self._random
        hour = at.astimezone(BERLIN).hour
        if chance.random() < 0.0014 * self._flaws:
            return self._outage(at)
        if chance.random() < 0.0012 * self._flaws:
            seconds = chance.choice([6.4, 8.1, 11.7, 14.2, 21.3, 38.9, 96.5])
            level = -120.0 if chance.random() < 0.4 else chance.uniform(-78, -62)
            return [self._entry(at, seconds, State.SILENCE, level=level, confidence=1.0)]
        if chance.random() < self._schedule.talk.get(hour, 0.03):
            return [self._entry(at, chance.uniform(60, 420), State.SPEECH, confidence=chance.uniform(0.82, 0.98))]
        return self._song(at, hour)

    def _song(self, at: datetime, hour: int) -> list[Entry | GapRow]:
        chance = self._random
        weights = self._schedule.night if hour >= 22 or hour < 5 else self._schedule.day
        genre = chance.choices(list(weights), list(weights.values()))[0]
        songs = self._songs[genre]
        title = songs[min(int(chance.expovariate(1 / 9)), len(songs) - 1)]
        unsure_s = chance.uniform(3, 9)
        first = self._entry(at, unsure_s, State.UNCERTAIN, title=title, confidence=0.52)
        music = self._entry(
            first.ended_at,
            chance.uniform(140, 330),
            State.MUSIC,
            genre=genre,
            title=title,
            confidence=chance.uniform(0.7, 0.97),
        )
        return [first, music]

    def _outage(self, at: datetime) -> list[Entry | GapRow]:
        chance = self._random
        causes = [Cause.STALLED, Cause.RESET, Cause("http_503"), Cause.DNS, Cause.NOT_RUNNING]
        cause = chance.choices(causes, [5, 4, 2, 1, 1])[0]
        seconds = chance.choice([9, 14, 32, 75, 310]) * chance.uniform(0.8, 1.3) * (4 if cause == "not_running" else 1)
        entry = self._entry(at, seconds, State.OFFLINE, cause=cause)
        gap = GapRow(
            station=self._station,
            run="1",
            started_at=entry.started_at,
            ended_at=entry.ended_at,
            seconds=entry.seconds,
            cause=cause,
        )
        return [entry, gap]

    def _entry(
        self,
        at: datetime,
        seconds: float,
        state: State,
        *,
        genre: str | None = None,
        title: tuple[str, str] | None = None,
        confidence: float | None = None,
        level: float | None = -16.0,
        cause: Cause | None = None,
    ) -> Entry:
        seconds = round(seconds, 3)
        offline = state is State.OFFLINE
        return Entry(
            station=self._station,
            run="1",
            started_at=at,
            ended_at=at + timedelta(seconds=seconds),
            seconds=seconds,
            state=state,
            genre=genre,
            confidence=confidence,
            level_dbfs=None if offline else level,
            title=" - ".join(title) if title else None,
            artist=title[0] if title else None,
            song=title[1] if title else None,
            model=MODEL,
            cause=cause,
        )
