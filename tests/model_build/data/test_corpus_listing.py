from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred_build.data.artists import artist_key
from genred_build.data.corpus_files import artist_of, group_files, list_corpus
from genred_build.errors import BuildError
from genred_build.spec.labels import LABELS

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
