from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred_build.data.artists import artist_key
from genred_build.data.corpus import read_corpus
from genred_build.data.corpus_files import CorpusFile, artist_of, group_files, list_corpus
from genred_build.data.digests import DIGEST, is_kept
from genred_build.errors import BuildError
from genred_build.npz import write_npz
from genred_build.spec.labels import LABELS
from tests.model_build.material import play, write_wav

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "file,genre,source,id,artist,quality,split,start_s\nblues/a.opus,blues,more,a,The Band,x,train,0\n"
EXTRA = (
    "file,genre,artist,song_group,artist_group,seconds,artist_in_heldback,decade\n"
    "rock/x1.opus,rock,The Band,s1,band,30.0,no,1970s\n"
    "rock/x2.opus,rock,Other,s2,other,2.3,yes,\n"
    "unlabelled/u1.opus,unlabelled,,s3,u-1,20.0,no,\n"
)


def write_corpus(root: Path) -> Path:
    for name in ("more/blues/a.opus", "extra/rock/x1.opus", "extra/rock/x2.opus", "extra/unlabelled/u1.opus"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    (root / "manifest.csv").write_text(MANIFEST)
    (root / "extra" / "manifest.csv").write_text(EXTRA)
    return root


def test_extra_files_are_listed_but_for_those_whose_artists_judge(tmp_path: Path) -> None:
    blues, rock, tune = list_corpus(write_corpus(tmp_path))
    assert (rock.name, rock.label, rock.seconds, rock.decade) == (
        "extra/rock/x1.opus",
        LABELS.index("rock"),
        30.0,
        "1970s",
    )
    assert tune.label == -1
    groups = group_files([blues, rock, tune], ["", "", ""])
    assert groups[0] == groups[1] != groups[2]
    assert artist_of(blues) == artist_of(rock) == artist_key("the BAND") == "band"


def test_a_manifest_may_hold_files_out(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    head, rock, *others = EXTRA.splitlines()
    lines = [f"{head},split", f"{rock},held out", *(f"{other}," for other in others)]
    (tmp_path / "extra" / "manifest.csv").write_text("\n".join(lines))
    assert [file.held_out for file in list_corpus(tmp_path)] == [False, True, False]


def test_file_that_is_named_and_missing_is_an_error(tmp_path: Path) -> None:
    (write_corpus(tmp_path) / "extra" / "rock" / "x1.opus").unlink()
    with pytest.raises(BuildError, match=r"rock/x1\.opus, which does not exist"):
        list_corpus(tmp_path)


@pytest.mark.parametrize(
    ("manifest", "old", "new", "message"),
    [
        ("", "artist,quality", "singer,quality", "manifest.csv: lacks the columns artist"),
        ("", "a.opus,blues,", "a.opus,schlager,", "a.opus: genre 'schlager' is none of the student's: blues, "),
        ("", MANIFEST.splitlines()[1], f"{MANIFEST.splitlines()[1]}\n" * 2, "manifest.csv: names blues/a.opus twice"),
        ("extra", ",seconds,", ",length,", "extra/manifest.csv: lacks the columns seconds"),
        ("extra", "30.0", "half a minute", "x1.opus: `seconds` is no number: 'half a minute'"),
        ("extra", "x1.opus,rock,", "x1.opus,,", "x1.opus: genre '' is none of the student's"),
    ],
)
def test_faults_of_a_manifest_are_named(tmp_path: Path, manifest: str, old: str, new: str, message: str) -> None:
    path = write_corpus(tmp_path) / manifest / "manifest.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(BuildError, match=re.escape(message)):
        list_corpus(tmp_path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BuildError, match="cannot be read as CSV"):
        list_corpus(tmp_path)


def test_recording_in_a_room_says_in_its_name_where_it_starts(tmp_path: Path) -> None:
    (write_corpus(tmp_path) / "noisy" / "blues").mkdir(parents=True)
    path = tmp_path / "noisy" / "blues" / "a-snippet-10-20.opus"
    path.touch()
    assert [file.start_s for file in list_corpus(tmp_path) if file.room] == [20.0]
    path.rename(path.with_name("a.opus"))
    with pytest.raises(BuildError, match=r"blues/a\.opus: name without"):
        list_corpus(tmp_path)


def test_levels_are_computed_anew_of_a_file_that_has_changed(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", play("hum", 2.0, 1))
    files = (CorpusFile("blues/a.wav", path, 0, "", "a", room=False),)
    first = read_corpus(files, tmp_path / "corpus.npz")
    assert read_corpus(files, tmp_path / "corpus.npz").pcm_md5 == first.pcm_md5
    write_wav(path, play("beat", 2.0, 1))
    second = read_corpus(files, tmp_path / "corpus.npz")
    assert second.pcm_md5 != first.pcm_md5
    (tmp_path / "corpus.npz").write_bytes(b"PK half")
    assert read_corpus(files, tmp_path / "corpus.npz").pcm_md5 == second.pcm_md5


def test_what_is_kept_of_a_file_goes_with_its_bytes(tmp_path: Path) -> None:
    place = tmp_path / "kept.npz"
    assert not is_kept(place, "a")
    write_npz(place, {DIGEST: np.array("a")})
    assert is_kept(place, "a")
    assert not is_kept(place, "b")
    place.write_bytes(place.read_bytes()[:40])
    assert not is_kept(place, "a")
