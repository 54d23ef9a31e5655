"""The process that classifies an upload: in time, and only while somebody waits."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.audio import SAMPLE_RATE_HZ
from genred.classification.summary import Classification
from genred.errors import SourceError
from genred.web.classify.job import Visits, classify_upload
from genred.web.classify.job_process import MEL_SPECTROGRAM, WAVEFORM, JobProgress
from tests.cli.wav import write_wav

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def long_song(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "song.wav", np.random.default_rng(1).standard_normal(900 * SAMPLE_RATE_HZ) / 8)


def test_a_song_is_told_of_while_it_is_classified(long_song: Path, tmp_path: Path) -> None:
    async def run() -> list[JobProgress | Classification]:
        return [each async for each in classify_upload(long_song, "original", tmp_path, visits=Visits())]

    *told, result = asyncio.run(run())
    assert isinstance(result, Classification)
    assert result.path == "song.wav"
    positions = [each.done_s for each in told if isinstance(each, JobProgress)]
    assert positions
    assert positions == sorted(positions)
    for name in (WAVEFORM, MEL_SPECTROGRAM):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_what_takes_too_long_is_given_up(long_song: Path, tmp_path: Path) -> None:
    async def run() -> None:
        async for _ in classify_upload(long_song, "original", tmp_path, visits=Visits(), within_s=0.0):
            pass

    with pytest.raises(SourceError, match=r"^song\.wav: took more than"):
        asyncio.run(run())


def test_who_leaves_is_worked_for_no_more(long_song: Path, tmp_path: Path) -> None:
    visits = Visits()

    async def run() -> None:
        async with aclosing(classify_upload(long_song, "original", tmp_path, visits=visits, visit="one")) as told:
            await anext(told)
            visits.end("another")
            visits.end("one")
            async for _ in told:
                pass

    with pytest.raises(SourceError, match="the visitor has left"):
        asyncio.run(run())
    visits.end("one")
