"""Folders as people have them: links, loops, hidden files, and what other systems leave behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genred.sources.folder import list_folder


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in list_folder(folder).files]


def test_files_come_in_the_order_of_their_paths_whatever_the_case_of_their_endings(tmp_path: Path) -> None:
    for name in ("b/2.MP3", "b/1.flac", "a.wav", "b/notes.txt"):
        put(tmp_path / name)
    assert names(tmp_path) == ["a.wav", "b/1.flac", "b/2.MP3"]


def test_linked_folders_are_followed_once_and_loops_are_none(tmp_path: Path) -> None:
    library = tmp_path / "library"
    put(library / "Album" / "1.mp3")
    put(tmp_path / "far" / "Live" / "2.mp3")
    (library / "Linked").symlink_to(tmp_path / "far" / "Live")
    (library / "Linked again").symlink_to(tmp_path / "far" / "Live")
    (library / "Album" / "loop").symlink_to(library)
    (library / "A link before its album").symlink_to(library / "Album")
    (tmp_path / "far" / "Live" / "back").symlink_to(library)
    assert names(library) == ["Album/1.mp3", "Linked/2.mp3"]


def test_a_linked_file_is_played_once_and_at_its_own_place(tmp_path: Path) -> None:
    library = tmp_path / "library"
    put(library / "z.mp3")
    put(tmp_path / "far.mp3")
    for name, target in (("a.mp3", library / "z.mp3"), ("b.mp3", tmp_path / "far.mp3"), ("c.mp3", library / "b.mp3")):
        (library / name).symlink_to(target)
    assert names(library) == ["b.mp3", "z.mp3"]


def test_hidden_files_and_litter_are_left_out(tmp_path: Path) -> None:
    put(tmp_path / "song.mp3")
    for name in (".Trash/a.mp3", "__MACOSX/._song.mp3", "@eaDir/b.mp3", "$RECYCLE.BIN/c.mp3", ".hidden.mp3"):
        put(tmp_path / name)
    put(tmp_path / "._song.mp3")
    folder = list_folder(tmp_path)
    assert [path.name for path in folder.files] == ["song.mp3"]
    assert [path.name for path in folder.hidden] == ["._song.mp3", ".hidden.mp3"]
    assert folder.subfolders == ()
    assert folder.faults == ()


def test_a_hidden_folder_that_is_asked_for_is_read(tmp_path: Path) -> None:
    put(tmp_path / ".music" / "song.mp3")
    assert names(tmp_path / ".music") == ["song.mp3"]


def test_links_to_nothing_are_named_and_pipes_are_no_files(tmp_path: Path) -> None:
    put(tmp_path / "song.mp3")
    (tmp_path / "dead.mp3").symlink_to("/nowhere/song.mp3")
    (tmp_path / "dead folder").symlink_to("/nowhere")
    os.mkfifo(tmp_path / "pipe.mp3")
    folder = list_folder(tmp_path)
    assert [path.name for path in folder.files] == ["song.mp3"]
    assert folder.faults == (f"{tmp_path}/dead.mp3: is a link to /nowhere/song.mp3, which does not exist",)


def test_a_folder_that_is_not_there_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list_folder(tmp_path / "nowhere")


def test_names_that_are_no_utf_8_are_kept_byte_for_byte(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.mp3"
    put(Path(os.fsdecode(name)))
    assert [os.fsencode(path) for path in list_folder(tmp_path).files] == [name]
