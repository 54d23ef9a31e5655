"""What a machine that is too slow passes over in containers: told in halves of seconds, and whole."""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING

import av
import pytest

from genred.audio import AudioBlock, SkippedAudio
from genred.errors import SourceError
from genred.sources.av_file import AvFile
from genred.sources.decode import AudioDecoder
from genred.sources.source import Meter
from genred.sources.stream.containers import OPEN_OPTIONS
from tests.sources import sounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.sources.source import SourceItem

CONTAINERS = {"Ogg Opus": sounds.OGG_OPUS, "FLAC": sounds.FLAC, "AAC in MPEG-TS": sounds.MPEG_TS_AAC}


def decoded(form: tuple[str, ...], skips: Callable[[], bool], seconds: float = 10.0) -> list[SourceItem]:
    file = io.BytesIO(sounds.encoded(form, seconds))
    with av.open(file, "r", options=dict(OPEN_OPTIONS)) as container:
        return list(AudioDecoder(container, "it", Meter()).items(skips=skips))


@pytest.mark.parametrize("form", CONTAINERS.values(), ids=CONTAINERS)
def test_what_is_passed_over_is_told_in_halves_of_seconds_and_is_all_there(form: tuple[str, ...]) -> None:
    items = decoded(form, lambda: True)
    skipped = [item.seconds for item in items if isinstance(item, SkippedAudio)]
    played_s = sum(item.seconds for item in items if isinstance(item, AudioBlock))
    assert played_s + sum(skipped) == pytest.approx(10.0, abs=0.15)
    # The first packet is decoded, for what it is.
    assert played_s < 0.3
    assert len(skipped) <= 21
    assert min(skipped[:-1]) >= 0.5


def test_it_is_asked_a_few_times_a_second_and_the_answer_counts_at_once() -> None:
    answers = itertools.cycle([True, False, False])
    asked: list[bool] = []

    def skips() -> bool:
        asked.append(next(answers))
        return asked[-1]

    items = decoded(sounds.OGG_OPUS, skips)
    seconds = sum(item.seconds for item in items if isinstance(item, AudioBlock | SkippedAudio))
    assert seconds == pytest.approx(10.0, abs=0.15)
    assert len(asked) < 50
    skipped = [item for item in items if isinstance(item, SkippedAudio)]
    assert len(skipped) == asked.count(True)


def test_what_was_passed_over_before_the_audio_broke_off_is_told() -> None:
    data = sounds.encoded(sounds.OGG_OPUS, 10.0)
    rest = io.BytesIO(data[: len(data) // 2])

    def read(size: int) -> bytes:
        found = rest.read(size)
        if not found:
            raise SourceError("it: broke off")
        return found

    told: list[SourceItem] = []
    with av.open(AvFile(read), "r", options=dict(OPEN_OPTIONS)) as container:
        items = AudioDecoder(container, "it", Meter()).items(skips=lambda: True)
        with pytest.raises(SourceError, match="broke off"):
            told.extend(items)
    assert isinstance(told[-1], SkippedAudio)
    assert told[-1].seconds < 0.5
    assert sum(item.seconds for item in told if isinstance(item, SkippedAudio)) == pytest.approx(5.0, abs=1.1)


def test_without_a_question_nothing_is_passed_over() -> None:
    file = io.BytesIO(sounds.encoded(sounds.OGG_OPUS, 2.0))
    with av.open(file, "r") as container:
        items = list(AudioDecoder(container, "it", Meter()).items())
    assert not any(isinstance(item, SkippedAudio) for item in items)
