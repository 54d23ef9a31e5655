"""Stations that share a worker and a network: each publishes what it would have published alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from itertools import count
from math import ceil
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred.audio import SAMPLE_RATE_HZ, AudioBlock
from genred.config.schema import AnalysisConfig, FileSource, RetryConfig
from genred.engine import engine as engine_module
from genred.engine.load import Load
from genred.errors import SourceError
from genred.events import StationStatus
from genred.service.local_host import LocalHost
from genred.service.station_settings import StationSettings
from genred.sources.source import Title
from genred.stations import monitor
from tests.conftest import BRISK_MODEL, TINY_MODEL
from tests.signals import SOUNDS
from tests.stations.harness import Recorder, shown
from tests.stations.turns import ShuffledWorker
from tests.stations.virtual import ScriptedSource, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from genred.analysis.estimate import Estimate
    from genred.config.schema import SourceConfig
    from genred.stations.station import Station

RETRY = RetryConfig(first_wait_s=0.001, longest_wait_s=0.002)
"""So short that nothing is missing of the time, and no lateness resets a station."""

DENSE = AnalysisConfig(step_s=0.25)

BUNDLES = {str(path): load_bundle(path) for path in (TINY_MODEL, BRISK_MODEL)}
MODELS = sorted(BUNDLES)


@pytest.fixture(scope="module", autouse=True)
def each_title_at_once() -> Iterator[None]:
    """No time goes by here in which titles could follow each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monitor, "LEAST_S", 0.0)
        yield


class Incident(Enum):
    """What happens to a station between two blocks."""

    TITLE = auto()
    FAILURE = auto()
    FAULT = auto()
    END = auto()
    SWITCHED = auto()
    RESET = auto()


ENDINGS: dict[Incident, Callable[[], BaseException | None]] = {
    Incident.FAILURE: lambda: SourceError("it broke off"),
    Incident.FAULT: MemoryError,
    Incident.END: lambda: None,
}


@dataclass
class Script:
    """A station's life: the model, where its sound begins, and sizes of blocks with what happens between them."""

    model: str
    start: int
    parts: Sequence[int | Incident]

    def steps(self) -> Iterator[Incident | AudioBlock]:
        """Gives the parts, with blocks for their sizes."""
        programme, start = _programme(), self.start
        for part in self.parts:
            if isinstance(part, int):
                yield AudioBlock(programme[start : start + part])
                start += part
            else:
                # Off, and on again.
                yield from [part] * (2 if part is Incident.SWITCHED else 1)


MAX_PARTS = 20
MAX_BLOCK_SAMPLES = 40_000
PROGRAMME_S = 30


@lru_cache
def _programme() -> NDArray[np.float32]:
    """Sounds in turn, so long that any start leaves enough for any script."""
    rng = np.random.default_rng(1)
    needed_s = PROGRAMME_S + MAX_PARTS * MAX_BLOCK_SAMPLES / SAMPLE_RATE_HZ
    sounds = [SOUNDS[name](3.0, rng) for name in sorted(SOUNDS) * ceil(needed_s / 9)]
    return np.concatenate(sounds)


BLOCKS = st.integers(1, MAX_BLOCK_SAMPLES)
SCRIPTS = st.builds(
    Script,
    model=st.sampled_from(MODELS),
    start=st.integers(0, PROGRAMME_S * SAMPLE_RATE_HZ),
    parts=st.lists(st.one_of(BLOCKS, BLOCKS, BLOCKS, st.sampled_from(Incident)), min_size=5, max_size=MAX_PARTS),
)


def alone(script: Script, *, is_file: bool = False) -> list[Estimate]:
    """What the samples give without a station around them."""
    analyzer = Analyzer(BUNDLES[script.model], DENSE)
    estimates, titles, plays = [], 0, False
    for step in script.steps():
        if isinstance(step, AudioBlock):
            plays = True
            estimates += analyzer.push(step.samples)
        elif step is Incident.TITLE:
            titles += 1
            # The first of a session tells of no change, and there is nothing to forget before its first audio.
            if titles > 1 and plays:
                analyzer.reset_filter()
        else:
            analyzer.reset()
            if step is not Incident.RESET:
                titles, plays = 0, False
    return estimates + (analyzer.finish() if is_file else [])


def host_of(sources: Mapping[str, ScriptedSource], recorder: Recorder, clock: VirtualClock) -> LocalHost:
    """Where stations run as the daemon's do, with sources that follow their scripts."""

    def source_of(config: SourceConfig) -> ScriptedSource:
        assert isinstance(config, FileSource)
        return sources[config.file]

    return LocalHost(recorder.handle, source=source_of, clock=clock)


def stations_of(scripts: Mapping[str, Script], host: LocalHost) -> dict[str, Station]:
    settings = {
        name: StationSettings(name, FileSource(file=name), BUNDLES[script.model], DENSE, RETRY)
        for name, script in scripts.items()
    }
    return {name: host.make(made, enabled=True) for name, made in settings.items()}


class Stage:
    """Stations on one worker, whose turns a test shuffles."""

    def __init__(self, scripts: Mapping[str, Script], order: random.Random) -> None:
        self.clock, self.recorder = VirtualClock(), Recorder()
        self.worker = ShuffledWorker(order)
        self._titles = count()
        self.sources = {name: ScriptedSource(name, own_thread=False) for name in scripts}
        with mock.patch.object(engine_module, "Worker", return_value=self.worker):
            host = host_of(self.sources, self.recorder, self.clock)
        self.stations = stations_of(scripts, host)

    def is_ready(self, name: str, step: Incident | AudioBlock) -> bool:
        """Whether all that is to come before a step did: what people do is not in a row with what the source gives."""
        by_hand = step is Incident.RESET or step is Incident.SWITCHED
        return not by_hand or self.sources[name].waits

    def do(self, name: str, step: Incident | AudioBlock) -> None:
        station, source = self.stations[name], self.sources[name]
        match step:
            case AudioBlock():
                source.give(step)
            case Incident.TITLE:
                source.give(Title(f"song {next(self._titles)}"))
            case Incident.RESET:
                station.reset()
            case Incident.SWITCHED:
                station.set_enabled(not station.enabled)
            case _:
                source.give(ENDINGS[step]())

    def finish(self) -> None:
        """Lets all that was given be analysed, and ends the stations."""
        stations = self.stations.values()
        self.worker.run_until(self._is_analysed)
        for station in stations:
            station.request_stop()
        self.worker.run_until(lambda: not any(station._reader.alive for station in stations))
        for station in stations:
            station.await_release(self.clock.monotonic())
        self.worker.run_until(lambda: all(station.await_end(self.clock.monotonic()) for station in stations))

    def _is_analysed(self) -> bool:
        self.clock.advance(RETRY.first_wait_s / 100)
        return all(source.waits for source in self.sources.values()) and not any(
            station._inbox._messages for station in self.stations.values()
        )


@settings(max_examples=80)
@given(scripts=st.lists(SCRIPTS, min_size=2, max_size=6), seed=st.integers(0, 2**32 - 1))
def test_any_interleaving_gives_each_station_what_it_has_alone(scripts: list[Script], seed: int) -> None:
    order = random.Random(seed)
    named = {f"s{index}": script for index, script in enumerate(scripts)}
    stage = Stage(named, order)
    left = {name: list(script.steps()) for name, script in named.items()}
    for station in stage.stations.values():
        station.start()
    while any(left.values()):
        name = order.choice([name for name, steps in left.items() if steps])
        if stage.is_ready(name, left[name][0]):
            stage.do(name, left[name].pop(0))
        for _ in range(order.randrange(8)):
            stage.worker.steps.next()
        stage.clock.advance(RETRY.first_wait_s / 100)
    stage.finish()
    for name, script in named.items():
        expected = alone(script)
        assert stage.recorder.shown(name) == shown(expected)
        status = [status for status in stage.recorder.of(StationStatus) if status.station == name][-1]
        assert (status.counters.windows, status.counters.dropped_windows) == (len(expected), 0)
        assert status.counters.faults == script.parts.count(Incident.FAULT)


KINDS = ("a stream", "a device", "a file")


def test_fibers_threads_and_files_on_a_real_worker_have_each_what_they_have_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # How busy the machine is must not decide how much is analysed.
    monkeypatch.setattr(Load, "look", lambda *_: None)
    order, recorder, clock = random.Random(5), Recorder(), VirtualClock()
    scripts = {f"{kind} {index}": _blocks_and_titles(order) for kind in KINDS for index in range(4)}
    sources = {
        name: ScriptedSource(name, own_thread=not name.startswith(KINDS[0]), live=not name.startswith(KINDS[2]))
        for name in scripts
    }
    host = host_of(sources, recorder, clock)
    stations = stations_of(scripts, host)
    for station in stations.values():
        station.start()
    left = {name: list(script.steps()) for name, script in scripts.items()}
    titles = count()
    while any(left.values()):
        name = order.choice([name for name, steps in left.items() if steps])
        step = left[name].pop(0)
        sources[name].give(step if isinstance(step, AudioBlock) else Title(f"song {next(titles)}"))
    expected = {name: alone(script, is_file=not sources[name].live) for name, script in scripts.items()}
    for name, estimates in expected.items():
        sources[name].give(None)
        recorder.wait_until(lambda name=name, estimates=estimates: len(recorder.shown(name)) >= len(estimates))  # type: ignore[misc]
    assert all(station.stop() for station in stations.values())
    host.close()
    assert {name: recorder.shown(name) for name in scripts} == {
        name: shown(estimates) for name, estimates in expected.items()
    }


def _blocks_and_titles(order: random.Random) -> Script:
    parts: list[int | Incident] = [
        Incident.TITLE if order.random() < 0.1 else order.randrange(1, MAX_BLOCK_SAMPLES) for _ in range(MAX_PARTS)
    ]
    return Script(order.choice(MODELS), order.randrange(PROGRAMME_S * SAMPLE_RATE_HZ), parts)
