"""Data sets: which files there are, what each is labelled, and whose music it is.

Read are GTZAN in its usual layouts (`genres_original/blues/blues.00000.wav`, `genres/blues/blues.00000.au`, or
all files flat), and any `folder/LABEL/*` of a user's own. A CSV beside the files may add columns.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TextIO

from genred.analysis.bundle import STATE_WORDS
from genred.printable import printable
from genred.slug import slug_of
from genred.sources.folder import Folder, list_folder
from genred_build.data.audio import AUDIO_SUFFIXES
from genred_build.data.file_names import text_of
from genred_build.errors import BuildError

MANIFEST_NAMES = ("manifest.csv", "metadata.csv", "artists.csv", "artists_sturm.tsv")
"""Tables that are read unasked when they lie in the data set's folder or in the one above it."""

GTZAN_GENRES = frozenset(("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"))
"""Labels by which GTZAN is recognised."""

_GTZAN_ID = re.compile(r"([a-z]+)\.\d{5}")
_WRAPPER_FOLDERS = ("genres_original", "genres", "Data/genres_original")
_FILE_COLUMNS = ("file", "path", "filename", "file_name")
_LABEL_COLUMNS = ("label", "genre")


@dataclass(frozen=True, slots=True)
class Clip:
    """One audio file of a data set.

    Attributes:
        clip_id: Unique in the data set: the file's name without its ending, with the folder where that is needed.
        path: The file.
        label: Slug of `[a-z0-9_]+`.
        artist: Empty when unknown.
        group: Any other tie, such as a song of which there are two excerpts; empty for none.
        hidden: Whether its name begins with a dot, so that it is counted but not read: macOS leaves such files beside
            others of the same name.
    """

    clip_id: str
    path: Path
    label: str
    artist: str = ""
    album: str = ""
    group: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a folder holds.

    Attributes:
        name: `gtzan` for GTZAN's names, else the folder's own.
        clips: Sorted by label and id.
        labels: Sorted; the order of a network's outputs.
        notes: What a reader should know: which CSV was read, which folders are empty.
    """

    name: str
    root: Path
    clips: tuple[Clip, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())


def open_dataset(root: Path, manifest: Path | None = None, *, least_labels: int = 2) -> Dataset:
    """Lists a data set's clips.

    Args:
        root: The folder.
        manifest: CSV with a `file` or `id` column and any of `label`, `artist`, `album`, `group`; or Sturm's table
            of GTZAN's artists (`artists_sturm.tsv`). Left out, one
            of `MANIFEST_NAMES` in the folder or above it is used, if there is one.
        least_labels: How many there must be.

    Raises:
        BuildError: No folder, fewer labels, or a CSV without the needed columns.
    """
    if not root.is_dir():
        raise BuildError(f"{root}: no such folder")
    notes: list[str] = []
    rows, source = _read_manifest(root, manifest)
    base = next((root / name for name in _WRAPPER_FOLDERS if (root / name).is_dir()), root)
    folder = _list(base, AUDIO_SUFFIXES)
    files = [*folder.files, *folder.hidden]
    hidden = set(folder.hidden)
    ids = _clip_ids([path.relative_to(base) for path in files])
    clips = []
    listed = 0
    for path, clip_id in zip(files, ids, strict=True):
        row = rows.find(path.relative_to(base))
        if path in hidden and path.parent == base and not row:
            # It belongs to no label, and nobody misses it.
            continue
        listed += bool(row)
        label = label_slug(_label_of(path, base, row), path)
        clips.append(
            Clip(
                clip_id,
                path,
                label,
                row.get("artist", ""),
                row.get("album", ""),
                row.get("group") or row.get("id", ""),
                hidden=path in hidden,
            )
        )
    labels = tuple(sorted({clip.label for clip in clips if not clip.hidden}))
    clips = [clip for clip in clips if clip.label in labels]
    if source:
        notes.append(f"{printable(source.name)} lists {listed} of the {len(files)} files")
    filled = {path.parent for path in folder.files}
    notes += [
        f"folder {printable(str(subfolder.relative_to(base)))} holds no audio"
        + (" that is not read elsewhere" if subfolder.is_symlink() else "")
        for subfolder in folder.subfolders
        if not any(parent.is_relative_to(subfolder) for parent in filled)
    ]
    notes += map(printable, folder.faults)
    if len(labels) < least_labels:
        raise BuildError(
            f"{base}: found {len(labels)} labels in {len(clips)} audio files; "
            f"each label needs a folder, {'two' if least_labels > 1 else 'one'} at least"
        )
    is_gtzan = any(_GTZAN_ID.fullmatch(clip.clip_id) for clip in clips) and set(labels) <= GTZAN_GENRES
    clips.sort(key=lambda clip: (clip.label, clip.clip_id))
    name = "gtzan" if is_gtzan else printable(root.resolve().name)
    return Dataset(name, root, tuple(clips), labels, tuple(notes))


def _list(folder: Path, suffixes: frozenset[str]) -> Folder:
    try:
        return list_folder(folder, suffixes)
    except OSError as error:
        raise BuildError(f"{folder}: cannot be read: {error.strerror}") from error


def label_slug(name: str, path: Path) -> str:
    """Turns a folder's name into a label, as in `Hip-Hop` to `hip_hop`.

    Raises:
        BuildError: No ASCII letter or digit is left, or the label is the name of a state; the folder needs another
            name, since labels are MQTT payloads.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = slug_of(plain)
    if not slug:
        raise BuildError(f"{path}: label {name!r} has no letter a-z; rename the folder in Latin letters")
    if slug in STATE_WORDS:
        raise BuildError(f"{path}: label {slug!r} is the name of a state of a station; give it another name")
    return slug


@dataclass(frozen=True, slots=True)
class _Rows:
    by_path: dict[str, dict[str, str]]
    by_id: dict[str, dict[str, str]]

    def find(self, relative: Path) -> dict[str, str]:
        parts = PurePosixPath(relative).parts
        for take in range(len(parts), 0, -1):
            row = self.by_path.get("/".join(parts[-take:]))
            if row is not None:
                return row
        return self.by_id.get(relative.stem, {})


def _read_manifest(root: Path, manifest: Path | None) -> tuple[_Rows, Path | None]:
    places = [folder / name for folder in (root, root.resolve().parent) for name in MANIFEST_NAMES]
    source = manifest or next((path for path in places if path.is_file()), None)
    rows = _Rows({}, {})
    if source is None:
        return rows, None
    try:
        with source.open(newline="", encoding="utf-8-sig") as lines:
            reader = _reader(lines)
            columns = {name.strip().lower() for name in reader.fieldnames or ()}
            if not columns & {*_FILE_COLUMNS, "id"}:
                raise BuildError(
                    f"{source}: needs a column `file` or `id`; it has {', '.join(sorted(columns)) or 'none'}"
                )
            for line in reader:
                row = {key.strip().lower(): (value or "").strip() for key, value in line.items() if key}
                name = next((row[column] for column in _FILE_COLUMNS if row.get(column)), "")
                if name:
                    rows.by_path[PurePosixPath(name.replace("\\", "/")).as_posix()] = row
                if row.get("id"):
                    rows.by_id[row["id"]] = row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BuildError(f"{source}: cannot be read as CSV: {error}") from error
    return rows, source


def _clip_ids(files: list[Path]) -> list[str]:
    """The shortest form of each path that no other file shares."""
    forms = [(path.stem, path.with_suffix("").as_posix(), path.as_posix()) for path in files]
    counts = [Counter(names) for names in zip(*forms, strict=True)]
    ids = [next(name for name, count in zip(names, counts, strict=True) if count[name] == 1) for names in forms]
    return [text_of(PurePosixPath(name)) for name in ids]


def _reader(lines: TextIO) -> csv.DictReader[str]:
    """Sturm's table of GTZAN's artists has tabs and no header: clip, artist, title."""
    first = lines.readline()
    lines.seek(0)
    delimiter = "\t" if "\t" in first else ","
    headless = _GTZAN_ID.fullmatch(first.split(delimiter)[0].strip('\ufeff" ')) is not None
    return csv.DictReader(lines, ("id", "artist", "title") if headless else None, delimiter=delimiter)


def _label_of(path: Path, base: Path, row: dict[str, str]) -> str:
    relative = path.relative_to(base)
    if len(relative.parts) > 1:
        return relative.parts[0]
    labelled = next((row[column] for column in _LABEL_COLUMNS if row.get(column)), "")
    if labelled:
        return labelled
    gtzan = _GTZAN_ID.fullmatch(path.stem.lower())
    if gtzan:
        return gtzan[1]
    raise BuildError(
        f"{path}: has no label; put it into a folder of that name, or list it with `file` and `label` in a CSV"
    )
