"""A network that reads patches answers for a window by their mean, and reads each patch once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec
import numpy as np
import pytest

from genred.analysis.bundle import load_bundle
from genred.analysis.frontend import LOGMEL, shared_front_end
from genred.analysis.model_card import Patches
from genred.analysis.ring import FrameRing
from genred.analysis.window_network import WindowNetwork
from tests.signals import low_chord, white_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.classifier import Classifier

RNG = np.random.default_rng(5)
AUDIO = np.concatenate([low_chord(5, RNG), white_noise(4, RNG), low_chord(4, RNG)])
PATCHES = Patches(frames=64, hop_frames=43, count=4)
HOP = LOGMEL.hop_samples


class Reader:
    """Answers with the mean of each of some bands, and counts how often it is asked."""

    def __init__(self) -> None:
        self.reads = 0

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        assert features.shape == (PATCHES.frames, LOGMEL.n_mels)
        self.reads += 1
        return np.asarray(features[:, ::12].mean(axis=0), np.float64)

    def calibrated(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        return logits


def network(ring: FrameRing, patches: Patches | None = PATCHES) -> tuple[WindowNetwork, Reader]:
    card, reader = msgspec.structs.replace(load_bundle("student").card, patches=patches), Reader()
    return WindowNetwork(card, cast("Classifier", reader), ring), reader


def answers(step_hops: int, *, forget: bool = False, block: int = 9_000) -> tuple[list[Any], Reader]:
    ring = FrameRing(shared_front_end(LOGMEL), step_hops, edges=False)
    asked, reader = network(ring)
    found = []
    for start in range(0, AUDIO.size, block):
        for window in ring.push(AUDIO[start : start + block]):
            found.append((window.end_samples, asked.log_probabilities(window)))
            if forget:
                asked.clear()
    return found, reader


def test_a_window_is_the_mean_of_its_patches_as_if_each_were_alone() -> None:
    front_end = shared_front_end(LOGMEL)
    found, _ = answers(43)
    assert len(found) == 9
    for end_samples, answer in found:
        # The newest frame that reaches into no padding is centred that many samples before the window's end.
        newest = end_samples // HOP - front_end.tail_frames + 1
        patches = []
        for number in range(PATCHES.count):
            first = newest - number * PATCHES.hop_frames - PATCHES.frames
            samples = AUDIO[first * HOP - front_end.padding_samples :]
            patches.append(front_end.features(front_end.frame_levels(samples, PATCHES.frames))[:, ::12].mean(axis=0))
        assert answer == pytest.approx(np.mean(patches, axis=0), abs=1e-4)


def test_each_patch_is_read_once_and_to_read_it_anew_changes_not_one_bit() -> None:
    kept, once = answers(43)
    anew, every_time = answers(43, forget=True)
    assert once.reads == len(kept) + PATCHES.count - 1
    assert every_time.reads == len(kept) * PATCHES.count
    assert all(np.array_equal(one, other) for (_, one), (_, other) in zip(kept, anew, strict=True))


def test_steps_that_are_no_hop_of_patches_read_all_of_a_window() -> None:
    found, reader = answers(30)
    assert reader.reads == len(found) * PATCHES.count


def test_blocks_of_any_size_give_the_same_bits() -> None:
    found, _ = answers(43)
    others, _ = answers(43, block=701)
    assert all(np.array_equal(one, other) for (_, one), (_, other) in zip(found, others, strict=True))
