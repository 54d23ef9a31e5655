"""Splits: what must stand on one side stands on one side, for any data set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genred_build.data.artists import artist_key
from genred_build.data.groups import artist_groups
from genred_build.data.splits import Split, make_split
from genred_build.errors import BuildError
from genred_build.spec.split_name import SplitName
from tests.model_build.material import made_up_features

if TYPE_CHECKING:
    from pathlib import Path

    from genred_build.data.features import FeatureSet

LABELS = ("blues", "jazz", "rock")


@st.composite
def data_sets(draw: st.DrawFn) -> FeatureSet:
    """Ten clips a label at least; some artists unknown, some with two labels, some recordings twice."""
    clips = []
    for label in LABELS:
        for index in range(draw(st.integers(10, 16))):
            artist = draw(st.sampled_from(["", "A", "B", *(f"{label} {number}" for number in range(6))]))
            copied = draw(st.integers(0, 9)) == 0
            clips.append((label, artist, "the same" if copied else f"{label}{index}"))
    return made_up_features(clips, segments=3)


def parts(split: Split) -> list[np.ndarray]:
    return [split.train, split.valid, split.test]


def assert_disjoint(features: FeatureSet, split: Split, key: str) -> None:
    seen: dict[object, int] = {}
    for number, part in enumerate(parts(split)):
        for segment in part:
            clip = features.clips[features.clip_of[segment]]
            value = getattr(clip, key)
            if value:
                assert seen.setdefault(value, number) == number, f"{key} {value} stands on two sides"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data_sets(), st.integers(0, 1000), st.sampled_from([None, 3, 5]))
def test_no_clip_or_copy_stands_on_two_sides(features: FeatureSet, seed: int, folds: int | None) -> None:
    try:
        split = make_split(features, SplitName.CLIP, seed, fold=0 if folds else None, folds=folds)
    except BuildError:
        # With nearly everything a copy of one recording there is nothing to divide.
        return
    assert_disjoint(features, split, "clip_id")
    assert_disjoint(features, split, "pcm_md5")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data_sets(), st.integers(0, 1000))
def test_no_artist_stands_on_two_sides(features: FeatureSet, seed: int) -> None:
    try:
        split = make_split(features, SplitName.ARTIST, seed)
    except BuildError:
        # Artists of all labels may tie everything into one group: then there is nothing to divide.
        return
    assert_disjoint(features, split, "artist")
    assert_disjoint(features, split, "pcm_md5")
    assert_disjoint(features, split, "clip_id")


def many_artists(clips: int = 60) -> FeatureSet:
    return made_up_features([(label, f"{label} {n // 3}", f"{label}{n}") for label in LABELS for n in range(clips)])


@pytest.mark.parametrize("name", [SplitName.RANDOM_SEGMENT, SplitName.CLIP, SplitName.ARTIST])
def test_all_segments_are_used_once_and_each_label_has_its_share(name: SplitName) -> None:
    features = many_artists()
    split = make_split(features, name, 0)
    together = np.concatenate(parts(split))
    assert sorted(together) == list(range(len(features.clip_of)))
    for part, share in zip(parts(split), (0.8, 0.1, 0.1), strict=True):
        counts = np.bincount(features.label_of[part], minlength=3)
        np.testing.assert_allclose(counts / 360, share, atol=0.03)


def test_the_originals_split_leaks_and_says_so_and_no_other_does() -> None:
    features = many_artists()
    leaky = make_split(features, SplitName.RANDOM_SEGMENT, 0)
    trained = set(features.clip_of[leaky.train].tolist())
    assert leaky.leaky
    assert trained & set(features.clip_of[leaky.test].tolist())
    assert not make_split(features, SplitName.CLIP, 0).leaky
    assert not make_split(features, SplitName.ARTIST, 0).leaky


def test_random_segments_keep_copies_of_a_segment_together() -> None:
    features = made_up_features([(label, "", f"copy {n // 2}") for label in ("a", "b") for n in range(30)])
    split = make_split(features, SplitName.RANDOM_SEGMENT, 4)
    seen: dict[tuple[str, int], int] = {}
    for number, part in enumerate(parts(split)):
        for segment in part:
            key = (features.clips[features.clip_of[segment]].pcm_md5, int(features.segment_of[segment]))
            assert seen.setdefault(key, number) == number


def test_seeds_are_kept() -> None:
    features = many_artists()
    first, again, other = (make_split(features, SplitName.ARTIST, seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)


def test_folds_test_everything_once() -> None:
    features = many_artists()
    tested = [make_split(features, SplitName.ARTIST, 1, fold=fold, folds=5).test for fold in range(5)]
    assert sorted(np.concatenate(tested)) == list(range(len(features.clip_of)))


def test_a_label_by_one_artist_trains_and_is_named_as_untested() -> None:
    clips = [("jazz", f"band {n // 2}", f"j{n}") for n in range(30)] + [("reggae", "Bob", f"r{n}") for n in range(9)]
    features = made_up_features(clips)
    split = make_split(features, SplitName.ARTIST, 0)
    assert split.untested == ("reggae",)
    assert "reggae" in split.notes[-1]
    assert set(features.label_of[split.test].tolist()) == {0}
    assert set(features.label_of[split.train].tolist()) == {0, 1}


def test_known_repetitions_of_gtzan_stay_together() -> None:
    clips = [(label, f"{label} {n}", f"{label}{n}") for label in ("metal", "rock") for n in range(70)]
    features = made_up_features(clips, name="gtzan")
    numbered = {clip.clip_id: index for index, clip in enumerate(features.clips)}
    for seed in range(8):
        split = make_split(features, SplitName.CLIP, seed)
        side = {int(features.clip_of[s]): number for number, part in enumerate(parts(split)) for s in part}
        assert side[numbered["metal.00004"]] == side[numbered["metal.00013"]]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Three lists of a made-up GTZAN; the training list names a clip that nobody can read."""
    names = [f"{label}.{{:05d}}" for label in ("blues", "jazz")]
    (tmp_path / "filtered_train.txt").write_text(
        "\n".join([name.format(n) for name in names for n in range(10)] + ["jazz.00054"])
    )
    (tmp_path / "filtered_valid.txt").write_text("\n".join(name.format(n) for name in names for n in range(10, 14)))
    (tmp_path / "filtered_test.txt").write_text("\n".join(name.format(n) for name in names for n in range(14, 20)))
    return tmp_path


def listed_features() -> FeatureSet:
    """Artist `blues 0` made blues.00000 to 00003, and blues.00014, which is a test clip, too."""
    clips = [
        (label, f"{label} {n // 4 if n != 14 else 0}", f"{label}{n}") for label in ("blues", "jazz") for n in range(22)
    ]
    found = made_up_features(clips, name="gtzan")

    records = tuple(
        msgspec.structs.replace(clip, clip_id=f"{clip.label}.{index % 22:05d}")
        for index, clip in enumerate(found.clips)
    )

    return replace(found, clips=records)


def test_published_lists_are_followed_and_what_is_missing_is_named(published: Path) -> None:
    features = listed_features()
    split = make_split(features, SplitName.FAULT_FILTERED, 0, lists=published)
    ids = [{features.clips[features.clip_of[s]].clip_id for s in part} for part in parts(split)]
    assert [len(found) for found in ids] == [20, 8, 12]
    assert "blues.00020" not in set.union(*ids)
    assert any("jazz.00054" in note for note in split.notes)


@pytest.mark.parametrize("name", [SplitName.FAULT_FILTERED, SplitName.STRICT_ARTIST])
def test_folds_of_the_published_lists_hold_their_clips_alone(published: Path, name: SplitName) -> None:
    features = listed_features()
    tested = [make_split(features, name, 0, fold=fold, folds=3, lists=published) for fold in range(3)]
    clips = [{features.clips[features.clip_of[s]].clip_id for s in split.test} for split in tested]
    assert sorted(set.union(*clips)) == [f"{label}.{n:05d}" for label in ("blues", "jazz") for n in range(20)]
    assert sum(map(len, clips)) == 40


def test_strict_artist_leaves_out_test_clips_by_trained_artists(published: Path) -> None:
    features = listed_features()
    split = make_split(features, SplitName.STRICT_ARTIST, 0, lists=published)
    tested = {features.clips[features.clip_of[s]].clip_id for s in split.test}
    assert "blues.00014" not in tested
    assert_disjoint_artists_of_test(features, split)
    assert any(note.endswith("because their artist is in the training list") for note in split.notes)


def assert_disjoint_artists_of_test(features: FeatureSet, split: Split) -> None:
    trained = {features.clips[features.clip_of[s]].artist for s in split.train}
    assert not trained & {features.clips[features.clip_of[s]].artist for s in split.test}


def test_published_lists_must_be_given(published: Path) -> None:
    features = listed_features()
    with pytest.raises(BuildError, match="give the folder with --lists"):
        make_split(features, SplitName.FAULT_FILTERED, 0)
    (published / "filtered_test.txt").write_text("blues.00000\n")
    with pytest.raises(BuildError, match=r"filtered_test\.txt: blues\.00000 is also in another list"):
        make_split(features, SplitName.FAULT_FILTERED, 0, lists=published)


def test_splits_that_cannot_be_made_are_refused() -> None:
    features = made_up_features([("a", "", "1"), ("b", "", "2")])
    with pytest.raises(BuildError, match="no validation segments"):
        make_split(features, SplitName.CLIP, 0)
    with pytest.raises(BuildError, match="at least three folds"):
        make_split(features, SplitName.CLIP, 0, fold=0, folds=2)


@pytest.mark.parametrize("name", [SplitName.FAULT_FILTERED, SplitName.STRICT_ARTIST])
def test_lists_without_any_clip_of_the_data_set_are_refused(published: Path, name: SplitName) -> None:
    features = many_artists()
    assert features.name != "gtzan"
    for fold, folds in ((None, None), (0, 5)):
        with pytest.raises(BuildError, match="holds none of its clips"):
            make_split(renamed(features), name, 0, fold=fold, folds=folds, lists=published)


def renamed(features: FeatureSet) -> FeatureSet:
    clips = tuple(msgspec.structs.replace(clip, clip_id=f"mine {clip.clip_id}") for clip in features.clips)
    return replace(features, clips=clips)


def test_data_set_of_which_nothing_can_be_read_is_refused() -> None:
    features = made_up_features([("a", "", "1"), ("b", "", "2")], segments=0)
    for name in (SplitName.RANDOM_SEGMENT, SplitName.CLIP, SplitName.ARTIST):
        with pytest.raises(BuildError, match="no training segments"):
            make_split(features, name, 0)


def test_there_may_be_as_many_folds_as_artists() -> None:
    features = made_up_features([(label, f"{label} {n}", f"{label}{n}") for label in LABELS for n in range(70)])
    split = make_split(features, SplitName.ARTIST, 0, fold=69, folds=70)
    assert split.test.size
    assert split.train.size > 60 * split.test.size


def test_artist_in_another_spelling_stands_on_the_same_side() -> None:
    names = ["The Beatles", "beatles", "Björk", "Bjo\u0308rk", "AC/DC", "ACDC"]
    features = made_up_features([("a", name, str(number)) for number, name in enumerate(names)])
    first, second = artist_groups(features)[::2], artist_groups(features)[1::2]
    assert first.tolist() == second.tolist()
    assert len(set(first.tolist())) == 3
    assert len({artist_key(name) for name in ("!!!", "???", "The The")}) == 3
