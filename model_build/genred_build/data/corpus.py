"""The student's training material: mel levels of whole files.

Levels are those of the daemon's front end before it limits and centres them, so that crops of any start, speed
and mixture can be cut from them, and whatever adds power (noise, rooms, talkers) can be added band by band.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.frontend import LOGMEL, shared_front_end
from genred_build.data.audio import read_recording
from genred_build.data.corpus_files import CorpusFile, group_files
from genred_build.data.digests import digest_if_readable
from genred_build.errors import BuildError
from genred_build.npz import DAMAGED, write_npz

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.model_card import Patches


_DIGESTS = "digests"

_LONGEST_S = 180.0
"""Of a file: one long piece is not worth as much as many."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """All files and their levels.

    Attributes:
        levels: (frames of all files, 96) float16, dB before `top_db`.
        starts: (files + 1,) int64: file i has the frames `starts[i]` to `starts[i + 1]`.
        pcm_md5: Of each file's decoded samples: equal ones are the same audio.
    """

    files: tuple[CorpusFile, ...]
    levels: NDArray[np.float16]
    starts: NDArray[np.int64]
    pcm_md5: tuple[str, ...]

    def of(self, index: int) -> NDArray[np.float16]:
        """(frames, 96) levels of one file."""
        return self.levels[self.starts[index] : self.starts[index + 1]]

    def groups(self) -> NDArray[np.int64]:
        """(files,) group numbers, as `group_files` gives them."""
        return group_files(self.files, self.pcm_md5)


def read_corpus(files: tuple[CorpusFile, ...], cache: Path) -> Corpus:
    """Gives the corpus of these files, its levels from the cache once they were computed of the same bytes."""
    names = np.array([file.name for file in files])
    bytes_of = np.array([digest_if_readable(file.path) for file in files])
    with suppress(*DAMAGED), np.load(cache) as stored:
        # A version before stored no digests.
        same = _DIGESTS not in stored or np.array_equal(stored[_DIGESTS], bytes_of)
        if same and np.array_equal(stored["names"], names):
            return Corpus(files, stored["levels"], stored["starts"], tuple(stored["pcm_md5"].tolist()))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        read = list(pool.map(_read_levels, files, chunksize=8))
    starts = np.cumsum([0, *(len(levels) for levels, _ in read)])
    levels = np.concatenate([levels for levels, _ in read])
    digests = [digest for _, digest in read]
    cache.parent.mkdir(parents=True, exist_ok=True)
    arrays = {"names": names, _DIGESTS: bytes_of, "levels": levels, "starts": starts, "pcm_md5": np.array(digests)}
    write_npz(cache, arrays)
    return Corpus(files, levels, starts, tuple(digests))


def joined(first: Corpus, second: Corpus) -> Corpus:
    """Gives one corpus of two."""
    return Corpus(
        first.files + second.files,
        np.concatenate([first.levels, second.levels]),
        np.concatenate([first.starts, second.starts[1:] + first.starts[-1]]),
        first.pcm_md5 + second.pcm_md5,
    )


def file_levels(samples: NDArray[np.float32]) -> NDArray[np.float16]:
    """Gives all frames of a recording, centred and padded as one long window would be: (frames, 96) dB."""
    half = LOGMEL.n_fft // 2
    count = 1 + samples.size // LOGMEL.hop_samples
    return shared_front_end(LOGMEL).frame_levels(np.pad(samples, half), count).astype(np.float16)


def evaluation_windows(levels: NDArray[np.float16], step_frames: int = 215) -> Iterator[NDArray[np.float32]]:
    """Gives the features of a file's windows; a file shorter than one is repeated to fill it."""
    frames, levels = LOGMEL.frames, filled(levels)
    front_end = shared_front_end(LOGMEL)
    for start in range(0, len(levels) - frames + 1, step_frames):
        window = levels[start : start + frames].astype(np.float32)
        yield front_end.features(with_window_edges(window))


def evaluation_patches(levels: NDArray[np.float16], patches: Patches) -> Iterator[NDArray[np.float32]]:
    """Gives the features of a file's patches, one after the other with their hop between their ends."""
    front_end, levels = shared_front_end(LOGMEL), filled(levels)
    for end in range(patches.frames, len(levels) + 1, patches.hop_frames):
        yield front_end.features(levels[end - patches.frames : end].astype(np.float32))


def filled(levels: NDArray[np.float16]) -> NDArray[np.float16]:
    """Repeats a file that is shorter than a window, to fill one."""
    if len(levels) >= LOGMEL.frames:
        return levels
    return np.tile(levels, (LOGMEL.frames // max(1, len(levels)) + 1, 1))[: LOGMEL.frames]


def with_window_edges(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Makes frames out of the middle of a file look like a window's: its first and last are half padding."""
    edged = levels.copy()
    # Half of a Hann window's energy; of the second frame and the last but one only a hundredth is missing.
    edged[[0, -1]] += np.float32(10 * np.log10(0.5))
    return edged


def _read_levels(file: CorpusFile) -> tuple[NDArray[np.float16], str]:
    try:
        recording = read_recording(file.path)
    except BuildError:
        # Among thousands of pieces some cannot be read; a clip with a genre must be.
        if file.label >= 0:
            raise
        return np.zeros((0, LOGMEL.n_mels), np.float16), ""
    return file_levels(recording.samples[: round(_LONGEST_S * LOGMEL.sample_rate_hz)]), recording.pcm_md5
