"""What goes on at a stretch: dead air, and genres that are not to be on air."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.events import ExpectationFigure
from genred.expectations.on_air import MUSIC, SILENCE
from genred.expectations.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Collection

    from genred.expectations.on_air import OnAir

_LEAST_SOUND_S = 5.0
_MOST_SOUND_S = 60.0
"""How long sound must last before dead air counts as over: as long as the dead air may, within these."""

INTERLUDE_SHARE = 0.1
_LEAST_INTERLUDE_S = 5.0
_MOST_INTERLUDE_S = 30.0
"""How long something else may come between without ending a stretch: a share of what is allowed, within these."""

_MOST_FIGURES = 3


class SilenceStretch(Rule):
    """No dead air lasts longer than allowed. Time in which no audio comes is no silence.

    Args:
        most_s: Longer is too long.
    """

    def __init__(self, most_s: float) -> None:
        self._most_s = most_s
        self._enough_sound_s = min(max(most_s, _LEAST_SOUND_S), _MOST_SOUND_S)
        self._silent_s = 0.0
        self._sound_s = 0.0

    def add(self, on_air: OnAir, seconds: float, now_s: float) -> None:
        """Counts; see `Rule.add`."""
        match on_air.state:
            case State.SILENCE:
                # Silence is noticed later than it begins.
                began_s = now_s if on_air.silent_from_s is None else on_air.silent_from_s
                self._silent_s = max(self._silent_s + seconds, now_s - began_s)
                self._sound_s = 0.0
            case State.OFFLINE:
                self._silent_s = 0.0
            case _:
                self._sound_s += seconds
                if self._sound_s > 0:
                    self._silent_s = 0.0

    def is_broken(self, *, was_broken: bool, remaining_s: float) -> bool | None:
        """Judges; see `Rule.is_broken`."""
        return True if self._silent_s > self._most_s else False if self._sound_s >= self._enough_sound_s else None

    @property
    def figures(self) -> tuple[ExpectationFigure, ...]:
        """How long it is silent; see `Rule.figures`."""
        return (ExpectationFigure(of=SILENCE, measured=self._silent_s, expected=self._most_s, unit="seconds"),)

    @property
    def answered_s(self) -> float:
        """See `Rule.answered_s`."""
        return self._silent_s + self._sound_s

    def reset(self) -> None:
        """Begins anew."""
        self._silent_s = self._sound_s = 0.0


class GenreStretch(Rule):
    """Some genres are not on air for long. Time in which it is not known what is on air counts for nothing.

    Args:
        genres: Those that are not to be on air; with `only`, those that alone are.
        for_s: So long they may be.
        only: Whether all but these are meant. Silence is not.
    """

    def __init__(self, genres: Collection[str], for_s: float, *, only: bool) -> None:
        self._genres = frozenset(genres)
        self._only = only
        self._for_s = for_s
        self._interlude_s = min(max(INTERLUDE_SHARE * for_s, _LEAST_INTERLUDE_S), _MOST_INTERLUDE_S)
        self._offended_s = 0.0
        self._other_s = 0.0
        self._offenders: defaultdict[str, float] = defaultdict(float)

    def add(self, on_air: OnAir, seconds: float, now_s: float) -> None:
        """Counts; see `Rule.add`."""
        if not on_air.labels:
            return
        offender = self._offender(on_air)
        if offender is not None:
            self._offended_s += seconds
            self._offenders[offender] += seconds
            self._other_s = 0.0
            return
        self._other_s += seconds
        if self._other_s >= self._interlude_s:
            self._offended_s = 0.0
            self._offenders.clear()

    def is_broken(self, *, was_broken: bool, remaining_s: float) -> bool | None:
        """Judges; see `Rule.is_broken`."""
        return True if self._offended_s >= self._for_s else False if self._other_s >= self._interlude_s else None

    @property
    def figures(self) -> tuple[ExpectationFigure, ...]:
        """The genres that are on air most; see `Rule.figures`."""
        return tuple(
            ExpectationFigure(of=genre, measured=seconds, expected=self._for_s, unit="seconds")
            for genre, seconds in sorted(self._offenders.items(), key=lambda item: -item[1])[:_MOST_FIGURES]
        )

    @property
    def answered_s(self) -> float:
        """See `Rule.answered_s`."""
        return self._offended_s + self._other_s

    def reset(self) -> None:
        """Begins anew."""
        self._offended_s = self._other_s = 0.0
        self._offenders.clear()

    def _offender(self, on_air: OnAir) -> str | None:
        if self._only:
            if on_air.labels & self._genres or on_air.state is State.SILENCE:
                return None
            return next(iter(sorted(on_air.labels - {MUSIC})), MUSIC)
        named = on_air.labels & self._genres
        return min(named, key=lambda label: (label == MUSIC, label)) if named else None
