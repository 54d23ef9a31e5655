"""Blocks of decoded audio are as long as what is of use next, whatever is decoded."""

from __future__ import annotations

import io
from functools import partial

import av
import numpy as np
import pytest

from genred.audio import AudioBlock
from genred.sources import decode
from genred.sources.decode import AudioDecoder
from genred.sources.source import Meter
from tests.sources import sounds


def blocks_of(form: tuple[str, ...]) -> list[AudioBlock]:
    with av.open(io.BytesIO(sounds.encoded(form, 6.0, channels=2)), "r") as container:
        return [item for item in AudioDecoder(container, "it", Meter()).items() if isinstance(item, AudioBlock)]


@pytest.mark.parametrize("form", [sounds.OGG_OPUS, sounds.MPEG_TS_AAC], ids=["Ogg Opus", "MPEG-TS"])
@pytest.mark.parametrize(("due_s", "least_s", "most_s"), [(0.0, 0.15, 0.25), (0.6, 0.6, 0.75), (20.0, 0.95, 1.1)])
def test_a_block_completes_a_window_and_is_the_same_audio(
    form: tuple[str, ...], due_s: float, least_s: float, most_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = blocks_of(form)
    monkeypatch.setattr(decode, "due_s", partial(float, due_s))
    blocks = blocks_of(form)
    # The first is made before anything is known of what is due, and the last is what is left.
    assert all(least_s <= block.seconds <= most_s for block in blocks[1:-2])
    before, after = (np.concatenate([block.samples for block in every]) for every in (short, blocks))
    np.testing.assert_array_equal(after, before)
    assert sum(len(block.frames) for block in blocks) == sum(len(block.frames) for block in short)
