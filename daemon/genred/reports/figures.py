"""The figures of a report: the one structure that its page, its Markdown and its JSON are written from.

Shares are of 1, rounded to `SHARE_DECIMALS`; durations are seconds, rounded to `SECONDS_DECIMALS`; times are UTC.
`on_air` is a genre, or a state that is no music: `speech`, `uncertain`, `silence`, `offline`.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec

SCHEMA = 1
"""Raised when a field changes its meaning, not when one is added."""

SHARE_DECIMALS = 5
SECONDS_DECIMALS = 3
CONFIDENCE_DECIMALS = 3
LEVEL_DECIMALS = 1


class _Figures(msgspec.Struct, frozen=True, kw_only=True):
    pass


class PeriodFigures(_Figures, frozen=True):
    """A period.

    Attributes:
        kind: `day`, `week`, `month` or `span`.
        since: Its beginning.
        until: Its end.
        time_zone: Of its days and hours.
        seconds: How long it is.
        is_over: Whether it is all of the day, week or month; else what had passed of it.
    """

    kind: str
    since: datetime
    until: datetime
    time_zone: str
    seconds: float
    is_over: bool


class Share(_Figures, frozen=True):
    """How much of the logged time one thing was on air.

    Attributes:
        on_air: A genre or a state.
        seconds: For how long.
        share: Of the logged time.
        confidence: Mean over that time; None for silence and offline.
        share_before: The share in the period before; None where nothing was logged then.
        change: The difference of the two.
    """

    on_air: str
    seconds: float
    share: float
    confidence: float | None = None
    share_before: float | None = None
    change: float | None = None


class Compared(_Figures, frozen=True):
    """A figure beside that of the period before.

    Attributes:
        value: In this period; None where nothing was logged.
        before: In the period before; None likewise.
        change: The difference of the two.
    """

    value: float | None
    before: float | None = None
    change: float | None = None


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a strip, in JSON an array.

    Attributes:
        at_s: Where it begins, in seconds of the clock on the wall since the strip's 0.
        seconds: Its length.
        on_air: A genre or a state.
        pass_: 1 where clocks show this hour for the second time, 0 for the first.
    """

    at_s: float
    seconds: float
    on_air: str
    pass_: int = 0

    @property
    def end_s(self) -> float:
        """Where it ends, as `at_s`."""
        return self.at_s + self.seconds


class Strip(_Figures, frozen=True):
    """An hour or a day, as it went.

    Attributes:
        day: The local day.
        hour: The hour on the clock; None for a strip of a whole day.
        repeats: Whether the hour is shown for the second time that day.
        started_at: Its beginning.
        seconds: How long it is; a day on which clocks are set has 23 or 25 hours.
        parts: What was on air, in order; where nothing was logged there is none.
    """

    day: date
    hour: int | None
    repeats: bool
    started_at: datetime
    seconds: float
    parts: list[Part]


class Strips(_Figures, frozen=True):
    """The period as strips.

    Attributes:
        each: `hour` or `day`.
        resolution_s: Each part is a multiple of this, of what was on air for most of it.
        strips: In order; none where the period is too long for them.
    """

    each: str
    resolution_s: float
    strips: list[Strip]


class DayFigures(_Figures, frozen=True):
    """A day of a station.

    Attributes:
        day: The local day.
        logged_s: How much of it is in the log.
        music_s: Music.
        genre: What most of the music was; None without music.
        dead_air_s: Silence.
        dead_airs: How often.
        availability: Share of the logged time that was analysed; None where nothing was logged.
    """

    day: date
    logged_s: float
    music_s: float
    genre: str | None
    dead_air_s: float
    dead_airs: int
    availability: float | None


class HourShares(_Figures, frozen=True):
    """An hour of the clock, over all days.

    Attributes:
        hour: 0 to 23.
        seconds: How much of it is in the log.
        shares: Of these, by what was on air.
    """

    hour: int
    seconds: float
    shares: dict[str, float]


class Run(_Figures, frozen=True):
    """One thing on air for long.

    Attributes:
        on_air: A genre or `speech`.
        started_at: When it began.
        ended_at: When it ended.
        seconds: How long it was on air in that time, interruptions left out.
    """

    on_air: str
    started_at: datetime
    ended_at: datetime
    seconds: float


class DeadAir(_Figures, frozen=True):
    """A silence.

    Attributes:
        started_at: When it began.
        seconds: How long it was.
        level_dbfs: RMS level; None where it is not known.
        digital: Whether every sample was zero: a stuck encoder or a muted input; None where it is not known.
    """

    started_at: datetime
    seconds: float
    level_dbfs: float | None
    digital: bool | None


class DeadAirFigures(_Figures, frozen=True):
    """All dead air.

    Attributes:
        count: How often, beside the period before.
        seconds: How long in all, likewise.
        longest_s: The longest; None without any.
        longest: The longest ones, in order of time.
    """

    count: Compared
    seconds: Compared
    longest_s: float | None
    longest: list[DeadAir]


class Title(_Figures, frozen=True):
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


class Artist(_Figures, frozen=True):
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


class TitleFigures(_Figures, frozen=True):
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
    most_played: list[Title]
    most_played_artists: list[Artist]


class Outage(_Figures, frozen=True):
    """A time that was not analysed.

    Attributes:
        started_at: When it began.
        seconds: How long it was.
        causes: Why, the longest first.
    """

    started_at: datetime
    seconds: float
    causes: list[str]


class CauseShare(_Figures, frozen=True):
    """What one cause came to.

    Attributes:
        cause: The cause.
        count: In how many outages.
        seconds: For how long.
    """

    cause: str
    count: int
    seconds: float


class Availability(_Figures, frozen=True):
    """How much was analysed.

    Attributes:
        share: Of the logged time, beside the period before.
        analysed_s: For how long.
        outages: How many there were, beside the period before.
        by_cause: All of them.
        longest: The longest ones, in order of time.
    """

    share: Compared
    analysed_s: float
    outages: Compared
    by_cause: list[CauseShare]
    longest: list[Outage]


class StationFigures(_Figures, frozen=True):
    """What a report says of one station.

    Attributes:
        station: Its id.
        name: For people.
        logged_s: How much of the period is in the log.
        logged_since: The first moment of it.
        logged_until: The last.
        models: Names of the models that it was analysed with.
        music: Share of music, beside the period before.
        genre: What most of the music was; None without music.
        shares: Genres, the longest first, then the states.
        strips: The period as it went.
        days: Its days.
        clock: The shares of each hour of the clock.
        runs: The longest times of one thing on air.
        dead_air: Silences.
        titles: Titles and artists.
        availability: How much was analysed, and why not all.
    """

    station: str
    name: str
    logged_s: float
    logged_since: datetime
    logged_until: datetime
    models: list[str]
    music: Compared
    genre: str | None
    shares: list[Share]
    strips: Strips
    days: list[DayFigures]
    clock: list[HourShares]
    runs: list[Run]
    dead_air: DeadAirFigures
    titles: TitleFigures
    availability: Availability


class Report(_Figures, frozen=True):
    """A report.

    Attributes:
        schema: Version of this structure.
        generator: genred and its version.
        created_at: When it was made.
        period: What it is of.
        before: The period that it is compared with.
        stations: By station, in the order asked for.
    """

    schema: int
    generator: str
    created_at: datetime
    period: PeriodFigures
    before: PeriodFigures
    stations: list[StationFigures]
