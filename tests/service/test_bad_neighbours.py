"""Fifty sound stations beside some that hang, flood or break: they keep each window, each estimate and their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred.audio import SAMPLE_RATE_HZ, AudioBlock, SourceInfo
from genred.cause import Cause
from genred.config.schema import AnalysisConfig, Config, FileSource, StationConfig
from genred.engine.flag import Flag
from genred.engine.load import Load
from genred.events import ConnectionState, Gap, SourceLost, StationStatus
from genred.service import supervisor as supervisor_module
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor
from genred.sources.opening import open_source
from genred.sources.source import Meter, Title
from tests.patience import PATIENCE_S
from tests.service.harness import Witness, connection_state, running, stream
from tests.signals import SOUNDS
from tests.sources import hostile, sounds
from tests.stations.harness import QUICK, shown
from tests.stations.virtual import ScriptedSource, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred.config.schema import SourceConfig
    from genred.sources.source import Source, SourceItem
    from tests.sources.hostile import HostileServer

STATIONS = 50
SECONDS = 4
DENSE = AnalysisConfig(step_s=0.25)
NOISE = bytes((7 * index * index + 13 * index) % 251 for index in range(65_536))


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "STAGGER_S", 0.0)
    # How busy the machine is must not decide how much is analysed, nor whether a source counts as stalled.
    monkeypatch.setattr(Load, "note", lambda *_: None)
    monkeypatch.setattr(Load, "look", lambda *_: None)


class BadSource:
    """A source that does what a test wants of it, with each session again.

    Args:
        name: For messages.
        own_thread: As `Source` has it.
        behave: What a session yields.
    """

    live = True
    endless = True
    patience_s = None

    def __init__(self, name: str, *, own_thread: bool, behave: Callable[[BadSource], Iterator[SourceItem]]) -> None:
        self.label = name
        self.own_thread = own_thread
        self.contiguous = True
        self.meter = Meter()
        self.interrupted = Flag()
        self.began = False
        self._behave = behave

    def session(self) -> Iterator[SourceItem]:
        """Yields what the test wants."""
        self.began = True
        return self._behave(self)

    def interrupt(self) -> None:
        """Ends all sessions for good."""
        self.interrupted.set()


def audio(seconds: float) -> AudioBlock:
    return AudioBlock(np.full(round(seconds * SAMPLE_RATE_HZ), 0.1, np.float32))


def hang(source: BadSource) -> Iterator[SourceItem]:
    source.interrupted.wait()
    yield from ()


def hang_later(source: BadSource) -> Iterator[SourceItem]:
    yield audio(0.5)
    source.interrupted.wait()


def flood(source: BadSource) -> Iterator[SourceItem]:
    while not source.interrupted.is_set():
        yield audio(1.0)


def flood_with_drops(source: BadSource) -> Iterator[SourceItem]:
    while not source.interrupted.is_set():
        yield audio(1 / SAMPLE_RATE_HZ)


def flood_with_titles(source: BadSource) -> Iterator[SourceItem]:
    while not source.interrupted.is_set():
        yield Title("one")
        yield SourceInfo("mp3", 44_100, 2)
        yield Title("another")


def break_with(error: Callable[[], BaseException]) -> Callable[[BadSource], Iterator[SourceItem]]:
    def behave(_source: BadSource) -> Iterator[SourceItem]:
        yield audio(1.0)
        raise error()

    return behave


def recurse(source: BadSource) -> Iterator[SourceItem]:
    yield from recurse(source)


class Neighbourhood:
    """Sound stations and bad ones on one supervisor, and a clock that goes on once all that is sound is analysed.

    Args:
        bundle: The model of all.
        bad: Sources, or stations with sources of the daemon, by id.
    """

    def __init__(self, bundle: ModelBundle, bad: Mapping[str, BadSource | StationConfig]) -> None:
        self.clock, self.witness = VirtualClock(), Witness()
        self._bundle = bundle
        self._started_at = self.clock.monotonic()
        self.sound = {f"sound{index}": _programme(index) for index in range(STATIONS)}
        self._sources = {name: ScriptedSource(name, own_thread=name.endswith("7")) for name in self.sound}
        self._bad = {name: one for name, one in bad.items() if isinstance(one, BadSource)}
        scripted = {name: StationConfig(source=FileSource(file=name), retry=QUICK) for name in [*self.sound, *bad]}
        real = {name: one for name, one in bad.items() if isinstance(one, StationConfig)}
        names = [*self.sound]
        # The bad ones start between the sound ones.
        stations = {name: {**scripted, **real}[name] for name in [*names[:20], *bad, *names[20:]]}
        config = Config(stations=stations, model=str(bundle.path), analysis=DENSE)
        self.supervisor = Supervisor(config, [self.witness], Notifier(None), source=self._source, clock=self.clock)

    def _source(self, config: SourceConfig) -> Source:
        if isinstance(config, FileSource):
            return self._bad.get(config.file) or self._sources[config.file]
        return open_source(config)

    def play(self) -> None:
        """Lets each sound station receive its programme at the pace of the clock."""
        self.witness.wait_until(
            lambda: (
                all(source.sessions for source in self._sources.values())
                and all(source.began for source in self._bad.values())
            )
        )
        analyzers = {name: Analyzer(self._bundle, DENSE) for name in self.sound}
        self.expected = {name: analyzers[name].push(samples) for name, samples in self.sound.items()}
        windows = {
            until_s: sum(estimate.position_s <= until_s for estimate in self.expected["sound0"])
            for until_s in range(1, SECONDS + 1)
        }
        for until_s, least in windows.items():
            if until_s > 1:
                self.clock.advance(1.0)
            for name, source in self._sources.items():
                start = (until_s - 1) * SAMPLE_RATE_HZ
                source.give(AudioBlock(self.sound[name][start : start + SAMPLE_RATE_HZ]))
            self.witness.wait_until(lambda least=least: self._have_analysed(least))  # type: ignore[misc]

    def _have_analysed(self, windows: int) -> bool:
        reports = [self.supervisor.board.report(name) for name in self.sound]
        return all(report is not None and report.windows >= windows for report in reports)

    def assert_sound(self) -> None:
        """Once the supervisor has ended: nothing is missing, nothing is other than alone, no time is unaccounted."""
        lasted_s = self.clock.monotonic() - self._started_at
        gaps = [gap for gap in self.witness.of(Gap) if gap.station in self.sound]
        assert {gap.cause for gap in gaps} <= {Cause.STOPPING}
        assert not {lost.station for lost in self.witness.of(SourceLost)} & set(self.sound)
        last = {status.station: status for status in self.witness.of(StationStatus)}
        for name in self.sound:
            counters = last[name].counters
            assert self.witness.shown(name) == shown(self.expected[name])
            assert (counters.windows, counters.dropped_windows, counters.faults) == (len(self.expected[name]), 0, 0)
            assert counters.unanalysed_s == pytest.approx(sum(gap.duration_s for gap in gaps if gap.station == name))
            assert counters.analysed_s + counters.unanalysed_s == pytest.approx(lasted_s)


def _programme(index: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(index)
    return np.concatenate([SOUNDS[name](SECONDS / 2, rng) for name in rng.choice(sorted(SOUNDS), 2)])


@pytest.fixture
def bundle(brisk_model_path: Path) -> ModelBundle:
    return load_bundle(brisk_model_path)


def test_sources_that_hang_harm_nobody(bundle: ModelBundle) -> None:
    bad = {
        f"{name}_{'thread' if own_thread else 'fiber'}": BadSource(name, own_thread=own_thread, behave=behave)
        for name, behave in {"hang": hang, "later": hang_later}.items()
        for own_thread in (True, False)
    }
    neighbourhood = Neighbourhood(bundle, bad)
    with running(neighbourhood.supervisor):
        neighbourhood.play()
        for name in bad:
            state = ConnectionState.CONNECTING if name.startswith("hang") else ConnectionState.STALLED
            neighbourhood.witness.wait_until(
                lambda name=name, state=state: connection_state(neighbourhood.supervisor, name) is state  # type: ignore[misc]
            )
    neighbourhood.assert_sound()


def test_sources_that_flood_harm_nobody(bundle: ModelBundle) -> None:
    bad = {
        behave.__name__: BadSource(behave.__name__, own_thread=False, behave=behave)
        for behave in (flood, flood_with_drops, flood_with_titles)
    }
    neighbourhood = Neighbourhood(bundle, bad)
    with running(neighbourhood.supervisor):
        neighbourhood.play()
    neighbourhood.assert_sound()


def test_a_thread_that_floods_harms_nobody(bundle: ModelBundle) -> None:
    neighbourhood = Neighbourhood(bundle, {"bad": BadSource("bad", own_thread=True, behave=flood)})
    with running(neighbourhood.supervisor):
        neighbourhood.play()
    neighbourhood.assert_sound()


ERRORS: dict[str, Callable[[], BaseException]] = {
    "memory": MemoryError,
    "exit": SystemExit,
    "stop": StopIteration,
    "unicode": lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    "os": lambda: OSError(5, "Input/output error"),
    "group": lambda: ExceptionGroup("several", [ValueError("one"), MemoryError()]),
}


def test_sources_that_break_in_mid_stream_harm_nobody(bundle: ModelBundle) -> None:
    bad = {
        f"{name}_{'thread' if own_thread else 'fiber'}": BadSource(name, own_thread=own_thread, behave=behave)
        for name, behave in {**{name: break_with(error) for name, error in ERRORS.items()}, "deep": recurse}.items()
        for own_thread in (True, False)
    }
    neighbourhood = Neighbourhood(bundle, bad)
    with running(neighbourhood.supervisor):
        neighbourhood.play()
        # Again and again, with each session.
        for name in bad:
            neighbourhood.witness.wait(
                StationStatus,
                where=lambda status, name=name: status.station == name and status.counters.faults > 1,  # type: ignore[misc]
            )
    neighbourhood.assert_sound()


def test_servers_that_send_without_end_harm_nobody(bundle: ModelBundle, server: HostileServer) -> None:
    mp3 = sounds.encoded(sounds.MP3, 2.0)
    floods = {
        "audio": hostile.flooding(sounds.encoded(sounds.MP3, 30.0), first=mp3),
        "zeros": hostile.flooding(bytes(65_536), first=mp3),
        "noise": hostile.flooding(NOISE, first=mp3),
        "ogg": hostile.flooding(NOISE, first=sounds.encoded(sounds.OGG_VORBIS, 2.0)),
        "flac": hostile.flooding(NOISE, first=sounds.encoded(sounds.FLAC, 2.0)),
        "nothing": hostile.flooding(NOISE),
        "headers": hostile.endless_headers(),
        "damaged": hostile.garbage_in_the_middle(),
    }
    # What plays must not count as stalled before a busy machine gave it its turn.
    patience = {"audio": PATIENCE_S}
    bad = {
        name: stream(server.on(f"/{name}", behaviour), stall_timeout_s=patience.get(name, 1.0))
        for name, behaviour in floods.items()
    }
    neighbourhood = Neighbourhood(bundle, bad)
    with running(neighbourhood.supervisor):
        neighbourhood.play()
        for name in bad:
            if name != "audio":
                neighbourhood.witness.wait(SourceLost, where=lambda lost, name=name: lost.station == name)  # type: ignore[misc]
        neighbourhood.witness.wait_until(
            lambda: connection_state(neighbourhood.supervisor, "audio") is ConnectionState.STREAMING
        )
    neighbourhood.assert_sound()
