"""Data sets of every layout, with every fault that real ones have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.analysis.frontend import MFCC
from genred_build.data.audio import read_recording
from genred_build.data.datasets import label_slug, open_dataset
from genred_build.data.extract import extract_dataset
from genred_build.data.features import load_features
from genred_build.data.file_names import path_of
from genred_build.data.groups import exact_duplicates
from genred_build.errors import BuildError
from genred_build.report.dataset_table import prepare_table
from genred_build.spec.workspace import DatasetRecord, Workspace, load
from genred_build.steps.runs import prepare
from tests.model_build.material import TINY_SPEC, play, write_three_genres, write_wav

if TYPE_CHECKING:
    from genred_build.data.features import FeatureSet


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> FeatureSet:
    """Half-second segments, so that three seconds make six, as thirty seconds do with five."""
    root = tmp_path_factory.mktemp("faulty")
    for number in range(3):
        write_wav(root / "blues" / f"b{number}.wav", play("hum", 3.01, number))
        write_wav(root / "Hip-Hop" / f"h{number}.wav", play("beat", 3.01, number))
    (root / "blues" / "broken.wav").write_bytes(b"RIFF, or so it says\n" * 30)
    (root / "blues" / "empty.wav").write_bytes(b"")
    write_wav(root / "blues" / "short.wav", play("hum", 2.9, 7))
    write_wav(root / "blues" / "blip.wav", play("hum", 0.1, 8))
    write_wav(root / "Hip-Hop" / "COPY.WAV", play("hum", 3.01, 0))
    write_wav(root / "Hip-Hop" / "Ümläut – 日本語 🎵.wav", play("beat", 3.01, 9))
    write_wav(root / "solo" / "only.wav", play("hiss", 3.01, 10))
    (root / "solo" / "cover.jpg").write_bytes(b"no audio")
    (root / "empty").mkdir()
    return extract_dataset(open_dataset(root), TINY_SPEC, root.parent / "cache", workers=1)


def test_nothing_is_dropped_without_a_word(faulty: FeatureSet) -> None:
    table = prepare_table(faulty)
    assert "skipped   blues/broken.wav: cannot be decoded" in table
    assert "skipped   blues/empty.wav: cannot be decoded" in table
    assert "skipped   blues/blip.wav: 0.1 s long: shorter than a segment" in table
    assert "dropped   blues/short.wav: segment 5 (from second 2.5) has 35 frames, not 44" in table
    assert "folder empty holds no audio" in table


def test_every_readable_file_gives_its_whole_segments(faulty: FeatureSet) -> None:
    kept = {clip.clip_id: len(clip.segments) for clip in faulty.clips}
    assert kept["b0"] == 6
    assert kept["short"] == 5
    assert kept["broken"] == kept["empty"] == kept["blip"] == 0
    assert kept["COPY"] == 6
    assert kept["Ümläut – 日本語 🎵"] == 6
    assert kept["only"] == 6
    assert len(faulty.features) == sum(kept.values())


def test_labels_are_slugs_of_the_folders(faulty: FeatureSet) -> None:
    assert faulty.labels == ("blues", "hip_hop", "solo")


def test_copies_under_two_genres_are_named(faulty: FeatureSet) -> None:
    assert [sorted(ids) for ids in exact_duplicates(faulty)] == [["COPY", "b0"]]
    assert "(under different labels)" in prepare_table(faulty)


def test_gtzan_gives_5992_segments_of_1000_files(tmp_path: Path) -> None:
    whole = write_wav(tmp_path / "whole.wav", np.zeros(661_794))
    short = write_wav(tmp_path / "short.wav", np.zeros(660_000))
    root = tmp_path / "gtzan"
    genres = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
    for genre in genres:
        folder = root / "genres_original" / genre
        folder.mkdir(parents=True)
        for number in range(100):
            name = f"{genre}.{number:05d}"
            # One file under a thousand names: read once, since equal bytes are not extracted again.
            source = short if name in {"hiphop.00032", "country.00007"} else whole
            if name == "jazz.00054":
                (folder / f"{name}.wav").write_bytes(b"not audio")
            else:
                os.link(source, folder / f"{name}.wav")
    features = extract_dataset(open_dataset(root), MFCC, tmp_path / "cache", workers=1)
    table = prepare_table(features)
    assert features.name == "gtzan"
    assert features.features.shape == (5992, 216, 13)
    assert np.bincount(features.label_of).tolist() == [600, 600, 599, 600, 599, 594, 600, 600, 600, 600]
    assert "dropped   genres_original/country/country.00007.wav: segment 5 (from second 25) has 213 frames" in table
    assert "skipped   genres_original/jazz/jazz.00054.wav: cannot be decoded" in table
    assert "(known: the usual copy" in table
    assert "metal.00058 = rock.00016" in table
    assert "reggae.00086 (noise covers" in table


@pytest.mark.parametrize("layout", ["genres_original/{g}/{n}.wav", "genres/{g}/{n}.au", "{g}/{n}.WAV", "{n}.wav"])
def test_gtzan_is_known_in_each_of_its_layouts(tmp_path: Path, layout: str) -> None:
    for genre in ("blues", "rock"):
        for number in range(2):
            path = tmp_path / "set" / layout.format(g=genre, n=f"{genre}.{number:05d}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    dataset = open_dataset(tmp_path / "set")
    assert dataset.name == "gtzan"
    assert [(clip.clip_id, clip.label) for clip in dataset.clips] == [
        ("blues.00000", "blues"),
        ("blues.00001", "blues"),
        ("rock.00000", "rock"),
        ("rock.00001", "rock"),
    ]


def test_csv_gives_artist_album_and_group(tmp_path: Path) -> None:
    for name in ("a/one.mp3", "a/two.mp3", "b/one.mp3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    table = tmp_path / "songs.csv"
    table.write_text('\ufefffile,Artist,album,group\n"a/one.mp3","Möbius, A.",First,g1\nb/one.mp3,Other,,\n', "utf-8")
    clips = {clip.clip_id: clip for clip in open_dataset(tmp_path, table).clips}
    assert (clips["a/one"].artist, clips["a/one"].album, clips["a/one"].group) == ("Möbius, A.", "First", "g1")
    assert (clips["two"].artist, clips["b/one"].artist) == ("", "Other")


def test_sturms_table_of_artists_is_read_as_it_is_published(tmp_path: Path) -> None:
    for name in ("blues.00000", "blues.00001", "rock.00000"):
        (tmp_path / f"{name}.wav").touch()
    table = 'blues.00000\tJohn Lee Hooker\tOne Bourbon, One Scotch "And" One Beer\nrock.00000\tMorphine\t\n'
    (tmp_path / "artists_sturm.tsv").write_text(table)
    dataset = open_dataset(tmp_path)
    assert [clip.artist for clip in dataset.clips] == ["John Lee Hooker", "", "Morphine"]
    assert "artists_sturm.tsv lists 2 of the 3 files" in dataset.notes


def test_flat_folder_takes_labels_from_the_csv(tmp_path: Path) -> None:
    for name in ("x.ogg", "y.ogg"):
        (tmp_path / name).touch()
    (tmp_path / "manifest.csv").write_text("file,genre\nx.ogg,Drum & Bass\ny.ogg,Folk\n")
    assert open_dataset(tmp_path).labels == ("drum_bass", "folk")


@pytest.mark.parametrize(
    ("content", "message"),
    [("name,artist\nx,y\n", "needs a column `file` or `id`"), ("file,artist\n\x00\udc80", "cannot be read as CSV")],
)
def test_csv_that_cannot_be_used_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.wav").touch()
    table = tmp_path / "bad.csv"
    table.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BuildError, match=message):
        open_dataset(tmp_path, table)


def test_folders_that_are_no_data_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no such folder"):
        open_dataset(tmp_path / "missing")
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "x.wav").touch()
    with pytest.raises(BuildError, match="found 1 labels in 1 audio files"):
        open_dataset(tmp_path)
    (tmp_path / "loose.wav").touch()
    with pytest.raises(BuildError, match=r"loose\.wav: has no label"):
        open_dataset(tmp_path)
    with pytest.raises(BuildError, match="Latin letters"):
        label_slug("日本", tmp_path)


def test_two_files_of_one_name_get_different_ids(tmp_path: Path) -> None:
    for name in ("a/x.wav", "a/x.mp3", "b/x.wav", "b/y.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    ids = [clip.clip_id for clip in open_dataset(tmp_path).clips]
    assert ids == ["a/x.mp3", "a/x.wav", "b/x", "y"]


def test_folders_as_people_have_them_give_each_song_once_or_name_it(tmp_path: Path) -> None:
    root, far = tmp_path / "set", tmp_path / "far"
    write_wav(root / "fado" / "Artist" / "1.wav", play("hum", 1.0, 1))
    write_wav(root / "fado" / "._1.wav", play("hum", 1.0, 2))
    write_wav(root / "fado" / "._2.wav", play("hum", 1.0, 2))
    write_wav(root / "__MACOSX" / "fado" / "1.wav", play("hum", 1.0, 3))
    write_wav(far / "2.wav", play("beat", 1.0, 4))
    (root / "linked").symlink_to(far)
    (root / "loop").symlink_to(root)
    (root / "fado" / "dead.wav").symlink_to("/nowhere")
    (root / "fado" / "closed.wav").symlink_to(far)
    dataset = open_dataset(root)
    assert dataset.labels == ("fado", "linked")
    features = extract_dataset(dataset, TINY_SPEC, tmp_path / "cache", workers=1)
    table = prepare_table(features)
    assert [clip.file for clip in features.clips if clip.segments] == ["fado/Artist/1.wav", "linked/2.wav"]
    assert "skipped   fado/._1.wav and 1 more of fado: hidden" in table
    assert "is a link to /nowhere" in table
    assert "folder loop holds no audio that is not read elsewhere" in table
    assert "MACOSX" not in table


def test_a_name_that_is_no_utf_8_is_stored_and_found_again(tmp_path: Path) -> None:
    root = tmp_path / "set"
    write_wav(root / "fado" / "1.wav", play("hum", 1.0, 1))
    write_wav(root / "morna" / "1.wav", play("beat", 1.0, 2))
    name = os.fsencode(root / "fado") + b"/caf\xe9 100%.wav"
    (root / "fado" / "1.wav").rename(os.fsdecode(name))
    extract_dataset(open_dataset(root), TINY_SPEC, tmp_path / "cache", workers=1)
    clips = load_features(tmp_path / "cache" / "features.npz").clips
    assert os.fsencode(root / path_of(clips[0].file)) == name
    assert clips[0].segments
    assert clips[1].file == "morna/1.wav"


def test_a_wav_whose_header_gives_too_little_is_read_to_its_end(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "x.wav", play("hum", 3.0, 1))
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = (1_000).to_bytes(4, "little")
    path.write_bytes(content)
    assert read_recording(path).seconds == pytest.approx(3.0, abs=0.01)


def test_hidden_file_that_belongs_to_no_label_is_passed_over(tmp_path: Path) -> None:
    root = write_three_genres(tmp_path / "set", clips=1, seconds=1.0)
    (root / "._intro.wav").write_bytes(b"of macOS")
    assert open_dataset(root).labels == ("beat", "hiss", "hum")
    (root / "intro.wav").write_bytes(b"of a user")
    with pytest.raises(BuildError, match=r"intro\.wav: has no label"):
        open_dataset(root)


@pytest.mark.parametrize("name", ["Music", "silence", "offline", "uncertain"])
def test_label_that_the_daemon_would_refuse_is_refused_before_anything_is_read(tmp_path: Path, name: str) -> None:
    root = write_three_genres(tmp_path / "set", clips=1, seconds=1.0)
    (root / "hum").rename(root / name)
    with pytest.raises(BuildError, match=f"label '{name.lower()}' is the name of a state"):
        open_dataset(root)


def test_folder_whose_name_is_no_utf_8_is_prepared_and_found_again(tmp_path: Path) -> None:
    root = write_three_genres(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9t\xe9")), clips=2, seconds=1.0)
    workspace = Workspace(tmp_path / "out")
    features = prepare(workspace, root, TINY_SPEC, workers=1)
    record = load(workspace.dataset_file, DatasetRecord, "prepare")
    assert path_of(record.root) == root
    assert load_features(workspace.features_folder(TINY_SPEC) / "features.npz").fingerprint == features.fingerprint
