"""What the log comes to each day: summaries for whoever subscribes, and files after midnight."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError
from genred.airplay.query import AirplayLog
from genred.clock import SYSTEM_CLOCK
from genred.events import DaySummary, Output
from genred.rate_limited_log import RateLimitedLog
from genred.reports.daily import daily_figures
from genred.reports.period import day
from genred.reports.report import in_order
from genred.time_zones import find_zone, machine_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime, tzinfo
    from pathlib import Path

    from genred.airplay.logged import LoggedStation
    from genred.airplay.rows import ReportedRow
    from genred.clock import Clock, Moment
    from genred.events import DaemonEvent, Event
    from genred.events.profile import StationProfile

_LOGGER = logging.getLogger(__name__)

SUMMARY_EVERY_S = 300.0
"""A day's figures change by minutes; reading a day of fifty stations costs a second."""

FIRST_AFTER_S = 15.0
"""By then the log has had its first commits."""

AFTER_MIDNIGHT_S = 30.0
"""By then the last entries of the day before are committed."""

OWED_DAYS = 7
"""So long the files of a day are tried again that could not be written."""

_FILE_WITHIN_S = 600.0
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
        folder: Where the files of each day go; None for nowhere.
        clock: For tests.
        write_files: Writes the files of a station's day; for tests.
    """

    def __init__(
        self,
        path: Path,
        node: str,
        stations: Sequence[StationProfile],
        emit: Callable[[DaemonEvent], None],
        *,
        folder: Path | None = None,
        clock: Clock = SYSTEM_CLOCK,
        write_files: Callable[[Path, StationProfile, date, Path], None] | None = None,
    ) -> None:
        self._path = path
        self._node = node
        self._stations = list(stations)
        self._emit = emit
        self._folder = folder
        self._clock = clock
        self._write_files = write_files or write_day_files
        self._days: dict[str, date] = {}
        self._owed: dict[tuple[str, date], StationProfile] = {}
        self._faults = RateLimitedLog(_LOGGER)
        self._closing = threading.Event()
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
        for profile in self._stations:
            zone = zone_of(profile)
            rows = partial(_rows, log, logged.get(profile.id))
            today = (now.utc - timedelta(seconds=AFTER_MIDNIGHT_S)).astimezone(zone).date()
            before = self._days.get(profile.id)
            if before is None or before < today:
                yesterday = today - timedelta(days=1)
                self._publish(profile, rows, day(yesterday, zone).until, zone, is_over=True)
                self._days[profile.id] = today
                if before is not None:
                    self._owe(profile, before, today)
            self._publish(profile, rows, now.utc, zone, is_over=False)
            if self._closing.is_set():
                return
        if self._folder is not None:
            self._write_owed(log, logged, self._folder)

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

    def _owe(self, profile: StationProfile, since: date, until: date) -> None:
        for days in range(min((until - since).days, OWED_DAYS), 0, -1):
            self._owed[profile.id, until - timedelta(days=days)] = profile
        kept = until - timedelta(days=OWED_DAYS)
        self._owed = {owed: profile for owed, profile in self._owed.items() if owed[1] >= kept}

    def _write_owed(self, log: AirplayLog, logged: Mapping[str, LoggedStation], folder: Path) -> None:
        """Writes the files of days that are over, until one's cannot be written: it is the last one next time."""
        for (station, of), profile in list(self._owed.items()):
            span = day(of, zone_of(profile))
            if next(iter(_rows(log, logged.get(station), span.since, span.until)), None) is None:
                continue
            del self._owed[station, of]
            self._owed[station, of] = profile
            if self._closing.is_set() or not self._write(profile, of, folder):
                return
            del self._owed[station, of]

    def _write(self, profile: StationProfile, of: date, folder: Path) -> bool:
        try:
            self._write_files(self._path, profile, of, folder)
        except (OSError, subprocess.SubprocessError) as error:
            self._faults.warn(
                f"airplay log: the files of {of} of {profile.id} cannot be written: {error}", kind="files"
            )
            return False
        return True


def zone_of(profile: StationProfile) -> tzinfo:
    """The zone of a station's day."""
    return find_zone(profile.time_zone or "") or machine_zone()


def _rows(log: AirplayLog, station: LoggedStation | None, since: datetime, until: datetime) -> Iterable[ReportedRow]:
    return [] if station is None else in_order(log.entries(station, since, until), log.gaps(station, since, until))


def write_day_files(path: Path, profile: StationProfile, of: date, folder: Path) -> None:
    """Writes a day's report and entries, by the commands that people use, in processes of their own.

    Raises:
        OSError: A command cannot be started, or the folder not be made.
        subprocess.SubprocessError: A command has failed, or takes too long.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "genred"]
    common = ["--log", str(path), "--station", profile.id, "--day", of.isoformat()]
    zone = ["--time-zone", profile.time_zone] if profile.time_zone else []
    table = folder / f"genred-{profile.id}-{of.isoformat()}.csv"
    for arguments in (
        ["report", *common, *zone, "--out", str(folder)],
        ["airplay", *common, *zone, "--format", "csv", "-o", str(table)],
    ):
        subprocess.run(
            [*command, *arguments],
            check=True,
            timeout=_FILE_WITHIN_S,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
