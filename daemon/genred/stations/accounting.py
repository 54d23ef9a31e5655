"""Brings every second of a live station to account, and publishes those that were not analysed, each with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.audio import RESET_AFTER_S
from genred.cause import Cause
from genred.events import Gap
from genred.stations.time_account import TimeAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.clock import Clock
    from genred.events import Event
    from genred.stations.audio_batch import AudioBatch
    from genred.stations.outage_log import OutageLog
    from genred.stations.playout import Span


class Accounting:
    """The time account of a station and the gaps that follow from it.

    Args:
        station: The station's id.
        live: Whether lateness means anything; where not, there is nothing to account for.
        clock: For the times of events.
        emit: Takes each event.
        log: Sums the gaps up.

    Attributes:
        account: Of all time since the start.
        cause: Of whatever is missing from now on.
    """

    def __init__(
        self, station: str, *, live: bool, clock: Clock, emit: Callable[[Event], None], log: OutageLog
    ) -> None:
        self._station = station
        self._live = live
        self._clock = clock
        self._emit = emit
        self._log = log
        self.account = TimeAccount(clock.monotonic())
        self.cause = Cause.STARTING

    @property
    def settled_until(self) -> float | None:
        """Monotonic time up to which all was published; None where nothing is accounted for."""
        return self.account.settled_until if self._live else None

    def take(self, batch: AudioBatch, *, contiguous: bool) -> bool:
        """Brings a batch to account.

        Args:
            batch: The next one.
            contiguous: Whether audio that comes late is all there: what comes late from a stream is a gap in time, but
                not in the audio.

        Returns:
            Whether the audio before it does not go on in it.
        """
        is_broken = batch.lost_s > RESET_AFTER_S
        if is_broken or batch.dropped_s:
            self.give_up(Cause.OVERRUN if batch.dropped_s > batch.lost_s else Cause.LOST)
        missing = self.cause
        is_late = self._add(batch) > 0 and not contiguous
        if is_late:
            self.give_up(missing, newest_s=batch.seconds)
        return is_broken or is_late

    def skip(self, at: float, seconds: float) -> None:
        """Takes audio that came and was left out, with what was before it and will not be analysed either."""
        self.give_up(Cause.OVERRUN)
        self._leave_out(at, seconds)
        self.settle()

    def add_windows(self, audio_since_s: Sequence[float], window_s: float) -> None:
        """Brings windows to account; see `TimeAccount.add_windows`."""
        if self._live and audio_since_s:
            self.account.add_windows(audio_since_s, window_s)
            self.settle()

    def give_up(self, cause: Cause, *, newest_s: float = 0.0) -> None:
        """Takes audio that was received and will not be analysed as a gap; see `TimeAccount.give_up`."""
        if self._live:
            self.account.give_up(cause, newest_s=newest_s)

    def end_session(self, at: float | None = None) -> None:
        """Ends a session of the source; see `TimeAccount.end_session`."""
        self.account.end_session(at)

    def settle(self) -> None:
        """Publishes the gaps that have become certain."""
        if self._live:
            self._publish(self.account.settle(self._clock.monotonic()))

    def close(self, now: float) -> None:
        """Publishes the gap until now, as the last thing."""
        if self._live:
            self._publish(self.account.close(now, self.cause))

    def _add(self, batch: AudioBatch) -> float:
        """Adds a batch. Returns the seconds before it that will not come any more, in a session that goes on."""
        late_s = 0.0
        for item, block in zip(batch.items, batch.blocks, strict=True):
            if item.dropped_s:
                late_s += self._leave_out(item.at, item.dropped_s)
            if self._live:
                self.account.lose_audio(item.at, block.lost_s)
            late_s += self._add_audio(item.at, block.seconds)
        self.settle()
        return late_s

    def _leave_out(self, at: float, seconds: float) -> float:
        return self._add_audio(at, seconds, left_out=Cause.OVERRUN)

    def _add_audio(self, at: float, seconds: float, left_out: Cause | None = None) -> float:
        if not self._live:
            return 0.0
        late_s = self.account.add_audio(at, seconds, missing=self.cause, left_out=left_out)
        if not self.account.catching_up:
            self.cause = Cause.LATE
        return late_s

    def _publish(self, gaps: Sequence[Span]) -> None:
        """Publishes gaps, oldest first."""
        for gap in gaps:
            assert gap.cause is not None  # noqa: S101 - or it would be no gap
            at = self._clock.moment(gap.ended_at)
            self._emit(Gap(station=self._station, at=at, started_at=at.on_this_clock(gap.started_at), cause=gap.cause))
            self._log.gap(gap.seconds)
