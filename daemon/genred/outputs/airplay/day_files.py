"""The files of each station's day, written after its midnight."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING

from genred.outputs.airplay.owed_days import OwedDays
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from pathlib import Path

    from genred.events.profile import StationProfile
    from genred.outputs.airplay.owed_days import OwedDay

_LOGGER = logging.getLogger(__name__)

_FILE_WITHIN_S = 600.0


class DayFiles:
    """Writes the files of days that are over, and tries those again that could not be written, also after a restart.

    Args:
        path: Of the log.
        folder: Where the files go.
        write: Writes the files of a day; for tests.
    """

    def __init__(self, path: Path, folder: Path, write: Callable[[Path, OwedDay, Path], None] | None = None) -> None:
        self._path = path
        self._folder = folder
        self._write = write or write_day_files
        self._owed = OwedDays(path.with_suffix(".days.json"))
        self._faults = RateLimitedLog(_LOGGER)

    def begin(self, profile: StationProfile, today: date) -> None:
        """Takes note of a station's day, whose files are to be written when it is over."""
        self._owed.begin(profile.id, today, profile.time_zone)

    def write(self, now: datetime, is_logged: Callable[[OwedDay], bool], is_closing: Callable[[], bool]) -> None:
        """Writes the files of all days that are over, until one's cannot be written: it is the last one next time.

        Args:
            now: A day that ended by then is over.
            is_logged: Whether the log has anything of a day.
            is_closing: Whether to leave the rest for later.
        """
        self._owed.save()
        for owed in filter(is_logged, self._owed.over(now)):
            if is_closing():
                break
            if not self._try(owed):
                self._owed.postpone(owed)
                break
            self._owed.settle(owed)
        self._owed.save()

    def _try(self, owed: OwedDay) -> bool:
        try:
            self._write(self._path, owed, self._folder)
        except (OSError, subprocess.SubprocessError) as error:
            self._faults.warn(
                f"airplay log: the files of {owed.day} of {owed.station} cannot be written: {error}", kind="files"
            )
            return False
        return True


def write_day_files(path: Path, owed: OwedDay, folder: Path) -> None:
    """Writes a day's report and entries, by the commands that people use, in processes of their own.

    Raises:
        OSError: A command cannot be started, or the folder not be made.
        subprocess.SubprocessError: A command has failed, or takes too long.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "genred"]
    common = ["--log", str(path), "--station", owed.station, "--day", owed.day.isoformat()]
    zone = ["--time-zone", owed.time_zone] if owed.time_zone else []
    table = folder / f"genred-{owed.station}-{owed.day.isoformat()}.csv"
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
