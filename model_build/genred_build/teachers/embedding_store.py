"""A teacher's embeddings, computed once and kept: a small file for each recording and pass.

Each pass hears every recording once more, in one window of each stretch of some seconds, at a random place of it: the
first gives something of everything soon, each further one more offsets. A run that was killed goes on with the next
recording; several may work on one folder.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from genred.audio import SAMPLE_RATE_HZ as RATE_HZ
from genred_build.data.audio import read_recording
from genred_build.data.digests import DIGEST, digest_if_readable, is_kept
from genred_build.data.targets import Embeddings, read_embeddings
from genred_build.errors import BuildError
from genred_build.npz import DAMAGED, write_npz
from genred_build.teachers.musicnn import (
    EMBEDDING,
    FRAMES_A_SECOND,
    PATCH_FRAMES,
    musicnn_levels,
    principal_components,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.data.corpus_files import CorpusFile

STRETCH_S = 9.0
"""Of which each pass hears one window."""

_LONGEST_S = 180.0
_PLACE = "*.npz"


def embed_pass(
    files: Sequence[CorpusFile],
    network: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    folder: Path,
    number: int,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Hears all files once.

    Args:
        files: In any order; recordings without a label that cannot be read are passed over.
        network: A teacher, as `Musicnn`.
        folder: The store.
        number: Of the pass; what is there of it is not computed again.
        progress: Called with files done and in all.

    Raises:
        BuildError: A file with a label cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # In an order of their own, so that a run that was broken off knows something of every kind.
    for done, file in enumerate(sorted(files, key=lambda each: _digest(each.name)), 1):
        place = folder / f"{_digest(file.name)}.{number}.npz"
        digest = digest_if_readable(file.path)
        if not is_kept(place, digest):
            try:
                levels = musicnn_levels(read_recording(file.path).samples[: round(_LONGEST_S * RATE_HZ)], RATE_HZ)
            except BuildError:
                if file.label >= 0:
                    raise
                continue
            starts = window_starts(len(levels), file.name, number)
            levels = _filled(levels)
            heard = network(np.stack([levels[start : start + PATCH_FRAMES] for start in starts]))
            at = (np.array(starts) + PATCH_FRAMES / 2) / FRAMES_A_SECOND
            arrays = {
                "name": np.array(file.name),
                DIGEST: np.array(digest),
                "at": at.astype(np.float32),
                "embedding": heard.astype(np.float16),
            }
            write_npz(place, arrays, compress=False)
        if progress:
            progress(done, len(files))


def window_starts(frames: int, name: str, number: int) -> list[int]:
    """Gives the first frames of a recording's windows in one pass."""
    last = max(0, frames - PATCH_FRAMES)
    stretch = round(STRETCH_S * FRAMES_A_SECOND)
    rng = np.random.default_rng([number, int(_digest(name)[:8], 16)])
    return sorted({min(last, start + int(rng.integers(0, stretch))) for start in range(0, last + 1, stretch)})


def read_store(folder: Path, components: int | None = None) -> Embeddings:
    """Gives all that is in a store.

    Args:
        folder: As `embed_pass` fills it.
        components: How many leading principal components; the embeddings as they are without.

    Raises:
        BuildError: It is empty, or something in it cannot be read.
    """
    by_name: dict[str, list[tuple[NDArray[np.float32], NDArray[np.float32]]]] = {}
    for path in sorted(folder.glob(_PLACE)):
        try:
            with np.load(path) as stored:
                parts = stored["at"].astype(np.float32), stored["embedding"].astype(np.float32)
                by_name.setdefault(str(stored["name"]), []).append(parts)
        except DAMAGED as error:
            raise BuildError(f"{path}: no embeddings that can be read ({error})") from error
    if not by_name:
        raise BuildError(f"{folder}: no embeddings in it; run `genred-build student embed` first")
    names = list(by_name)
    at = [np.concatenate([seconds for seconds, _ in by_name[name]]) for name in names]
    values = np.concatenate([np.concatenate([heard for _, heard in by_name[name]]) for name in names])
    if components:
        values = principal_components(values, min(components, values.shape[1]))
    ends = np.cumsum([len(each) for each in at])
    found = {}
    for name, seconds, end in zip(names, at, ends, strict=True):
        # A short recording is heard at one and the same place in every pass.
        each, order = np.unique(seconds, return_index=True)
        found[name] = each, values[end - len(seconds) : end][order]
    return Embeddings(found, values.shape[1])


def open_embeddings(path: Path) -> Embeddings:
    """Reads a store, or one npz of embeddings as `read_embeddings` does."""
    return read_store(path, EMBEDDING) if path.is_dir() else read_embeddings(path)


def _digest(name: str) -> str:
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


def _filled(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    if len(levels) >= PATCH_FRAMES:
        return levels
    return np.tile(levels, (PATCH_FRAMES // max(1, len(levels)) + 1, 1))
