"""The files of the student's training material, as their manifests list them: labels, artists and groups."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred.sources.folder import list_folder
from genred_build.data.artists import artist_key
from genred_build.errors import BuildError
from genred_build.spec.labels import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


UNLABELLED = "unlabelled"
"""First part of the name of music without a genre."""

HELD_OUT = "held out"
"""In the column `split` of `extra/manifest.csv`: files of these artists judge, and do not train."""

_EXTRA = "extra"

_AUDIO_SUFFIXES = frozenset({".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"})

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
        BuildError: There is no manifest, it lacks a column, a line of it makes no sense, or a file is missing.
    """
    manifest = root / "manifest.csv"
    if not manifest.is_file():
        raise BuildError(
            f"{root}: no manifest.csv; the student's corpus needs the columns file, genre, source, id, artist"
        )
    files: list[CorpusFile] = []
    for row in _rows(manifest, ("file", "genre", "source", "id", "artist")):
        path = root / ("gtzan" if row["source"] == "GTZAN" else "more") / row["file"]
        if not path.is_file():
            raise BuildError(f"{manifest}: names {row['file']}, which does not exist")
        label = _label_of(row["genre"], f"{manifest}: {row['file']}")
        files.append(CorpusFile(row["file"], path, label, row["artist"], row["id"], room=False))
    artists = {file.clip_id: file.artist for file in files}
    noisy = root / "noisy"
    for path in list_folder(noisy, {".opus"}).files if noisy.is_dir() else ():
        # As in classical.00000-snippet-10-20: ten seconds of that clip from second 20.
        clip_id, _, place = path.stem.partition("-snippet-")
        name = f"{path.parent.name}/{path.name}"
        start_s = _number(place.rpartition("-")[2], f"{path}: name without `-snippet-…-SECOND`: where it starts")
        label = _label_of(path.parent.name, str(path))
        files.append(CorpusFile(name, path, label, artists.get(clip_id, ""), clip_id, room=True, start_s=start_s))
    return (*files, *_list_extra(root / _EXTRA))


def _list_extra(folder: Path) -> list[CorpusFile]:
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        return []
    files = []
    columns = ("file", "genre", "artist_group", "song_group", "seconds", "artist_in_heldback")
    for row in _rows(manifest, columns):
        path, where = folder / row["file"], f"{manifest}: {row['file']}"
        if row["artist_in_heldback"] == "yes":
            continue
        if not path.is_file():
            raise BuildError(f"{manifest}: names {row['file']}, which does not exist")
        files.append(
            CorpusFile(
                f"{_EXTRA}/{row['file']}",
                path,
                -1 if row["genre"] == UNLABELLED else _label_of(row["genre"], where),
                row["artist_group"],
                row["song_group"],
                room=False,
                seconds=_number(row["seconds"], f"{where}: `seconds`"),
                decade=row.get("decade", ""),
                held_out=row.get("split") == HELD_OUT,
            )
        )
    return files


def _rows(manifest: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Gives a manifest's lines, each file once; a value that a line lacks is empty."""
    seen = set()
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise BuildError(f"{manifest}: lacks the columns {', '.join(missing)}")
            for line in reader:
                row = {name: value or "" for name, value in line.items() if name}
                if row["file"] in seen:
                    raise BuildError(f"{manifest}: names {row['file']} twice")
                seen.add(row["file"])
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BuildError(f"{manifest}: cannot be read as CSV: {error}") from error


def _label_of(genre: str, where: str) -> int:
    if genre not in LABELS:
        raise BuildError(f"{where}: genre {genre!r} is none of the student's: {', '.join(LABELS)}")
    return LABELS.index(genre)


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BuildError(f"{what} is no number: {text!r}") from error


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
