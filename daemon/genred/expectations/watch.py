"""One expectation of one station: whether it is broken, and since when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from genred.day_span import DaySpan
from genred.events import ExpectationBroken, ExpectationMet, MetReason
from genred.expectations.shares import RollingShare, SpanShare
from genred.expectations.stretches import GenreStretch, SilenceStretch
from genred.expectations.wording import describe
from genred.time_zones import find_zone, machine_zone

if TYPE_CHECKING:
    from genred.clock import Moment
    from genred.config.schema import ExpectationConfig
    from genred.day_span import Occurrence
    from genred.expectations.on_air import OnAir
    from genred.expectations.rule import Rule

    Change = ExpectationBroken | ExpectationMet

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ExpectationWatch:
    """Judges an expectation. Broken and met take turns, whatever comes.

    Args:
        station: The station's id.
        expectation: Its own id.
        config: What is expected.
        zone: Name of the station's time zone; empty for the machine's.
    """

    def __init__(self, station: str, expectation: str, config: ExpectationConfig, zone: str) -> None:
        self.id = expectation
        self._station = station
        self._description = config.name or describe(config)
        self._between = config.between
        self._zone = find_zone(zone) or machine_zone()
        self._rule = make_rule(config)
        self._broken_at: Moment | None = None
        self._occurrence: Occurrence | None = None
        self._nothing_between = _EPOCH, _EPOCH
        self._is_judged = False
        self._contrary_s = 0.0

    @property
    def broken(self) -> bool:
        """Whether it is broken now."""
        return self._broken_at is not None

    def advance(self, at: Moment, on_air: OnAir, seconds: float) -> Change | None:
        """Takes what was on air for the last seconds.

        Args:
            at: The end of them.
            on_air: During them.
            seconds: How long; 0 or more.

        Returns:
            What changed, or None.
        """
        if self._between is None:
            self._rule.add(on_air, seconds, at.monotonic_s)
            return self._judge(at, seconds, remaining_s=0.0)
        occurrence = self._find(self._between, at)
        left = self._occurrence
        if left is not None and (occurrence is None or occurrence.day != left.day):
            return self._leave(at, occurrence)
        if left is None and occurrence is not None:
            self._rule.reset()
            self._is_judged, self._contrary_s = False, 0.0
        self._occurrence = occurrence
        if occurrence is None:
            return None
        self._rule.add(on_air, seconds, at.monotonic_s)
        remaining_s = (occurrence.ends_at - at.utc).total_seconds()
        return self._judge(at, seconds, remaining_s=remaining_s)

    def lift(self, at: Moment, reason: MetReason) -> Change | None:
        """Ends what is broken, since it is expected no longer, and forgets what was counted."""
        change = self._meet(at, reason) if self.broken else None
        self._rule.reset()
        self._contrary_s = 0.0
        self._occurrence, self._is_judged = None, False
        return change

    def _find(self, between: DaySpan, at: Moment) -> Occurrence | None:
        known = self._occurrence
        if known is not None and known.starts_at <= at.utc < known.ends_at:
            return known
        if self._nothing_between[0] <= at.utc < self._nothing_between[1]:
            return None
        found = between.at(at.utc, self._zone)
        if found is None:
            self._nothing_between = at.utc, between.next_start(at.utc, self._zone)
        return found

    def _leave(self, at: Moment, following: Occurrence | None) -> Change | None:
        """The span is over: a whole one is judged, and of the others nothing is expected any more."""
        change = None
        if self._rule.once_a_span:
            change = self._judge(at, 0.0, remaining_s=0.0)
        elif self.broken:
            change = self._meet(at, MetReason.SPAN_OVER)
        self._rule.reset()
        self._occurrence, self._is_judged, self._contrary_s = following, False, 0.0
        return change

    def _judge(self, at: Moment, seconds: float, *, remaining_s: float) -> Change | None:
        if self._is_judged:
            return None
        is_broken = self._rule.is_broken(was_broken=self.broken, remaining_s=remaining_s)
        if is_broken is None:
            # What cannot be told does not hold either.
            self._contrary_s = 0.0
            return None
        self._is_judged = self._rule.once_a_span
        if is_broken == self.broken:
            self._contrary_s = 0.0
            return None
        self._contrary_s += seconds
        if self._contrary_s < self._rule.dwell_s:
            return None
        self._contrary_s = 0.0
        return self._meet(at, MetReason.MET) if self.broken else self._break(at)

    def _break(self, at: Moment) -> ExpectationBroken:
        self._broken_at = at
        return ExpectationBroken(
            station=self._station,
            at=at,
            expectation=self.id,
            description=self._description,
            figures=self._rule.figures,
            answered_s=self._rule.answered_s,
        )

    def _meet(self, at: Moment, reason: MetReason) -> ExpectationMet:
        started_at = self._broken_at or at
        self._broken_at = None
        return ExpectationMet(
            station=self._station,
            at=at,
            started_at=started_at,
            expectation=self.id,
            description=self._description,
            figures=self._rule.figures,
            answered_s=self._rule.answered_s,
            reason=reason,
        )


def make_rule(config: ExpectationConfig) -> Rule:
    """Gives how an expectation is judged."""
    shares = config.share if config.share is not None else config.share_at_most
    if shares is not None:
        at_least = config.share is not None
        if config.over_s is not None:
            return RollingShare(shares, config.over_s, at_least=at_least)
        span = config.between or DaySpan(0, 24 * 60)
        return SpanShare(shares, span.usual_s, at_least=at_least)
    if config.silence_at_most_s is not None:
        return SilenceStretch(config.silence_at_most_s)
    for_s = config.for_s or 0.0
    return GenreStretch(config.genres, for_s, only=config.only is not None)
