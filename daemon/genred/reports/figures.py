"""The figures of a report: the one structure that its page, its Markdown and its JSON are written from."""

from __future__ import annotations

from datetime import datetime

from genred.reports.clock_hours import HourShares
from genred.reports.days import ReportedDay
from genred.reports.dead_air import DeadAirFigures
from genred.reports.loudness import LoudnessFigures
from genred.reports.outages import CauseShare, OutageSpan
from genred.reports.plays import TitleFigures
from genred.reports.runs import LongRun
from genred.reports.strips import Strips
from genred.reports.structure import Compared, Figures

SCHEMA = 1
"""Raised when a field changes its meaning, not when one is added."""


class PeriodFigures(Figures, frozen=True):
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


class Share(Figures, frozen=True):
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


class Availability(Figures, frozen=True):
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
    longest: list[OutageSpan]


class StationFigures(Figures, frozen=True):
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
        loudness: EBU R128; None where it was not measured.
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
    days: list[ReportedDay]
    clock: list[HourShares]
    runs: list[LongRun]
    dead_air: DeadAirFigures
    titles: TitleFigures
    availability: Availability
    loudness: LoudnessFigures | None = None


class Report(Figures, frozen=True):
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
