"""What a station writes to the log of its connection: once as a warning, then quietly, and a summary an hour."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from genred.cause import Cause

if TYPE_CHECKING:
    from genred.clock import Clock
    from genred.events import ConnectionState
    from genred.stations.messages import SessionFailed

_LOGGER = logging.getLogger("genred.stations.station")

SUMMARY_EVERY_S = 3_600.0
"""How often a station that had faults sums them up."""

QUIET_S = 600.0
"""After so long without a fault the next one is news again, and a warning."""


class OutageLog:
    """Keeps a station that fails all night from filling the log, without hiding that it does.

    Args:
        station: The station's id.
        clock: For the summary's hour.
    """

    def __init__(self, station: str, clock: Clock) -> None:
        self._station = station
        self._summary_due = clock.monotonic() + SUMMARY_EVERY_S
        self._faults: Counter[Cause] = Counter()
        self._gaps_s = 0.0
        self._known: set[Cause] = set()
        self._told = False
        self._flowing_since: float | None = None

    def transition(self, before: ConnectionState, after: ConnectionState) -> None:
        """One line for each change of state, for whoever looks closely."""
        _LOGGER.debug("%s: %s -> %s", self._station, before, after)

    def failed(self, failed: SessionFailed) -> None:
        """The source failed: a warning when it is news, else a debug line."""
        self._flowing_since = None
        self._faults[failed.cause] += 1
        news = failed.cause not in self._known
        self._known.add(failed.cause)
        self._told = self._told or news
        then = "not tried again" if failed.wait_s is None else f"next attempt in {failed.wait_s:.1f} s"
        _LOGGER.log(logging.WARNING if news else logging.DEBUG, "%s: lost: %s; %s", self._station, failed.message, then)

    def stalled(self, late_s: float) -> None:
        """Nothing comes, but the session stands."""
        news = Cause.STALLED not in self._known
        self._known.add(Cause.STALLED)
        self._faults[Cause.STALLED] += 1
        _LOGGER.log(logging.WARNING if news else logging.DEBUG, "%s: no audio for %.1f s", self._station, late_s)

    def offline(self, message: str) -> None:
        """It still does not come; the warning of the stall was the news."""
        self._flowing_since = None
        _LOGGER.debug("%s: lost: %s", self._station, message)

    def resumed(self) -> None:
        """It came again by itself."""
        _LOGGER.debug("%s: audio again", self._station)

    def recovered(self, seconds: float, attempts: int) -> None:
        """Audio again, in a new session."""
        news, self._told = self._told, False
        level = logging.INFO if news else logging.DEBUG
        _LOGGER.log(level, "%s: back after %.1f s, attempts: %d", self._station, seconds, attempts)

    def ended(self) -> None:
        """The source came to its end."""
        _LOGGER.info("%s: ended", self._station)

    def gap(self, seconds: float) -> None:
        """Counts for the summary."""
        self._gaps_s += seconds

    def flowing(self, now: float) -> None:
        """Audio flows; after a while a fault is news again."""
        if self._flowing_since is None:
            self._flowing_since = now
        elif now - self._flowing_since > QUIET_S:
            self._known.clear()

    def tick(self, now: float) -> None:
        """Writes the summary when it is due."""
        if now < self._summary_due:
            return
        self._summary_due = now + SUMMARY_EVERY_S
        if self._faults:
            kinds = ", ".join(f"{count} {cause}" for cause, count in self._faults.most_common())
            _LOGGER.warning("%s: in the last hour %s; %.0f s not analysed", self._station, kinds, self._gaps_s)
        self._faults.clear()
        self._gaps_s = 0.0
