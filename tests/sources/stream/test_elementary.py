from __future__ import annotations

import io
import random

import av
import numpy as np
import pytest

from genred.audio import AudioBlock, SkippedAudio, SourceInfo
from genred.sources.mixer import to_mono
from genred.sources.resample import BlockResampler
from genred.sources.source import Meter
from genred.sources.stream.elementary import ElementaryDecoder
from genred.sources.stream.frame_sync import find_frames
from tests.sources import sounds


def stream(form: tuple[str, ...], seconds: float = 4.0, *, rate_hz: int = 44_100, channels: int = 2) -> bytes:
    data = sounds.encoded(form, seconds, rate_hz=rate_hz, channels=channels)
    found = find_frames(data)
    assert found is not None
    return data[found[0] :]


def decoded(name: str, pieces: list[bytes], meter: Meter | None = None) -> list[object]:
    resampler = BlockResampler()
    decoder = ElementaryDecoder(name, meter or Meter(), resampler)
    items: list[object] = []
    for piece in pieces:
        items += decoder.push(piece)
    return items + list(resampler.flush())


def samples(items: list[object]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.concatenate([item.samples for item in items if isinstance(item, AudioBlock)])


FORMS = pytest.mark.parametrize(("form", "name"), [(sounds.MP3, "mp3"), (sounds.AAC, "aac")])


@FORMS
def test_any_pieces_of_a_stream_give_the_same_samples(form: tuple[str, ...], name: str) -> None:
    data, shuffled = stream(form), random.Random(7)
    cuts = sorted(shuffled.sample(range(1, len(data)), 60))
    pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert np.array_equal(samples(decoded(name, [data])), samples(decoded(name, pieces)))


@FORMS
def test_the_samples_are_those_of_ffmpeg_s_demuxer(form: tuple[str, ...], name: str) -> None:
    data = stream(form, rate_hz=22_050, channels=1)
    with av.open(io.BytesIO(data), "r", format=name) as container:
        frames = [to_mono(frame.to_ndarray(), 1) for frame in container.decode(audio=0)]
    whole, own = np.concatenate(frames), samples(decoded(name, [data]))
    length = min(whole.size, own.size)
    # The parser keeps the last frame until it sees the next; the demuxer may cut the encoder's delay off the first.
    offset = max(0, own.size - whole.size)
    assert abs(own.size - whole.size) <= 3 * 1_152
    assert any(np.allclose(own[shift : shift + 20_000], whole[:20_000], atol=1e-6) for shift in range(offset + 3)) or (
        np.allclose(own[:length], whole[:length], atol=1e-6)
    )


@FORMS
def test_what_is_damaged_is_skipped_and_counted_as_lost(form: tuple[str, ...], name: str) -> None:
    data, meter = bytearray(stream(form)), Meter()
    for start in range(len(data) // 3, len(data) // 3 + 3_000, 7):
        data[start] ^= 0x5A
    items = decoded(name, [bytes(data[start : start + 4_096]) for start in range(0, len(data), 4_096)], meter)
    heard_s = samples(items).size / 22_050
    assert 3.0 < heard_s < 4.2


@FORMS
def test_the_format_is_told_once_and_again_when_it_changes(form: tuple[str, ...], name: str) -> None:
    pieces = [stream(form), stream(form, rate_hz=32_000, channels=1), stream(form, rate_hz=32_000, channels=1)]
    infos = [item for item in decoded(name, pieces) if isinstance(item, SourceInfo)]
    assert [(info.rate_hz, info.channels) for info in infos] == [(44_100, 2), (32_000, 1)]
    assert infos[0].codec == name


@FORMS
def test_skipped_audio_has_its_length_and_is_not_decoded(form: tuple[str, ...], name: str) -> None:
    data, resampler = stream(form), BlockResampler()
    decoder = ElementaryDecoder(name, Meter(), resampler)
    half = len(data) // 2
    decoder.push(data[:half])
    frames = decoder.frames
    skipped_s = sum(item.seconds for item in decoder.skip(data[half:]) if isinstance(item, SkippedAudio))
    assert skipped_s == pytest.approx(2.0, abs=0.15)
    assert decoder.frames == frames
