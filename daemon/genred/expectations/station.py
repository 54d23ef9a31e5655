"""All that is expected of one station."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.events import (
    ExpectationProfile,
    MetReason,
    SilenceEnded,
    SilenceStarted,
    StationReport,
    StationStatus,
    StationSwitched,
)
from genred.expectations.on_air import OnAir
from genred.expectations.watch import ExpectationWatch
from genred.expectations.wording import describe, identify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genred.clock import Moment
    from genred.config.schema import ExpectationConfig, StationConfig
    from genred.events import Event
    from genred.expectations.watch import Change

HOLD_S = 15.0
"""A report says what is on air for so long at most: the next one comes within ten seconds, if there is audio."""


class StationExpectations:
    """Follows the events of one station, one after the other, and judges what is expected of it.

    Args:
        station: The station's id.
    """

    def __init__(self, station: str) -> None:
        self._station = station
        self._watches: dict[str, tuple[tuple[str, ExpectationConfig], ExpectationWatch]] = {}
        self._on_air = OnAir()
        self._until_s: float | None = None
        self._silent_from_s: float | None = None

    @property
    def broken(self) -> list[str]:
        """Ids of what is broken now."""
        return [watch.id for _, watch in self._watches.values() if watch.broken]

    def configure(self, config: StationConfig, at: Moment) -> list[Change]:
        """Takes what is expected from now on; what is expected as before goes on undisturbed.

        Returns:
            The ends of what was broken and is expected no longer.
        """
        before, self._watches = self._watches, {}
        for name, item in zip(identify(config.expect), config.expect, strict=True):
            made_of = (config.time_zone, item)
            kept = before.get(name)
            if kept is not None and kept[0] == made_of:
                self._watches[name] = before.pop(name)
            else:
                self._watches[name] = made_of, ExpectationWatch(self._station, name, item, config.time_zone)
        return _present(watch.lift(at, MetReason.RECONFIGURED) for _, watch in before.values())

    def end(self, at: Moment) -> list[Change]:
        """The station is configured no longer. Returns the ends of what was broken."""
        watches, self._watches = self._watches, {}
        return _present(watch.lift(at, MetReason.RECONFIGURED) for _, watch in watches.values())

    def handle(self, event: Event) -> list[Change]:
        """Takes the next event. Returns what changed by it."""
        match event:
            case StationReport():
                changes = self.advance(event.at)
                if event.state is not State.SILENCE:
                    self._silent_from_s = None
                self._on_air = OnAir.of(event, self._silent_from_s)
                return changes
            case StationStatus():
                return self.advance(event.at)
            case SilenceStarted():
                self._silent_from_s = event.at.monotonic_s
            case SilenceEnded():
                self._silent_from_s = None
            case StationSwitched(enabled=False):
                self._on_air, self._silent_from_s = OnAir(), None
                return _present(watch.lift(event.at, MetReason.SWITCHED_OFF) for _, watch in self._watches.values())
            case _:
                pass
        return []

    def advance(self, at: Moment) -> list[Change]:
        """Lets time pass with what is on air. Returns what changed by it."""
        before_s = at.monotonic_s if self._until_s is None else self._until_s
        passed_s = max(0.0, at.monotonic_s - before_s)
        self._until_s = max(before_s, at.monotonic_s)
        held_s = min(passed_s, HOLD_S)
        changes = _present(watch.advance(at, self._on_air, held_s) for _, watch in self._watches.values())
        if passed_s > held_s:
            # Nothing is known of the rest of the time.
            changes += _present(watch.advance(at, OnAir(), passed_s - held_s) for _, watch in self._watches.values())
        return changes

    def is_quiet(self, now_s: float) -> bool:
        """Whether nothing has come for so long that somebody else must let the time pass."""
        return self._until_s is not None and now_s - self._until_s >= HOLD_S


def expectation_profiles(config: StationConfig) -> tuple[ExpectationProfile, ...]:
    """What outputs must know of a station's expectations before one is broken."""
    names = identify(config.expect)
    return tuple(
        ExpectationProfile(name, item.name or describe(item)) for name, item in zip(names, config.expect, strict=True)
    )


def _present(changes: Iterable[Change | None]) -> list[Change]:
    return [change for change in changes if change is not None]
