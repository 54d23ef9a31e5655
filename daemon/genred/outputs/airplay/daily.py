"""What the log comes to each day: summaries for whoever subscribes, and files after midnight."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError
from genred.airplay.query import AirplayLog
from genred.breaks import Breaks
from genred.clock import SYSTEM_CLOCK
from genred.events import DaySummary, Output
from genred.outputs.airplay.owed_days import zone_named
from genred.rate_limited_log import RateLimitedLog
from genred.reports.daily import daily_figures
from genred.reports.period import day
from genred.reports.report import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime, tzinfo
    from pathlib import Path

    from genred.airplay.logged import LoggedStation
    from genred.airplay.rows import ReportedRow
    from genred.clock import Clock, Moment
    from genred.events import DaemonEvent, Event
    from genred.events.profile import StationProfile
    from genred.outputs.airplay.day_files import DayFiles
    from genred.outputs.airplay.owed_days import OwedDay

_LOGGER = logging.getLogger(__name__)

SUMMARY_EVERY_S = 300.0
"""A day's figures change by minutes; reading a day of fifty stations costs half a second."""

FIRST_AFTER_S = 15.0
"""By then the log has had its first commits."""

AFTER_MIDNIGHT_S = 30.0
"""By then the last entries of the day before are committed."""

_CLOSE_WITHIN_S = 1.0


class DailyOutput(Output):
    """Reads the log now and then, and publishes each station's day so far; after midnight, the whole of it.

    Midnight is the station's own, whatever daylight saving time makes of it. A thread of its own reads, so that neither
    events nor the log wait.

    Args:
        path: Of the log.
        node: Id of this machine.
        stations: All stations.
        emit: Takes each summary.
        files: Writes the files of each day; None for none.
        clock: For tests.
    """

    def __init__(
        self,
        path: Path,
        node: str,
        stations: Sequence[StationProfile],
        emit: Callable[[DaemonEvent], None],
        *,
        files: DayFiles | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._path = path
        self._node = node
        self._stations = list(stations)
        self._emit = emit
        self._files = files
        self._clock = clock
        self._days: dict[str, date] = {}
        self._faults = RateLimitedLog(_LOGGER)
        self._closing = threading.Event()
        self._breaks = Breaks(self._closing)
        self._thread = threading.Thread(target=self._run, name="genred-daily", daemon=True)

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def handle(self, event: Event) -> None:
        """Needs no events: what it sums up is in the log."""

    def update(self, stations: Sequence[StationProfile]) -> None:
        """Takes the stations as they are now."""
        self._stations = list(stations)

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive() or self._closing.is_set()

    def close(self) -> None:
        """Ends its thread."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_WITHIN_S)

    def look(self) -> None:
        """Publishes each station's day so far, and each day that is over since the last look."""
        now = self._clock.moment(self._clock.monotonic())
        with AirplayLog(self._path) as log:
            self._look(log, now)

    def _look(self, log: AirplayLog, now: Moment) -> None:
        logged = {one.station: one for one in log.stations() if one.node == self._node}
        settled = now.utc - timedelta(seconds=AFTER_MIDNIGHT_S)
        self._breaks.begin()
        for profile in self._stations:
            zone = zone_named(profile.time_zone)
            rows = partial(_rows, log, logged.get(profile.id))
            today = settled.astimezone(zone).date()
            if self._days.get(profile.id) != today:
                yesterday = today - timedelta(days=1)
                self._publish(profile, rows, day(yesterday, zone).until, zone, is_over=True)
                self._days[profile.id] = today
            if self._files is not None:
                self._files.begin(profile, today)
            self._publish(profile, rows, now.utc, zone, is_over=False)
            if self._breaks.take():
                return
        if self._files is not None:
            self._files.write(settled, partial(_is_logged, log, logged), self._closing.is_set)

    def _run(self) -> None:
        wait_s = FIRST_AFTER_S
        while not self._closing.wait(wait_s):
            wait_s = SUMMARY_EVERY_S
            try:
                self.look()
            except AirplayError as error:
                self._faults.warn(f"airplay log: cannot be summarised: {error}", kind=str(error))
            except Exception:  # noqa: BLE001 - the next look may go well
                self._faults.warn("airplay log: cannot be summarised", kind="fault", with_traceback=True)

    def _publish(
        self,
        profile: StationProfile,
        rows: Callable[[datetime, datetime], Iterable[ReportedRow]],
        until: datetime,
        zone: tzinfo,
        *,
        is_over: bool,
    ) -> None:
        # A day's last moment lies just before midnight.
        last = until - timedelta(microseconds=1) if is_over else until
        since = day(last.astimezone(zone).date(), zone).since
        figures = daily_figures(rows(since, until), last, zone)
        if is_over and not figures.logged_s:
            return
        self._emit(
            DaySummary(
                station=profile.id,
                at=self._clock.moment(self._clock.monotonic()),
                is_over=is_over,
                figures=figures,
            )
        )


def _rows(log: AirplayLog, station: LoggedStation | None, since: datetime, until: datetime) -> Iterable[ReportedRow]:
    return [] if station is None else in_order(log.entries(station, since, until), log.gaps(station, since, until))


def _is_logged(log: AirplayLog, logged: Mapping[str, LoggedStation], owed: OwedDay) -> bool:
    span = owed.period
    return next(iter(_rows(log, logged.get(owed.station), span.since, span.until)), None) is not None
