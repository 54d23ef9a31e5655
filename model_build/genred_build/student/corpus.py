"""The student's training material: mel levels of whole files, their labels, teachers' soft labels and sides.

Levels are those of the daemon's front end before it limits and centres them, so that views of any start, speed
and mixture can be cut from them, and whatever adds power (noise, rooms, talkers) can be added band by band.
"""

from __future__ import annotations

import csv
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.frontend import LOGMEL, shared_front_end
from genred_build.audio import read_recording
from genred_build.errors import BuildError
from genred_build.npz import write_npz
from genred_build.student.weights import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

WINDOW_S = LOGMEL.window_samples / LOGMEL.sample_rate_hz
"""Seconds that one soft label stands for; soft labels of a file follow each other without overlap."""

COLLECTIONS = frozenset({"LibriSpeech"})
"""Named as artist in the manifest, but no single voice."""


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file.

    Attributes:
        name: `label/file` as in the manifest; recordings in rooms have their own file name.
        label: Index into `LABELS`.
        artist: Empty when unknown.
        clip_id: Of the song or clip: excerpts of one song, and recordings of it in a room, share it.
        room: Whether it was recorded through a loudspeaker.
        start_s: For a recording in a room, where in its clip it starts.
    """

    name: str
    path: Path
    label: int
    artist: str
    clip_id: str
    room: bool
    start_s: float = 0.0


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

    def sides(self) -> NDArray[np.int64]:
        """(files,) group numbers: what shares an artist, a song, a clip or its very samples stays on one side."""
        parent = list(range(len(self.files)))

        def root(index: int) -> int:
            while parent[index] != index:
                index = parent[index]
            return index

        first: dict[tuple[str, str], int] = {}
        for index, (file, digest) in enumerate(zip(self.files, self.pcm_md5, strict=True)):
            keys = [("clip", file.clip_id), ("pcm", digest)]
            keys += [("artist", file.artist.casefold())] if file.artist and file.artist not in COLLECTIONS else []
            for key in keys:
                parent[root(index)] = root(first.setdefault(key, index))
        return np.array([root(index) for index in range(len(parent))], np.int64)


def list_corpus(root: Path) -> tuple[CorpusFile, ...]:
    """Lists `manifest.csv`'s files under `gtzan/` and `more/`, and the recordings of them under `noisy/`.

    Raises:
        BuildError: There is no manifest, or a file that it names is missing.
    """
    manifest = root / "manifest.csv"
    if not manifest.is_file():
        raise BuildError(f"{root}: no manifest.csv; the student's corpus needs columns file, genre, source, id, artist")
    files: list[CorpusFile] = []
    with manifest.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            path = root / ("gtzan" if row["source"] == "GTZAN" else "more") / row["file"]
            if not path.is_file():
                raise BuildError(f"{manifest}: names {row['file']}, which is not there")
            files.append(
                CorpusFile(row["file"], path, LABELS.index(row["genre"]), row["artist"], row["id"], room=False)
            )
    artists = {file.clip_id: file.artist for file in files}
    for path in sorted((root / "noisy").rglob("*.opus")):
        # As in classical.00000-snippet-10-20: ten seconds of that clip from second 20.
        clip_id, _, place = path.stem.partition("-snippet-")
        name = f"{path.parent.name}/{path.name}"
        start_s = float(place.rpartition("-")[2])
        label = LABELS.index(path.parent.name)
        files.append(CorpusFile(name, path, label, artists.get(clip_id, ""), clip_id, room=True, start_s=start_s))
    return tuple(files)


def read_corpus(root: Path, cache: Path) -> Corpus:
    """Gives the corpus under a folder, its levels from the cache once they were computed."""
    files = list_corpus(root)
    names = np.array([file.path.relative_to(root).as_posix() for file in files])
    if cache.is_file():
        with np.load(cache) as stored:
            if np.array_equal(stored["names"], names):
                return Corpus(files, stored["levels"], stored["starts"], tuple(stored["pcm_md5"].tolist()))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        read = list(pool.map(_read_levels, [file.path for file in files], chunksize=8))
    starts = np.cumsum([0, *(len(levels) for levels, _ in read)])
    levels = np.concatenate([levels for levels, _ in read])
    digests = [digest for _, digest in read]
    cache.parent.mkdir(parents=True, exist_ok=True)
    write_npz(cache, {"names": names, "levels": levels, "starts": starts, "pcm_md5": np.array(digests)})
    return Corpus(files, levels, starts, tuple(digests))


def file_levels(samples: NDArray[np.float32]) -> NDArray[np.float16]:
    """Gives all frames of a recording, centred and padded as one long window would be: (frames, 96) dB."""
    half = LOGMEL.n_fft // 2
    count = 1 + samples.size // LOGMEL.hop_samples
    return shared_front_end(LOGMEL).frame_levels(np.pad(samples, half), count).astype(np.float16)


@dataclass(frozen=True, slots=True)
class SoftLabels:
    """What the teachers say.

    Attributes:
        by_name: For each file's name, (windows, 11) probabilities, speech 0; windows of five seconds in a row.
        held_out: Names of the artist-safe validation slice.
    """

    by_name: dict[str, NDArray[np.float32]]
    held_out: frozenset[str]


def read_soft_labels(path: Path, teacher: str = "ensemble") -> SoftLabels:
    """Reads precomputed soft labels: `names`, `own`, `val` and the teacher's log-probabilities over the ten genres.

    Raises:
        BuildError: The file is missing, or has no such teacher.
    """
    try:
        with np.load(path) as stored:
            names, own, held_out = stored["names"].tolist(), stored["own"], stored["val"]
            probabilities = np.exp(stored[teacher]).astype(np.float32)
    except (OSError, KeyError, ValueError) as error:
        raise BuildError(f"{path}: no soft labels of {teacher!r} that can be read ({error})") from error
    padded = np.pad(probabilities / probabilities.sum(axis=1, keepdims=True), ((0, 0), (0, 1)))
    return SoftLabels(
        {name: padded[own == index] for index, name in enumerate(names)},
        frozenset(name for name, held in zip(names, held_out, strict=True) if held),
    )


def evaluation_windows(levels: NDArray[np.float16], step_frames: int = 215) -> Iterator[NDArray[np.float32]]:
    """Gives the features of a file's windows; a file shorter than one is repeated to fill it."""
    frames = LOGMEL.frames
    if len(levels) < frames:
        levels = np.tile(levels, (frames // max(1, len(levels)) + 1, 1))[:frames]
    front_end = shared_front_end(LOGMEL)
    for start in range(0, len(levels) - frames + 1, step_frames):
        window = levels[start : start + frames].astype(np.float32)
        yield front_end.features(with_window_edges(window))


def with_window_edges(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Makes frames out of the middle of a file look like a window's: its first and last are half padding."""
    edged = levels.copy()
    # Half of a Hann window's energy; of the second frame and the last but one only a hundredth is missing.
    edged[[0, -1]] += np.float32(10 * np.log10(0.5))
    return edged


def _read_levels(path: Path) -> tuple[NDArray[np.float16], str]:
    recording = read_recording(path)
    return file_levels(recording.samples), recording.pcm_md5
