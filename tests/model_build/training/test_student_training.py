from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from genred_build.data.corpus import Corpus, evaluation_windows, file_levels
from genred_build.data.corpus_files import CorpusFile
from genred_build.data.targets import SoftLabels, read_embeddings, read_second_teacher, read_soft_labels
from genred_build.errors import BuildError
from genred_build.spec.distillation import DEFAULT_DISTILLATION, Distillation, load_distillations
from genred_build.spec.labels import LABELS
from genred_build.spec.recipe import load_recipe
from genred_build.training.augmented_batches import AugmentedBatches
from genred_build.training.weight_averaging import describe_runs, train_averaged
from genred_build.training.weights import (
    blend_weights,
    folded_parameters,
    knows_no_word,
    read_weights,
    student_network,
    write_weights,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred_build.training.distill import TrainingStep

START = Path(__file__).resolve().parents[4] / "shared" / "data" / "teacher" / "student_start.npz"
TINY = Distillation(steps=4, music=3, rooms=1, speech=1, crop_frames=64, warmup_steps=1)


def corpus() -> Corpus:
    rng = np.random.default_rng(0)
    files, levels = [], []
    for number, label in enumerate(("blues", "blues", "metal", "speech")):
        name = f"{label}/{label}.{number:05d}.opus"
        files.append(CorpusFile(name, Path(name), LABELS.index(label), "", f"{label}.{number:05d}", room=False))
        levels.append(rng.normal(-30 - 10 * number, 8, (400, 96)).astype(np.float16))
    room = "blues/blues.00000-snippet-10-0.opus"
    files.append(CorpusFile(room, Path(room), 0, "", "blues.00000", room=True))
    levels.append((levels[0][:300] + rng.normal(0, 3, (300, 96))).astype(np.float16))
    starts = np.cumsum([0, *(len(each) for each in levels)])
    return Corpus(tuple(files), np.concatenate(levels), starts, tuple(f"md5 {number}" for number in range(5)))


def soft_labels() -> SoftLabels:
    said = np.full((2, 11), 0.1, np.float32)
    said[:, -1] = 0.0
    return SoftLabels({"blues/blues.00000.opus": said}, frozenset())


def batches(recipe: Distillation = TINY) -> AugmentedBatches:
    return AugmentedBatches(corpus(), np.arange(5), soft_labels(), recipe)


def test_network_has_430907_parameters_once_batch_norms_are_folded() -> None:
    assert folded_parameters(student_network(), load_recipe("student")) == 430_907


def test_weights_come_back_as_they_were_written(tmp_path: Path) -> None:
    recipe = load_recipe("student")
    first, second = student_network(frames=64), student_network(frames=64)
    window = np.random.default_rng(0).standard_normal((1, 64, 96, 1)).astype(np.float32)
    write_weights(first, recipe, tmp_path / "weights.npz")
    read_weights(second, recipe, tmp_path / "weights.npz")
    assert np.allclose(first(window), second(window), atol=1e-6)


def test_blended_weights_lie_between_those_that_were_blended(tmp_path: Path) -> None:
    recipe = load_recipe("student")
    model = student_network(frames=64)
    for number, value in enumerate((1.0, 4.0)):
        model.get_layer("logits").bias.assign(np.full(11, value, np.float32))
        write_weights(model, recipe, tmp_path / f"{number}.npz")
    blend_weights([(tmp_path / "0.npz", 0.25), (tmp_path / "1.npz", 0.75)], tmp_path / "blended.npz")
    read_weights(model, recipe, tmp_path / "blended.npz")
    assert np.asarray(model.get_layer("logits").bias) == pytest.approx(np.full(11, 3.25))


def test_card_says_what_a_student_was_trained_from(tmp_path: Path) -> None:
    write_weights(student_network(frames=64), load_recipe("student"), tmp_path / "start.npz")
    assert describe_runs([TINY], None) == "trained from scratch in 1 run(s) of 4 steps"
    halves = [msgspec.structs.replace(TINY, blend=0.4, seed=seed) for seed in (0, 1)]
    words = describe_runs(halves, tmp_path / "start.npz")
    assert words.startswith("fine-tuned in 2 run(s) of 4 and 4 steps")
    assert words.endswith("20% of it the starting weights")


def test_weights_of_other_labels_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", classes=np.array(["cats", "dogs"]))
    with pytest.raises(BuildError, match="cats"):
        student_network(tmp_path / "weights.npz")


def test_shipped_distillation_is_valid_and_a_misspelt_key_is_named(tmp_path: Path) -> None:
    assert all(run.steps > 0 for run in load_distillations())
    (tmp_path / "mine.yaml").write_text("steps: 10\nhard_shear: 1\n")
    with pytest.raises(BuildError, match="hard_shear"):
        load_distillations(tmp_path / "mine.yaml")


def test_batches_are_the_same_for_the_same_step_and_other_for_another() -> None:
    features, targets = batches().batch(3)
    again, targets_again = batches().batch(3)
    assert features.shape == (5, 64, 96)
    assert np.array_equal(features, again)
    assert np.array_equal(targets, targets_again)
    assert not np.array_equal(features, batches().batch(4)[0])


def test_targets_are_distributions_and_speech_stays_speech() -> None:
    _, targets = batches(msgspec.structs.replace(TINY, talker=0.0)).batch(0)
    assert targets.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert targets[3, LABELS.index("speech")] == 1.0
    assert targets[:3, LABELS.index("speech")].max() == 0.0


@pytest.mark.parametrize(("power", "shares"), [(1.0, (0.25, 0.75)), (0.0, (0.5, 0.5))])
def test_decades_of_a_genre_are_drawn_as_they_come_or_each_the_same(power: float, shares: tuple[float, float]) -> None:
    decades = ("1970s", "1990s", "1990s", "1990s")
    files = [
        CorpusFile(f"blues/{number}.opus", Path("x"), 0, f"{number}", f"{number}", room=False, decade=decade)
        for number, decade in enumerate(decades)
    ]
    levels = np.random.default_rng(0).normal(-30, 8, (400, 96)).astype(np.float16)
    made = Corpus(tuple(files), levels, np.arange(5) * 100, ("", "", "", ""))
    recipe = msgspec.structs.replace(TINY, era_power=power)
    weights = AugmentedBatches(made, np.arange(4), SoftLabels({}, frozenset()), recipe)._music_weights
    assert (weights[0], weights[1:].sum()) == pytest.approx(shares)


def test_recording_in_a_room_is_learned_with_the_answer_of_its_clean_clip() -> None:
    _, targets = batches().batch(0)
    expected = 0.5 * soft_labels().by_name["blues/blues.00000.opus"][0]
    expected[0] += 0.5
    assert targets[4] == pytest.approx(expected, abs=1e-5)


def test_files_that_share_samples_artist_or_song_stay_on_one_side() -> None:
    made = corpus()
    files = list(made.files)
    files[1] = CorpusFile(files[1].name, files[1].path, 0, "Someone", "x", room=False)
    files[2] = CorpusFile(files[2].name, files[2].path, 6, "someone", "y", room=False)
    groups = Corpus(tuple(files), made.levels, made.starts, ("a", "b", "c", "a", "e")).groups()
    assert groups[1] == groups[2]
    assert groups[0] == groups[3] == groups[4]
    assert groups[0] != groups[1]


def test_windows_cut_from_whole_file_levels_are_those_of_the_daemon() -> None:
    from genred.analysis.frontend import LOGMEL, FrontEnd

    rng = np.random.default_rng(0)
    samples = (rng.standard_normal(LOGMEL.window_samples + 8_192) * 0.1).astype(np.float32)
    window = next(iter(evaluation_windows(file_levels(samples))))
    wanted = FrontEnd(LOGMEL).extract(samples[: LOGMEL.window_samples])
    # Half-precision levels and the estimate of the padded edge frames cost no more than this.
    assert np.abs(window - wanted)[2:-2].max() < 0.01
    assert np.abs(window - wanted).mean() < 0.01


@pytest.mark.usefixtures("short_student", "eager")
def test_killed_distillation_goes_on_with_the_steps_that_were_left(tmp_path: Path) -> None:
    from genred_build.training.distill import distill

    losses: dict[str, list[float]] = {"whole": [], "broken": []}

    def note(kind: str, stop_after: int | None = None) -> Callable[[TrainingStep, object], None]:
        def progress(step: TrainingStep, _model: object) -> None:
            losses[kind].append(step.loss)
            if stop_after is not None and step.step == stop_after:
                raise KeyboardInterrupt

        return progress

    distill(TINY, batches(), tmp_path / "whole", every=1, progress=note("whole"))
    with pytest.raises(KeyboardInterrupt):
        distill(TINY, batches(), tmp_path / "broken", every=1, progress=note("broken", stop_after=2))
    distill(TINY, batches(), tmp_path / "broken", every=1, progress=note("broken"))
    assert losses["broken"] == pytest.approx(losses["whole"], rel=1e-3)
    whole, broken = (student_network(tmp_path / kind / "student.npz", 64) for kind in ("whole", "broken"))
    window = np.ones((1, 64, 96, 1), np.float32)
    assert np.allclose(whole(window), broken(window), atol=1e-3)


@pytest.mark.usefixtures("short_student", "eager")
def test_run_of_another_recipe_or_of_other_files_or_half_written_is_trained_again(tmp_path: Path) -> None:
    def run(recipe: Distillation, own: AugmentedBatches) -> bool:
        lines: list[str] = []
        train_averaged([recipe], [own], tmp_path, start=None, say=lines.append)
        return bool(lines)

    short = msgspec.structs.replace(TINY, steps=1)
    other = batches()
    other.fingerprint = "of other files"
    assert [run(short, batches()), run(short, batches())] == [True, False]
    assert run(msgspec.structs.replace(short, learning_rate=0.5), batches())
    assert [run(short, other), run(short, other)] == [True, False]
    result = tmp_path / "run-0" / "student.npz"
    result.write_bytes(result.read_bytes()[:5_000])
    (tmp_path / "run-0" / "checkpoint.npz").write_bytes(b"PK half")
    assert run(short, other)


@pytest.mark.usefixtures("short_student", "eager")
def test_loss_that_is_no_number_ends_the_training_without_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from genred_build.training.distill import distill

    given = batches()
    features, targets = given.batch(0)
    monkeypatch.setattr(given, "batch", lambda _: (features * np.nan, targets))
    with pytest.raises(BuildError, match="the loss is no number before step 1; lower the learning rate"):
        distill(TINY, given, tmp_path / "run", every=1)
    assert not list((tmp_path / "run").glob("*.npz"))


def test_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "start.npz"
    path.write_bytes(b"PK\x03\x04 half of it")
    for read in (knows_no_word, student_network, lambda start: blend_weights([(start, 1.0)], tmp_path / "out.npz")):
        with pytest.raises(BuildError, match=r"start\.npz: no weights that can be read"):
            read(path)
    for labels in (read_soft_labels, read_second_teacher, read_embeddings):
        with pytest.raises(BuildError, match=r"start\.npz: "):
            labels(path)


@pytest.mark.skipif(not START.is_file(), reason="the given starting weights are not here")
def test_given_starting_weights_fill_the_network() -> None:
    model = student_network(START)
    assert np.isfinite(model(np.zeros((1, 216, 96, 1), np.float32))).all()


def test_every_distillation_that_is_shipped_is_valid() -> None:
    folder = DEFAULT_DISTILLATION.parent
    found = {path.name for path in folder.glob("*.yaml")}
    assert found == {
        "distillation.yaml",
        "folds.yaml",
        "folds-given.yaml",
        "folds-short.yaml",
        "more-music.yaml",
        "pretraining.yaml",
        "refinement.yaml",
    }
    for name in found:
        assert all(run.steps > 0 for run in load_distillations(folder / name))
