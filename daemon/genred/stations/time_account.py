"""The account of time: every second of a station is in an analysed window or in exactly one gap."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from genred.audio import RESET_AFTER_S
from genred.cause import Cause
from genred.stations.playout import Playout, Span, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

MIN_GAP_S = 0.5
"""Lateness under this is jitter of threads, networks and blocks, not loss. What is lost in pieces that windows bridge
is a gap once it is so much: packets of 26 ms must not make a noisy stream a stream of events."""

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


class TimeAccount:
    """Follows audio like a player with an unlimited buffer: what it could play without a pause is covered.

    A server that sends ten seconds at once covers the ten seconds that follow, also when it then ends the session; when
    nothing comes for longer, the time begins to lack. What is missing of that audio lacks when it would have been
    played. A session that follows is played from its beginning on, beside what is left of the one before, since most
    servers send the same again.

    Args:
        started_at: Monotonic time from which on everything is accounted for.

    Attributes:
        settled_until: Up to where it is certain what was analysed and what is in a gap; a gap begins no earlier.
        gaps_s: Seconds of all gaps until then.
    """

    def __init__(self, started_at: float) -> None:
        self._started_at = started_at
        self.settled_until = started_at
        self.gaps_s = 0.0
        self._playout = Playout(started_at)
        # Analysed, of sessions before the present one, and not played yet when that began.
        self._earlier: list[Span] = []
        self._windows_until = started_at
        self._flowing = False
        self._bridged_s, self._bridged_cause = 0.0, Cause.LOST
        self._late_from: float | None = None
        self._least_late_s = 0.0
        self._least_late_at = 0.0

    @property
    def analysed_s(self) -> float:
        """Seconds of time that were analysed, of those that are settled."""
        return self.settled_until - self._started_at - self.gaps_s

    @property
    def catching_up(self) -> bool:
        """Whether there was a pause of which it is not yet certain how much of it will still arrive."""
        return self._late_from is not None

    def late_s(self, now: float) -> float:
        """For how long a player would have been silent by now."""
        return now - self._playout.ended_at

    def add_audio(self, now: float, seconds: float, *, missing: Cause, left_out: Cause | None = None) -> float:
        """Takes audio that arrived.

        Args:
            now: When it arrived.
            seconds: How long it is.
            missing: Why what did not come in time before it is missing.
            left_out: Why no window will be made of it; None where one will.

        Returns:
            The seconds before it that are known now not to come any more, in a session that goes on.
        """
        if not self._flowing:
            self._begin(now - seconds, missing)
        before = self._playout.ended_at
        self._append(now, seconds, left_out)
        drift_s = min(max(0.0, now - self._playout.ended_at), seconds * CLOCK_TOLERANCE)
        self._playout.append(drift_s, left_out)
        return self._judge_lateness(before, now, missing)

    def lose_audio(self, now: float, seconds: float) -> None:
        """Takes what is missing in the audio that arrives; before a session's first there is nothing to miss."""
        if self._flowing:
            self._append(now, seconds, Cause.LOST)

    def add_windows(self, audio_since_s: Iterable[float], window_s: float) -> None:
        """Takes windows that were made of the audio; what comes before them and is in none is a gap of its own.

        Args:
            audio_since_s: Of each, oldest first, the seconds of audio that arrived after its end.
            window_s: What each speaks for.
        """
        for since_s in audio_since_s:
            ended_at = self._playout.audio_before_end(since_s)
            between_s = self._playout.audio_s(self._windows_until, ended_at) - window_s
            if between_s > RESET_AFTER_S:
                started_at = self._playout.audio_after(self._windows_until, between_s)
                self._playout.mark(self._windows_until, started_at, Cause.OVERRUN)
            self._windows_until = max(self._windows_until, ended_at)

    def give_up(self, cause: Cause, *, newest_s: float = 0.0) -> None:
        """What of the audio no window was made of yet is a gap.

        Args:
            cause: Why.
            newest_s: Seconds of audio at the end of which windows will still be made.
        """
        if self._flowing:
            self._playout.mark(self._windows_until, self._playout.audio_before_end(newest_s), cause)

    def end_session(self, at: float | None = None) -> None:
        """The session ended. What was analysed will be played, what was not and what follows until the next is a gap.

        Args:
            at: When the player was stopped too, if it was; nothing is played after that.
        """
        if self._flowing:
            self._playout.cut(self._playout.audio_after(self._windows_until, 0.0))
        if at is not None:
            self._playout.cut(max(at, self.settled_until))
            self._earlier = [
                replace(span, ended_at=min(span.ended_at, at)) for span in self._earlier if span.started_at < at
            ]
        self._flowing, self._late_from = False, None

    def close(self, now: float, missing: Cause) -> list[Span]:
        """Accounts for all time until now, as at the end.

        Args:
            now: Monotonic time.
            missing: Why what is missing until then is.

        Returns:
            As `settle`.
        """
        self.end_session()
        self._begin(now, missing)
        self._flowing = False
        return self.settle(now)

    def settle(self, now: float) -> list[Span]:
        """Settles what has been played by now.

        Returns:
            The gaps in it, oldest first, each with its cause.
        """
        until = min(now, self._windows_until)
        if self._late_from is not None:
            until = min(until, self._late_from)
        gaps = []
        for span in self._playout.take(until):
            gaps += self._bridge(span) if span.cause is None else self._miss(span)
            self.settled_until = span.ended_at
        self._earlier = [span for span in self._earlier if span.ended_at > self.settled_until]
        self.gaps_s += sum(gap.seconds for gap in gaps)
        return gaps

    def _begin(self, at: float, missing: Cause) -> None:
        at = max(at, self.settled_until)
        self._earlier = joined([*self._earlier, *self._playout.cut(at)])
        self._playout.append(at - self._playout.ended_at, missing)
        self._windows_until, self._flowing, self._late_from = at, True, None

    def _append(self, now: float, seconds: float, cause: Cause | None) -> None:
        self._playout.append(min(seconds, now + MAX_ADVANCE_S - self._playout.ended_at), cause)

    def _judge_lateness(self, before: float, now: float, missing: Cause) -> float:
        late_s = self.late_s(now)
        if late_s <= MIN_GAP_S:
            self._late_from = None
        elif self._late_from is None:
            self._late_from = min(before, now)
            self._least_late_s, self._least_late_at = late_s, now
        elif late_s < self._least_late_s - CATCH_UP_STEP_S:
            self._least_late_s, self._least_late_at = late_s, now
        elif now - self._least_late_at >= CATCH_UP_S:
            self._playout.insert(self._late_from, late_s, missing)
            if self._windows_until > self._late_from:
                self._windows_until += late_s
            self._late_from = None
            return late_s
        return 0.0

    def _miss(self, span: Span) -> list[Span]:
        """Gives the gaps of what is missing; pieces that a window bridges are gathered."""
        gaps = []
        for piece in span.without(self._earlier):
            if piece.seconds > RESET_AFTER_S:
                gaps.append(piece)
            else:
                self._bridged_s += piece.seconds
                self._bridged_cause = piece.cause or self._bridged_cause
        return gaps

    def _bridge(self, audio: Span) -> list[Span]:
        """Gives a gap in place of all that was bridged, once it is worth one."""
        if self._bridged_s < MIN_GAP_S or audio.seconds <= RESET_AFTER_S:
            return []
        ended_at = min(audio.started_at + self._bridged_s, audio.ended_at)
        self._bridged_s = max(0.0, self._bridged_s - (ended_at - audio.started_at))
        return [Span(audio.started_at, ended_at, self._bridged_cause)]
