"""A file has the same estimates, bit for bit, wherever it is analysed: by `genred classify` and by a station."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from genred.analysis.bundle import load_bundle, shipped_models
from genred.audio import AudioBlock
from genred.classification import file as file_module
from genred.classification.file import FileClassifier
from genred.classification.summary import Summary
from genred.config.schema import Config, FileSource, StationConfig
from genred.engine.load import EFFORTS, Load
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor
from genred.sources.file import FilePlayer
from genred.sources.opening import open_source
from tests.sources import sounds
from tests.sources.blocks import recut
from tests.stations.harness import Recorder, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from genred.analysis.estimate import Estimate
    from genred.config.schema import SourceConfig
    from genred.sources.source import Source, SourceItem
    from tests.stations.harness import Shown

FORMS = {"wav": sounds.WAV, "mp3": sounds.MP3, "flac": sounds.FLAC, "ogg": sounds.OGG_VORBIS, "m4a": sounds.M4A}


@pytest.fixture
def classified(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], list[Estimate]]:
    """What `genred classify` sums up of a file."""
    noted: list[Estimate] = []

    class Noting(Summary):
        def add(self, estimate: Estimate) -> None:
            noted.append(estimate)
            super().add(estimate)

    monkeypatch.setattr(file_module, "Summary", Noting)

    def classify(path: Path, model: str) -> list[Estimate]:
        noted.clear()
        FileClassifier(load_bundle(model)).classify(path)
        return list(noted)

    return classify


def published(path: Path, model: str, source: Callable[[SourceConfig], Source] = open_source) -> list[Shown]:
    """What the station of a daemon publishes of a file that it reads as fast as possible."""
    recorder = Recorder()
    stations = {"a": StationConfig(source=FileSource(file=str(path), pace="fast"))}
    config = Config(stations=stations, model=model)
    Supervisor(config, [recorder], Notifier(None), source=source, end_with_stations=True).run()
    return recorder.shown("a")


def write(path: Path, seconds: float = 12.0) -> Path:
    path.write_bytes(sounds.encoded(FORMS[path.suffix[1:]], seconds, rate_hz=44_100, channels=2))
    return path


@pytest.mark.parametrize("model", shipped_models())
@pytest.mark.parametrize("suffix", FORMS)
def test_a_station_publishes_of_a_file_what_classify_sums_up(
    suffix: str, model: str, classified: Callable[[Path, str], list[Estimate]], tmp_path: Path
) -> None:
    path = write(tmp_path / f"sound.{suffix}")
    estimates = classified(path, model)
    assert len(estimates) == 8
    assert published(path, model) == shown(estimates)


@pytest.mark.parametrize("seconds", [0.3, 0.7, 4.9])
def test_a_file_that_is_shorter_than_a_window_is_the_same_too(
    seconds: float, classified: Callable[[Path, str], list[Estimate]], tmp_path: Path, tiny_model_path: Path
) -> None:
    path = write(tmp_path / "short.wav", seconds)
    if seconds < 0.5:
        assert published(path, str(tiny_model_path)) == []
        return
    estimates = classified(path, str(tiny_model_path))
    assert len(estimates) == 1
    assert published(path, str(tiny_model_path)) == shown(estimates)


class Recut(FilePlayer):
    """Gives the samples of a file in blocks of another size.

    Args:
        config: Of the file.
        size: Of each block, in samples.
    """

    def __init__(self, config: FileSource, size: int) -> None:
        super().__init__(config)
        self._size = size

    def session(self) -> Iterator[SourceItem]:
        blocks = [item for item in super().session() if isinstance(item, AudioBlock)]
        yield from recut(blocks, self._size)


@pytest.mark.parametrize("size", [97, 512, 4_410, 22_050, 100_000, 10_000_000])
def test_blocks_of_any_size_make_no_difference(
    size: int, classified: Callable[[Path, str], list[Estimate]], tmp_path: Path
) -> None:
    (model, *_) = shipped_models()
    path = write(tmp_path / "sound.mp3")

    def recut_player(config: SourceConfig) -> Recut:
        assert isinstance(config, FileSource)
        return Recut(config, size)

    assert published(path, model, recut_player) == shown(classified(path, model))


@pytest.mark.parametrize("suffix", FORMS)
def test_a_damaged_file_is_the_same_too(
    suffix: str, classified: Callable[[Path, str], list[Estimate]], tmp_path: Path, tiny_model_path: Path
) -> None:
    path, noise = write(tmp_path / f"sound.{suffix}", 20.0), random.Random(1)
    encoded = bytearray(path.read_bytes())
    for position in range(len(encoded) // 2, len(encoded) // 2 + len(encoded) // 16):
        encoded[position] = noise.randrange(256)
    path.write_bytes(encoded)
    estimates = classified(path, str(tiny_model_path))
    assert estimates
    assert published(path, str(tiny_model_path)) == shown(estimates)


def test_a_file_is_analysed_whole_though_its_worker_has_more_to_do_than_it_can(
    classified: Callable[[Path, str], list[Estimate]],
    tmp_path: Path,
    tiny_model_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Load, "effort", EFFORTS[-1])
    path = write(tmp_path / "sound.wav")
    assert published(path, str(tiny_model_path)) == shown(classified(path, str(tiny_model_path)))
