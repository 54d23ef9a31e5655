"""What a finished network hears in whole files, clean and degraded: computed once, a file at a time, and kept.

Everything that is fitted or judged behind the network's last layer costs seconds afterwards.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from genred_build.data.audio import read_recording
from genred_build.data.corpus import file_levels
from genred_build.data.corpus_files import COLLECTIONS
from genred_build.data.digests import DIGEST, digest_if_readable, is_kept
from genred_build.errors import BuildError
from genred_build.evaluation.assess import CONDITIONS
from genred_build.export.last_layer import hearing_digest, hearing_network
from genred_build.export.tflite import LiteRtNetwork
from genred_build.export.window_answers import answers_for_levels
from genred_build.npz import DAMAGED, write_npz
from genred_build.threads import one_blas_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.model_card import Patches
    from genred_build.data.corpus_files import CorpusFile

CLEAN = "clean"
VIEWS = (CLEAN, "noise", "passage")
"""As it is; in steady noise; and after a room, a telephone or a codec."""

_NOISE = ("pink noise at 10 dB", "pink noise at 0 dB")
_PASSAGE = ("room (RT60 0.5 s)", "telephone band", "MP3 at 32 kbit/s")
CLEAN_STEP_FRAMES = 43
_DEGRADED_STEP_FRAMES = 172
"""A second, and four: degraded views are there to be borne in mind, not to be learned by heart."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One file under one view.

    Attributes:
        condition: One of `CONDITIONS`.
        windows: (windows, hearing).
    """

    file: CorpusFile
    view: str
    condition: str
    windows: NDArray[np.float32]


def condition_of(name: str, view: str) -> str:
    """Gives the condition that a file is heard under; for a view, files take turns by their names."""
    turn = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    choices = {CLEAN: (CLEAN,), "noise": _NOISE, "passage": _PASSAGE}[view]
    return choices[turn % len(choices)]


def hear_files(
    tflite: bytes,
    files: Sequence[CorpusFile],
    folder: Path,
    *,
    patches: Patches | None = None,
    views: Sequence[str] = VIEWS,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Heard]:
    """Gives what a network hears in files; what the folder has of the same bytes is not computed again.

    Args:
        tflite: A network that ends in a dense layer.
        files: Recordings in rooms are heard as they are alone, and so is the read speech of collections, which is much
            alike.
        folder: The cache; networks do not get into each other's way in it.
        patches: What the network reads at once, as its card says.
        views: Of `VIEWS`.
        workers: Processes (default: one a core).
        progress: Called with views done and in all.

    Raises:
        BuildError: A file with a label cannot be read.
    """
    own = folder / (hearing_digest(tflite)[:16] + ("" if patches is None else f"-{patches.frames}x{patches.count}"))
    own.mkdir(parents=True, exist_ok=True)
    wanted = [(file, view) for file in files for view in views if view == CLEAN or not _only_clean(file)]
    missing: dict[str, list[str]] = {}
    digests = {file.name: digest_if_readable(file.path) for file in files}
    for file, view in wanted:
        if not is_kept(_place(own, file.name, view), digests[file.name]):
            missing.setdefault(file.name, []).append(view)
    jobs = [(file, digests[file.name], tuple(missing[file.name]), own) for file in files if file.name in missing]
    done = len(wanted) - sum(len(views) for _, _, views, _ in jobs)
    if jobs:
        with ProcessPoolExecutor(
            workers, get_context("spawn"), _start_worker, (hearing_network(tflite), patches)
        ) as pool:
            for count in pool.map(_hear_file, jobs, chunksize=2):
                done += count
                if progress:
                    progress(done, len(wanted))
    return [_read(own, file, view) for file, view in wanted]


def _only_clean(file: CorpusFile) -> bool:
    return file.room or file.artist in COLLECTIONS


def _place(folder: Path, name: str, view: str) -> Path:
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.{view}.npz"


def _read(folder: Path, file: CorpusFile, view: str) -> Heard:
    path = _place(folder, file.name, view)
    try:
        with np.load(path) as stored:
            return Heard(file, view, condition_of(file.name, view), stored["windows"].astype(np.float32))
    except DAMAGED as error:
        raise BuildError(f"{path}: cannot be read ({error}); delete it and rerun the command") from error


_worker: list[tuple[LiteRtNetwork, Patches | None]] = []


def _start_worker(network: bytes, patches: Patches | None) -> None:
    one_blas_thread()
    _worker[:] = [(LiteRtNetwork(network), patches)]


def _hear_file(job: tuple[CorpusFile, str, tuple[str, ...], Path]) -> int:
    file, digest, views, folder = job
    ((network, patches),) = _worker
    try:
        samples = read_recording(file.path).samples
    except BuildError:
        if file.label >= 0:
            raise
        samples = np.zeros(0, np.float32)
    for view in views:
        windows: NDArray[np.floating] = np.zeros((0, 0), np.float32)
        if samples.size:
            degradation = CONDITIONS[condition_of(file.name, view)]
            seed = int(hashlib.sha256(file.name.encode()).hexdigest()[8:16], 16)
            played = degradation(samples, np.random.default_rng(seed)) if degradation else samples
            step = CLEAN_STEP_FRAMES if view == CLEAN else _DEGRADED_STEP_FRAMES
            windows = answers_for_levels(network, file_levels(played), step, patches)
        arrays = {"windows": windows.astype(np.float16), DIGEST: np.array(digest)}
        write_npz(_place(folder, file.name, view), arrays, compress=False)
    return len(views)
