"""What a broadcaster is warned of, from the file to the event: by a station, and by `genred classify`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.analysis.bundle import load_bundle
from genred.analysis.estimate import State
from genred.classification.file import FileClassifier
from genred.config.schema import Config, FileSource, StationConfig
from genred.events import ClippingStarted, SignalFaultEnded, SignalFaultStarted, StationReport, StationStatus
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor
from tests.cli.wav import write_wav
from tests.stations.harness import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 16_000
SECONDS = 24


def music(seconds: float = SECONDS, seed: int = 1) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    beat = 0.6 + 0.4 * np.sin(2 * np.pi * 1.7 * t)
    tones = sum(np.sin(2 * np.pi * hz * t + phase) / 5 for phase, hz in enumerate((55, 220, 277, 330, 1_310)))
    return np.asarray(0.6 * beat * tones + 0.01 * rng.standard_normal(t.size), np.float32)


M = music()
ZERO = np.zeros_like(M)
HISS = (1e-2 * np.random.default_rng(4).standard_normal(M.size)).astype(np.float32)
HALF = np.where(np.arange(M.size) < M.size // 2, np.float32(1), np.float32(-1))
C = np.float32


@dataclass(frozen=True, slots=True)
class Situation:
    """Channels, and what is to be said of them."""

    channels: tuple[NDArray[np.float32], ...]
    faults: dict[str, int]
    silent: bool = False
    clips: bool = False


SITUATIONS = {
    "mono": Situation((M,), {}),
    "in phase": Situation((M, M), {}),
    "right inverted": Situation((M, -M), {"inverted_channel": 1}),
    "right inverted at half level": Situation((M, C(-0.5) * M), {"inverted_channel": 1}),
    "left inverted at half level": Situation((C(-0.5) * M, M), {"inverted_channel": 2}),
    "right inverted for half of the time": Situation((M, HALF * M), {"inverted_channel": 1}),
    "left only": Situation((M, ZERO), {"dead_channel": 2}),
    "right only": Situation((ZERO, M), {"dead_channel": 1}),
    "20 dB": Situation((M, C(0.1) * M), {"imbalance": 2}),
    "6 dB": Situation((M, C(0.5) * M), {}),
    "DC on one channel": Situation((M, M + C(0.2)), {"dc_offset": 2}),
    "DC on both": Situation((M - C(0.3), M - C(0.1)), {"dc_offset": 1}),
    "DC on mono": Situation((M + C(0.1),), {"dc_offset": 1}),
    "silence": Situation((ZERO, ZERO), {}, silent=True),
    "silence with DC": Situation((ZERO + C(0.3), ZERO + C(0.3)), {"dc_offset": 1}, silent=True),
    "silence with DC of both signs": Situation((ZERO + C(0.3), ZERO - C(0.3)), {"dc_offset": 1}, silent=True),
    "silence with DC, mono": Situation((ZERO - C(0.5),), {"dc_offset": 1}, silent=True),
    "quiet noise": Situation((C(0.3) * HISS, C(0.3) * np.roll(HISS, 999)), {}),
    "noise under the gate": Situation((C(0.03) * HISS, C(-0.03) * HISS), {}, silent=True),
    "overdriven": Situation((np.clip(8 * M, -1, 1),), {}, clips=True),
    "left overdriven": Situation((np.clip(8 * M, -1, 1), ZERO), {"dead_channel": 2}, clips=True),
    "right overdriven": Situation((M, np.clip(8 * M, -1, 1)), {"imbalance": 1}, clips=True),
    "5.1": Situation((M, M, C(0.7) * M, ZERO, ZERO, ZERO), {}),
    "5.1, front right dead": Situation((M, ZERO, M, ZERO, C(0.3) * M, C(0.3) * M), {"dead_channel": 2}),
    "5.1, one overdriven": Situation((M, M, np.clip(8 * M, -1, 1), ZERO, ZERO, ZERO), {}, clips=True),
}


@pytest.fixture
def play(tmp_path: Path, tiny_model_path: Path) -> Callable[[Situation], Recorder]:
    def run(situation: Situation) -> Recorder:
        recorder = Recorder()
        source = FileSource(file=str(write(tmp_path, situation)), pace="fast")
        config = Config(stations={"a": StationConfig(source=source)}, model=str(tiny_model_path))
        Supervisor(config, [recorder], Notifier(None), end_with_stations=True).run()
        return recorder

    return run


def write(folder: Path, situation: Situation) -> Path:
    return write_wav(folder / "sound.wav", np.stack(situation.channels), RATE_HZ)


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_situation_is_published_as_what_it_is(name: str, play: Callable[[Situation], Recorder]) -> None:
    situation = SITUATIONS[name]
    recorder = play(situation)
    started = recorder.of(SignalFaultStarted)
    assert {event.fault.value: event.channel for event in started} == situation.faults
    assert [event.fault for event in recorder.of(SignalFaultEnded)] == [event.fault for event in started]
    assert (ClippingStarted in map(type, recorder.events)) == situation.clips
    reports = [report for report in recorder.of(StationReport) if report.level is not None]
    assert (reports[-1].state is State.SILENCE) == situation.silent
    faults = {fault.value for status in recorder.of(StationStatus) for fault in status.signal_faults}
    assert faults <= set(situation.faults)
    assert recorder.last_status.signal_faults == ()


@pytest.mark.parametrize("name", SITUATIONS)
def test_classify_says_the_same_of_a_file(name: str, tmp_path: Path, tiny_model_path: Path) -> None:
    situation = SITUATIONS[name]
    result = FileClassifier(load_bundle(tiny_model_path)).classify(write(tmp_path, situation))
    assert {span.fault: span.channel for span in result.signal_faults} == situation.faults
    for span in result.signal_faults:
        begins_s = SECONDS / 2 if "half of the time" in name else 0.0
        assert begins_s - 0.1 <= span.start_s <= begins_s + 2.0
        assert span.end_s == pytest.approx(SECONDS, abs=1.5)


ALIKE = ["right inverted", "right inverted at half level", "left only", "DC on one channel", "DC on mono"]


@pytest.mark.parametrize("name", ALIKE)
def test_a_fault_does_not_change_what_the_music_is(name: str, tmp_path: Path) -> None:
    classifier = FileClassifier(load_bundle("default"))
    sound = classifier.classify(write(tmp_path, SITUATIONS["in phase"]))
    faulty = classifier.classify(write(tmp_path, SITUATIONS[name]))
    assert faulty.word == sound.word
