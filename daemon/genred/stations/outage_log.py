"""What a station writes to the log of its connection: once as a warning, then quietly, and a summary an hour."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.clock import Clock
    from genred.rate_limited_log import LogTally
    from genred.stations.messages import SessionFailed

_LOGGER = logging.getLogger("genred.stations.station")

QUIET_S = 600.0
"""After so long without a fault the next one is worth a warning again."""


class OutageLog:
    """Keeps a station that fails all night from filling the log, without hiding that it does.

    Args:
        station: The station's id.
        clock: For the summary's hour.
    """

    def __init__(self, station: str, clock: Clock) -> None:
        self._station = station
        self._faults = RateLimitedLog(_LOGGER, clock.monotonic, self._describe)
        self._gaps_s = 0.0
        self._warned = False
        self._flowing_since: float | None = None
        self._clock = clock
        self._without_audio_since: float | None = None

    def failed(self, failed: SessionFailed) -> None:
        """The source failed."""
        self._flowing_since = None
        if self._without_audio_since is None:
            self._without_audio_since = failed.at
        then = "not tried again" if failed.wait_s is None else f"next attempt in {failed.wait_s:.1f} s"
        warned = self._faults.warn(f"{self._station}: lost: {failed.message}; {then}", kind=failed.cause)
        self._warned = self._warned or warned

    def stalled(self, late_s: float) -> None:
        """No audio comes, but the session stands."""
        self._faults.warn(f"{self._station}: no audio for {late_s:.1f} s", kind=Cause.STALLED)

    def offline(self, message: str) -> None:
        """Still no audio comes; the stall has been warned of."""
        self._flowing_since = None
        if self._without_audio_since is None:
            self._without_audio_since = self._clock.monotonic()
        _LOGGER.debug("%s: lost: %s", self._station, message)

    def resumed(self) -> None:
        """Audio came again by itself."""
        self._without_audio_since = None
        _LOGGER.debug("%s: audio is back", self._station)

    def recovered(self, seconds: float, attempts: int) -> None:
        """Audio again, in a new session; logged as loudly as the loss."""
        self._without_audio_since = None
        warned, self._warned = self._warned, False
        level = logging.INFO if warned else logging.DEBUG
        _LOGGER.log(level, "%s: back after %.1f s, attempts: %d", self._station, seconds, attempts)

    def ended(self) -> None:
        """The source came to its end."""
        self._without_audio_since = None
        _LOGGER.info("%s: ended", self._station)

    def gap(self, seconds: float) -> None:
        """Counts for the summary."""
        self._gaps_s += seconds

    def flowing(self, now: float) -> None:
        """Audio flows; after a while the next fault is worth a warning again."""
        self._without_audio_since = None
        if self._flowing_since is None:
            self._flowing_since = now
        elif now - self._flowing_since > QUIET_S:
            self._faults.forget()

    def tick(self) -> None:
        """Writes the summary when it is due."""
        self._faults.summarize()

    def _describe(self, tally: LogTally) -> str | None:
        if not tally.counts:
            return None
        gaps_s, self._gaps_s = self._gaps_s, 0.0
        kinds = ", ".join(f"{count} {cause}" for cause, count in tally.counts.most_common())
        return f"{self._station}: in the last hour {kinds}; {', '.join(self._missing(gaps_s))}"

    def _missing(self, gaps_s: float) -> Iterator[str]:
        """What was not analysed. The gap of an outage counts when it is over, so one that goes on is named apart."""
        since = self._without_audio_since
        if gaps_s or since is None:
            yield f"{gaps_s:.0f} s not analysed"
        if since is not None:
            yield f"no audio for the last {self._clock.monotonic() - since:.0f} s"
