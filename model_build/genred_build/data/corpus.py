"""The student's training material: mel levels of whole files, their labels and groups.

Levels are those of the daemon's front end before it limits and centres them, so that crops of any start, speed
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
from genred.sources.folder import list_folder
from genred_build.data.artists import artist_key
from genred_build.data.audio import read_recording
from genred_build.errors import BuildError
from genred_build.npz import write_npz
from genred_build.spec.labels import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.model_card import Patches

UNLABELLED = "unlabelled"
"""First part of the name of music without a genre."""

HELD_OUT = "held out"
"""In the column `split` of `extra/manifest.csv`: files of these artists judge, and do not train."""

_EXTRA = "extra"

_AUDIO_SUFFIXES = frozenset({".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"})
_LONGEST_S = 180.0
"""Of a file: one long piece is not worth as much as many."""

COLLECTIONS = frozenset({"LibriSpeech"})
"""Named as artist in the manifest, but no single voice."""


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file.

    Attributes:
        name: `label/file` as in the manifest; recordings in rooms have their own file name.
        label: Index into `LABELS`; -1 for music without one.
        artist: Empty when unknown.
        clip_id: Of the song or clip: excerpts of one song, and recordings of it in a room, share it.
        room: Whether it was recorded through a loudspeaker.
        start_s: For a recording in a room, where in its clip it starts.
        seconds: Length as far as a manifest says; 0 where none does.
        decade: Of the recording, as in `1970s`, where a manifest knows it.
        held_out: Whether a manifest keeps it out of training, to judge and to fit the confidence on.
    """

    name: str
    path: Path
    label: int
    artist: str
    clip_id: str
    room: bool
    start_s: float = 0.0
    seconds: float = 0.0
    decade: str = ""
    held_out: bool = False


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


def group_files(files: Sequence[CorpusFile], digests: Sequence[str]) -> NDArray[np.int64]:
    """(files,) group numbers: what shares an artist, a song, a clip or its very samples stays together.

    Args:
        files: The files.
        digests: Of each file's samples or bytes; an empty one says nothing.
    """
    parent = list(range(len(files)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    first: dict[tuple[str, str], int] = {}
    for index, (file, digest) in enumerate(zip(files, digests, strict=True)):
        keys = [("clip", file.clip_id)] + ([("pcm", digest)] if digest else [])
        keys += [("artist", artist_key(file.artist))] if file.artist and file.artist not in COLLECTIONS else []
        for key in keys:
            parent[root(index)] = root(first.setdefault(key, index))
    return np.array([root(index) for index in range(len(parent))], np.int64)


def artist_of(file: CorpusFile) -> str:
    """Gives whose file it is, for intervals: the artist, or where none is known the clip."""
    return artist_key(file.artist) if file.artist and file.artist not in COLLECTIONS else file.clip_id


def list_corpus(root: Path) -> tuple[CorpusFile, ...]:
    """Lists `manifest.csv`'s files under `gtzan/` and `more/`, the recordings of them under `noisy/`, and `extra/`.

    Files of `extra/` whose artist other songs of judge the result (`artist_in_heldback`) are left out. Two columns of
    its manifest may be missing: `decade`, by which genres are drawn more evenly, and `split`, see `HELD_OUT`.

    Raises:
        BuildError: There is no manifest, or a file that it names is missing.
    """
    manifest = root / "manifest.csv"
    if not manifest.is_file():
        raise BuildError(
            f"{root}: no manifest.csv; the student's corpus needs the columns file, genre, source, id, artist"
        )
    files: list[CorpusFile] = []
    with manifest.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            path = root / ("gtzan" if row["source"] == "GTZAN" else "more") / row["file"]
            if not path.is_file():
                raise BuildError(f"{manifest}: names {row['file']}, which does not exist")
            files.append(
                CorpusFile(row["file"], path, LABELS.index(row["genre"]), row["artist"], row["id"], room=False)
            )
    artists = {file.clip_id: file.artist for file in files}
    noisy = root / "noisy"
    for path in list_folder(noisy, {".opus"}).files if noisy.is_dir() else ():
        # As in classical.00000-snippet-10-20: ten seconds of that clip from second 20.
        clip_id, _, place = path.stem.partition("-snippet-")
        name = f"{path.parent.name}/{path.name}"
        start_s = float(place.rpartition("-")[2])
        label = LABELS.index(path.parent.name)
        files.append(CorpusFile(name, path, label, artists.get(clip_id, ""), clip_id, room=True, start_s=start_s))
    return (*files, *_list_extra(root / _EXTRA))


def _list_extra(folder: Path) -> list[CorpusFile]:
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        return []
    files = []
    with manifest.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            path = folder / row["file"]
            if row["artist_in_heldback"] == "yes":
                continue
            if not path.is_file():
                raise BuildError(f"{manifest}: names {row['file']}, which does not exist")
            label = -1 if row["genre"] == UNLABELLED else LABELS.index(row["genre"])
            files.append(
                CorpusFile(
                    f"{_EXTRA}/{row['file']}",
                    path,
                    label,
                    row["artist_group"],
                    row["song_group"],
                    room=False,
                    seconds=float(row["seconds"]),
                    decade=row.get("decade") or "",
                    held_out=row.get("split") == HELD_OUT,
                )
            )
    return files


def list_unlabelled(folder: Path) -> tuple[CorpusFile, ...]:
    """Lists a folder's music, of which only a tagger says anything.

    Raises:
        BuildError: There is none.
    """
    try:
        paths = list_folder(folder, _AUDIO_SUFFIXES).files
    except OSError as error:
        raise BuildError(f"{folder}: cannot be read: {error.strerror}") from error
    if not paths:
        raise BuildError(f"{folder}: contains no music ({', '.join(sorted(_AUDIO_SUFFIXES))})")
    names = [f"{UNLABELLED}/{path.relative_to(folder).as_posix()}" for path in paths]
    return tuple(CorpusFile(name, path, -1, "", name, room=False) for name, path in zip(names, paths, strict=True))


def read_corpus(files: tuple[CorpusFile, ...], cache: Path) -> Corpus:
    """Gives the corpus of these files, its levels from the cache once they were computed."""
    names = np.array([file.name for file in files])
    if cache.is_file():
        with np.load(cache) as stored:
            if np.array_equal(stored["names"], names):
                return Corpus(files, stored["levels"], stored["starts"], tuple(stored["pcm_md5"].tolist()))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        read = list(pool.map(_read_levels, files, chunksize=8))
    starts = np.cumsum([0, *(len(levels) for levels, _ in read)])
    levels = np.concatenate([levels for levels, _ in read])
    digests = [digest for _, digest in read]
    cache.parent.mkdir(parents=True, exist_ok=True)
    write_npz(cache, {"names": names, "levels": levels, "starts": starts, "pcm_md5": np.array(digests)})
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
