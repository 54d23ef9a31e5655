"""Brings every second of a live station to account, and publishes those that were not analysed, each with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.events import Gap
from genred.stations.time_account import TimeAccount, UnanalysedSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.clock import Clock
    from genred.events import Event
    from genred.stations.audio_batch import AudioBatch
    from genred.stations.outage_log import OutageLog


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
        self._skipped: UnanalysedSpan | None = None

    def add(self, batch: AudioBatch, window_s: float) -> float:
        """Brings a batch to account.

        Args:
            batch: Audio, and what was lost of it.
            window_s: Length of the analysis window, in seconds.

        Returns:
            The seconds of gaps that became certain, without what was given up to save time.
        """
        if not self._live:
            return 0.0
        self._publish_skipped(batch.first_at)
        gaps_s = 0.0
        for part in batch.parts(window_s):
            if part.dropped_s:
                self._publish(self.account.add_audio(part.at, part.dropped_s, analysed=False), Cause.OVERRUN)
            spans = self.account.add_audio(part.at, part.seconds, lost_s=part.lost_s, analysed=part.analysed)
            cause = Cause.LOST if part.lost_s else None if part.analysed else Cause.OVERRUN
            published_s = self._publish(spans, cause)
            gaps_s += 0.0 if cause is Cause.OVERRUN else published_s
            if not self.account.catching_up:
                self.cause = Cause.LATE
        return gaps_s

    def skip(self, at: float, seconds: float, unanalysed_s: float) -> None:
        """Takes audio that came and was left out; its gap is published as one when it ends.

        Args:
            at: When it came.
            seconds: Its length.
            unanalysed_s: Of the audio before it, which will not be analysed either.
        """
        if not self._live:
            return
        for span in self.account.give_up(unanalysed_s) + self.account.add_audio(at, seconds, analysed=False):
            self._skipped = span if self._skipped is None else self._join(self._skipped, span)

    def _join(self, before: UnanalysedSpan, later: UnanalysedSpan) -> UnanalysedSpan:
        """Makes one of two skipped spans: what lay between them came with the first one, in advance."""
        self.account.join(before.ended_at, later.started_at)
        return UnanalysedSpan(before.started_at, max(before.ended_at, later.ended_at))

    def _publish_skipped(self, now: float) -> None:
        if self._skipped is not None:
            skipped, self._skipped = self._skipped, None
            played_until = self.account.played_until(now)
            if played_until > skipped.ended_at:
                skipped = self._join(skipped, UnanalysedSpan(played_until, played_until))
            self._publish([skipped], Cause.OVERRUN)

    def give_up(self, seconds: float, cause: Cause) -> None:
        """Takes audio that was received and will not be analysed as a gap."""
        if self._live:
            self._publish(self.account.give_up(seconds), cause)

    def end_session(self, unanalysed_s: float) -> None:
        """Ends a session of the source; what it gave last and was not analysed goes to the gap that follows."""
        self._publish_skipped(self._clock.monotonic())
        self.account.end_session(unanalysed_s)

    def close(self, now: float) -> None:
        """Publishes the gap until now, as the last thing."""
        if self._live:
            self._publish_skipped(now)
            self._publish(self.account.close(now))

    def _publish(self, spans: Sequence[UnanalysedSpan], cause: Cause | None = None) -> float:
        """Publishes spans, oldest first. Returns their seconds."""
        cause = cause or self.cause
        for span in spans:
            at, started_at = self._clock.moment(span.ended_at), self._clock.moment(span.started_at)
            self._emit(Gap(station=self._station, at=at, started_at=started_at, cause=cause))
        seconds = sum(span.seconds for span in spans)
        self._log.gap(seconds)
        return seconds
