"""Recordings that follow each other are one: as if nobody had ever cut them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.archive.material import NOON, STEP_SAMPLES, archive, logged, programme, write_recording

if TYPE_CHECKING:
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle

PROGRAMME = programme(
    ("jazz", 70), ("metal", 50), ("silence", 40), ("speech", 60), ("jazz", 30), ("metal", 45), ("jazz", 45)
)


@pytest.mark.parametrize("cuts", [(120,), (60, 200), (40, 80, 125, 160, 280), (130, 140)])
def test_a_cut_programme_is_logged_as_the_whole_one(
    cuts: tuple[int, ...], tmp_path: Path, tiny_bundle: ModelBundle
) -> None:
    write_recording(tmp_path / "whole", PROGRAMME)
    edges = [0, *(cut * STEP_SAMPLES for cut in cuts), PROGRAMME.size]
    for start, end in pairwise(edges):
        at = NOON + timedelta(seconds=start / 22_050)
        write_recording(tmp_path / "cut", PROGRAMME[start:end], at)
    archive([tmp_path / "whole"], tmp_path / "a", tiny_bundle)
    archive([tmp_path / "cut"], tmp_path / "b", tiny_bundle)
    whole, cut = logged(tmp_path / "a"), logged(tmp_path / "b")
    assert len(whole) > 5
    assert len(cut) == len(whole)
    for one, other in zip(cut, whole, strict=True):
        assert same(one, other), (one, other)


def same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Lengths are known to a millisecond; levels are of frames that are counted from each file's beginning."""
    return all(
        abs(a - b) <= (5_000 if a > 10**12 else 0.05 if a < 0 else 5e-3)
        if isinstance(a, int | float) and isinstance(b, int | float)
        else a == b
        for a, b in zip(one, other, strict=True)
    )


def test_a_copy_that_nothing_follows_ends_where_it_ends(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    clip = programme(("jazz", 20))
    seconds = timedelta(seconds=clip.size / 22_050)
    for at in (NOON, NOON + seconds, NOON + timedelta(hours=1)):
        write_recording(tmp_path / "in", clip, at)
    archive([tmp_path / "in"], tmp_path / "out", tiny_bundle)
    jazz = [row for row in logged(tmp_path / "out") if "jazz" in row]
    # 21 windows begin within the first recording, and 16 begin and end within any.
    assert [row[-2] for row in jazz] == [21 + 16, 16]
