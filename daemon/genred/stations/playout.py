"""When a player would play what it was given: audio and what is missing of it, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from genred.cause import Cause


@dataclass(frozen=True, slots=True)
class Span:
    """A span of monotonic time.

    Attributes:
        cause: Why nothing is there; None where there is audio.
    """

    started_at: float
    ended_at: float
    cause: Cause | None = None

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.ended_at - self.started_at

    def without(self, others: list[Span]) -> Iterator[Span]:
        """Gives what of it is in none of the others, which are in order and do not overlap."""
        at = self.started_at
        for other in others:
            if other.started_at >= self.ended_at:
                break
            if at < other.started_at:
                yield replace(self, started_at=at, ended_at=other.started_at)
            at = max(at, other.ended_at)
        if at < self.ended_at:
            yield replace(self, started_at=at)


class Playout:
    """Spans that follow each other without a hole; what is played and settled is taken from its front.

    Args:
        at: Monotonic time at which the first span will begin.

    Attributes:
        ended_at: When the last span ends.
    """

    def __init__(self, at: float) -> None:
        self._spans: list[Span] = []
        self.ended_at = at

    def append(self, seconds: float, cause: Cause | None = None) -> None:
        """Adds audio, or what is missing."""
        if seconds <= 0:
            return
        started_at, self.ended_at = self.ended_at, self.ended_at + seconds
        if self._spans and self._spans[-1].cause is cause:
            self._spans[-1] = replace(self._spans[-1], ended_at=self.ended_at)
        else:
            self._spans.append(Span(started_at, self.ended_at, cause))

    def insert(self, at: float, seconds: float, cause: Cause) -> None:
        """Puts what is missing between what is played before and after a time, and plays the latter later."""
        self._split(at)
        self._spans = [
            replace(span, started_at=span.started_at + seconds, ended_at=span.ended_at + seconds)
            if span.started_at >= at
            else span
            for span in self._spans
        ]
        self._spans.append(Span(at, at + seconds, cause))
        self.ended_at += seconds
        self._join()

    def mark(self, started_at: float, ended_at: float, cause: Cause) -> None:
        """Makes audio between two times missing."""
        self._split(started_at)
        self._split(ended_at)
        self._spans = [
            replace(span, cause=cause)
            if span.cause is None and started_at <= span.started_at and span.ended_at <= ended_at
            else span
            for span in self._spans
        ]
        self._join()

    def cut(self, at: float) -> list[Span]:
        """Ends it at a time, if it is longer. Gives the audio that would have been played later."""
        self._split(at)
        later = [span for span in self._spans if span.started_at >= at]
        del self._spans[len(self._spans) - len(later) :]
        self.ended_at = min(self.ended_at, at)
        return [span for span in later if span.cause is None]

    def take(self, until: float) -> Iterator[Span]:
        """Takes what is played by a time from the front; audio in parts, what is missing only as a whole."""
        while self._spans and (first := self._spans[0]).started_at < until:
            if first.ended_at <= until:
                yield self._spans.pop(0)
            elif first.cause is None:
                self._spans[0] = replace(first, started_at=until)
                yield replace(first, ended_at=until)
            else:
                return

    def audio_after(self, at: float, seconds: float) -> float:
        """The time at which so much audio was played since a time."""
        for span in self._spans:
            if span.cause is None and span.ended_at > at:
                started_at = max(at, span.started_at)
                if span.ended_at - started_at >= seconds:
                    return started_at + seconds
                seconds -= span.ended_at - started_at
        return self.ended_at

    def audio_before_end(self, seconds: float) -> float:
        """The time from which so much audio is played until the end."""
        at = self.ended_at
        for span in reversed(self._spans):
            if seconds <= 0:
                break
            if span.cause is None:
                at = max(span.started_at, span.ended_at - seconds)
                seconds -= span.seconds
        return at

    def audio_s(self, started_at: float, ended_at: float) -> float:
        """Seconds of audio between two times."""
        return sum(
            max(0.0, min(span.ended_at, ended_at) - max(span.started_at, started_at))
            for span in self._spans
            if span.cause is None
        )

    def _split(self, at: float) -> None:
        for index, span in enumerate(self._spans):
            if span.started_at < at < span.ended_at:
                self._spans[index : index + 1] = replace(span, ended_at=at), replace(span, started_at=at)
                return

    def _join(self) -> None:
        self._spans = joined(self._spans)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Gives spans in the order of their beginnings, those of one kind that overlap or touch made one."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: span.started_at):
        if result and span.cause is result[-1].cause and span.started_at <= result[-1].ended_at:
            result[-1] = replace(result[-1], ended_at=max(result[-1].ended_at, span.ended_at))
        else:
            result.append(span)
    return result
