"""The account of time: every second of a station is either analysed or part of a gap."""

from __future__ import annotations

from dataclasses import dataclass

MIN_GAP_S = 0.5
"""Lateness under this is jitter of threads, networks and blocks, not loss."""

MIN_OUTAGE_S = 0.05
"""Between two sessions everything is loss; only what is less than a block or two of audio is not worth an event."""

CATCH_UP_S = 2.0
"""After a pause, what was held up somewhere arrives in a burst. What is still missing when the lateness has not
shrunk for so long will not come any more."""

CATCH_UP_STEP_S = 0.1
"""Shrinking by less is jitter, not catching up."""

CLOCK_TOLERANCE = 1e-3
"""A source's clock may be so much slower than ours without that being loss; good crystals are 1e-4 or better."""

MAX_ADVANCE_S = 30.0
"""No more than this is taken as given in advance: three long HLS segments. A source whose clock is faster than ours
would otherwise be believed to have given hours in advance after a year."""


@dataclass(frozen=True, slots=True)
class UnanalysedSpan:
    """A span of monotonic time that was not analysed."""

    started_at: float
    ended_at: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.ended_at - self.started_at


class TimeAccount:
    """Follows audio like a player with an unlimited buffer: what it could play without a pause is covered.

    A server that sends ten seconds at once covers the ten seconds that follow; when nothing comes for longer, the
    time begins to lack. When a session ends, what it gave in advance is forgotten: the next one gives it again.

    Args:
        started_at: Monotonic time from which on everything is accounted for.
    """

    def __init__(self, started_at: float) -> None:
        self._started_at = started_at
        self._covered_until = started_at
        self._last_gap_until = started_at
        self._gaps_s = 0.0
        self._flowing = False
        self._audio_until = started_at
        self._lost_s = 0.0
        self._late_from: float | None = None
        self._least_late_s = 0.0
        self._least_late_at = 0.0

    @property
    def gaps_s(self) -> float:
        """Seconds of all gaps so far."""
        return self._gaps_s

    @property
    def analysed_s(self) -> float:
        """Seconds of wall time that were analysed."""
        return self._covered_until - self._started_at - self._gaps_s

    @property
    def catching_up(self) -> bool:
        """Whether there was a pause of which it is not yet certain how much of it will still arrive."""
        return self._late_from is not None

    def late_s(self, now: float) -> float:
        """For how long a player would have been silent by now."""
        return now - (self._audio_until if self._flowing else self._covered_until)

    def played_until(self, now: float) -> float:
        """How far a player would have come by now with what it was given."""
        return min(self._audio_until if self._flowing else self._covered_until, now)

    def add_audio(
        self, now: float, seconds: float, *, lost_s: float = 0.0, analysed: bool = True
    ) -> list[UnanalysedSpan]:
        """Takes audio that arrived.

        Args:
            now: When it arrived.
            seconds: How long it is.
            lost_s: Known to be missing before it.
            analysed: False for audio that had to be dropped.

        Returns:
            Gaps that are certain now, oldest first.
        """
        gaps = []
        if not self._flowing:
            begun_at = max(self._covered_until, now - seconds)
            if begun_at - self._covered_until > MIN_OUTAGE_S:
                gaps.append(self._gap(self._covered_until, begun_at))
            else:
                begun_at = self._covered_until
            self._flowing, self._late_from = True, None
            self._audio_until = self._covered_until = begun_at
            lost_s = self._lost_s = 0.0
        before = self._audio_until
        if lost_s > 0:
            self._audio_until += lost_s
            # Packets of 26 ms are gathered: a noisy stream must not be a stream of events.
            self._lost_s += lost_s
            if self._lost_s >= MIN_GAP_S:
                gaps += self._missing(self._lost_s, now)
                self._lost_s = 0.0
        self._audio_until = min(self._audio_until + seconds, now + MAX_ADVANCE_S)
        self._audio_until += min(max(0.0, now - self._audio_until), seconds * CLOCK_TOLERANCE)
        if not analysed:
            gaps += self._missing(seconds, now)
        gaps += self._still_late(before, now)
        self._covered_until = max(self._covered_until, min(self._audio_until, now))
        return gaps

    def end_session(self, unanalysed_s: float = 0.0) -> None:
        """The session ended; what follows until the next audio is a gap.

        Args:
            unanalysed_s: Seconds of its last audio that no window was made of; the gap begins before them. A session
                that is shorter than a window was not analysed at all.
        """
        if self._flowing:
            self._covered_until = self._before(unanalysed_s)
        self._flowing = False
        self._late_from = None

    def give_up(self, unanalysed_s: float) -> list[UnanalysedSpan]:
        """The audio goes on, but what of it no window was made of yet is given up.

        Returns:
            The gap that this makes, if it is worth one.
        """
        started_at = self._before(unanalysed_s)
        if self._covered_until - started_at <= MIN_OUTAGE_S:
            return []
        gap = self._gap(started_at, self._covered_until)
        if self._late_from is not None:
            self._late_from = max(self._late_from, self._covered_until)
        return [gap]

    def join(self, earlier_end: float, later_start: float) -> float:
        """Makes two gaps one: the time between them was not analysed either.

        Returns:
            Its seconds.
        """
        seconds = max(0.0, later_start - earlier_end)
        self._gaps_s += seconds
        self._covered_until = max(self._covered_until, later_start)
        self._last_gap_until = max(self._last_gap_until, later_start)
        return seconds

    def _before(self, unanalysed_s: float) -> float:
        """The end of what was heard, no earlier than the last gap."""
        return max(self._last_gap_until, min(self._covered_until, self._audio_until - unanalysed_s))

    def close(self, now: float) -> list[UnanalysedSpan]:
        """Accounts for all time until now, as at the end.

        Returns:
            The last gap, if there is one.
        """
        if now - self._covered_until <= MIN_GAP_S:
            return []
        gap = self._gap(self._covered_until, now)
        self._covered_until = now
        return [gap]

    def _missing(self, seconds: float, now: float) -> list[UnanalysedSpan]:
        """Counts audio that was to come but is not there, no later than now and no earlier than what is settled."""
        ended_at = min(self._audio_until, now)
        started_at = max(ended_at - seconds, self._covered_until)
        if ended_at <= started_at:
            return []
        self._covered_until = ended_at
        if self._late_from is not None:
            self._late_from = ended_at
        return [self._gap(started_at, ended_at)]

    def _still_late(self, before: float, now: float) -> list[UnanalysedSpan]:
        late_s = now - self._audio_until
        if late_s <= MIN_GAP_S:
            self._late_from = None
        elif self._late_from is None:
            self._late_from = max(min(before, now), self._covered_until)
            self._least_late_s, self._least_late_at = late_s, now
        elif late_s < self._least_late_s - CATCH_UP_STEP_S:
            self._least_late_s, self._least_late_at = late_s, now
        elif now - self._least_late_at >= CATCH_UP_S:
            gap = self._gap(self._late_from, self._late_from + late_s)
            self._audio_until += late_s
            self._late_from = None
            return [gap]
        return []

    def _gap(self, started_at: float, ended_at: float) -> UnanalysedSpan:
        self._gaps_s += ended_at - started_at
        self._last_gap_until = max(self._last_gap_until, ended_at)
        return UnanalysedSpan(started_at, ended_at)
