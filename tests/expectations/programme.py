"""A programme, second by second, on a clock that needs no time, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.clock import Moment
from genred.config.read import parse_config
from genred.events import (
    ConnectionState,
    ConnectionStatus,
    ExpectationBroken,
    ExpectationMet,
    SilenceEnded,
    SilenceStarted,
    StationCounters,
    StationReport,
    StationStatus,
    StationSwitched,
)
from genred.expectations.station import StationExpectations

if TYPE_CHECKING:
    from genred.config.schema import StationConfig
    from genred.events import Event

RUN = "a1b2c3d4"
SILENCE_START_S = 5.0
STATES = {"offline", "silence", "speech", "uncertain"}


def station_config(*items: str, zone: str = "UTC") -> StationConfig:
    text = f"stations: {{kitchen: {{source: soundcard, time_zone: {zone}, expect: [{', '.join(items)}]}}}}"
    return parse_config(text).stations["kitchen"]


@dataclass
class Programme:
    """Plays what it is told to at a station, with a report a second.

    Attributes:
        utc: The wall clock.
        now_s: The monotonic one.
    """

    utc: datetime
    now_s: float = 1_000.0
    step_s: float = 1.0

    def __post_init__(self) -> None:
        self.station = StationExpectations("kitchen")
        self.changes: list[ExpectationBroken | ExpectationMet] = []
        self._since_s = self.now_s
        self._word = ""
        self._silence: SilenceStarted | None = None

    def expect(self, *items: str, zone: str = "UTC") -> Programme:
        self.changes += self.station.configure(station_config(*items, zone=zone), self.moment())
        return self

    def moment(self, monotonic_s: float | None = None) -> Moment:
        at_s = self.now_s if monotonic_s is None else monotonic_s
        return Moment(at_s, self.utc + timedelta(seconds=at_s - self.now_s), RUN)

    def play(self, word: str, seconds: float) -> Programme:
        """Puts a genre or a state on air for a while."""
        if word != "silence" and self._silence is not None:
            self._take(SilenceEnded(station="kitchen", at=self.moment(), started_at=self._silence.at, level_dbfs=-20.0))
            self._silence = None
        self._word, began_s = word, self.now_s
        self._report()
        while (left_s := began_s + seconds - self.now_s) > 0.001:
            passed_s = min(self.step_s, left_s)
            self.now_s += passed_s
            self.utc += timedelta(seconds=passed_s)
            # Silence is noticed late, and dated back.
            if word == "silence" and self._silence is None and self.now_s - began_s >= SILENCE_START_S:
                self._silence = SilenceStarted(station="kitchen", at=self.moment(began_s), level_dbfs=-90.0)
                self._take(self._silence)
            self._report()
        return self

    def switch(self, *, enabled: bool) -> Programme:
        self._take(StationSwitched(station="kitchen", at=self.moment(), enabled=enabled))
        return self

    def wait(self, seconds: float) -> Programme:
        """Lets time pass of which nothing is reported but that it does."""
        self.now_s += seconds
        self.utc += timedelta(seconds=seconds)
        connection = ConnectionStatus(state=ConnectionState.CONNECTING, since=self.moment())
        self._take(
            StationStatus(
                station="kitchen",
                at=self.moment(),
                enabled=True,
                connection=connection,
                clipping=False,
                bytes_per_s=0.0,
                counters=StationCounters(),
            )
        )
        return self

    @property
    def story(self) -> list[str]:
        """What came, in short: `-id` for broken, `+id` for met."""
        return [f"{'-' if isinstance(one, ExpectationBroken) else '+'}{one.expectation}" for one in self.changes]

    def _report(self) -> None:
        word = self._word
        if word == "silence" and self._silence is None:
            word = "uncertain"
        state = State(word) if word in STATES else State.MUSIC
        offline = state is State.OFFLINE
        self._take(
            StationReport(
                station="kitchen",
                at=self.moment(),
                state=state,
                genre=word if state is State.MUSIC else None,
                confidence=None if offline else 0.9,
                probabilities={},
                since=self.moment(),
                level=None,
                title=None,
                model="default",
                windows=1,
                dropped_windows=0,
                reconnects=0,
            )
        )

    def _take(self, event: Event) -> None:
        self.changes += self.station.handle(event)


def programme(at: str = "2026-11-22T12:00:00", **options: float) -> Programme:
    return Programme(datetime.fromisoformat(at).replace(tzinfo=UTC), **options)
