from __future__ import annotations

import itertools
import wave
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from genred_build.cli import main
from genred_build.data.corpus import Corpus, joined, read_corpus
from genred_build.data.corpus_files import CorpusFile, list_unlabelled
from genred_build.data.corpus_split import split_into_folds
from genred_build.data.targets import Embeddings, SoftLabels, read_embeddings, read_second_teacher
from genred_build.errors import BuildError
from genred_build.npz import write_npz
from genred_build.spec.distillation import Distillation
from genred_build.spec.labels import LABELS, SPEECH
from genred_build.teachers.linear_head import blended_labels, fit_head, head_labels, unlabelled_labels
from genred_build.teachers.musicnn import NETWORKS, PENULTIMATE, Musicnn, musicnn_levels, principal_components
from genred_build.training.augmented_batches import AugmentedBatches
from genred_build.training.training_set import TrainingSet
from genred_build.training.weight_averaging import describe_runs

METAL = LABELS.index("metal")
SIZE = 7
TINY = Distillation(steps=4, music=3, rooms=1, speech=1, unlabelled=2, embedding=1.0, crop_frames=64, warmup_steps=1)


def corpus() -> Corpus:
    rng = np.random.default_rng(0)
    files, levels = [], []
    for label, number in itertools.product(("blues", "metal", "speech"), range(6)):
        clip = f"{label}.{number:05d}"
        files.append(
            CorpusFile(f"{label}/{clip}.opus", Path(clip), LABELS.index(label), f"{label}{number}", clip, False)
        )
    files.append(CorpusFile("blues/room.opus", Path("room"), 0, "blues0", "blues.00000", room=True))
    files.append(CorpusFile("unlabelled/tune.ogg", Path("tune"), -1, "", "unlabelled/tune.ogg", room=False))
    levels = [rng.normal(-30, 8, (300, 96)).astype(np.float16) for _ in files]
    starts = np.cumsum([0, *(len(each) for each in levels)])
    return Corpus(tuple(files), np.concatenate(levels), starts, tuple(f"md5 {number}" for number in range(len(files))))


def embeddings(made: Corpus) -> Embeddings:
    """Blues lies at +3 of the first column, metal at -3."""
    rng = np.random.default_rng(1)
    middle = {"blues": 3.0, "metal": -3.0, "speech": 0.0, "unlabelled": 0.0}
    by_name = {}
    for file in made.files:
        values = rng.normal(0, 0.3, (4, SIZE)).astype(np.float32)
        values[:, 0] += middle[file.name.partition("/")[0]]
        values[:, 1] += 5.0 * (file.label == LABELS.index("speech"))
        by_name[file.name] = np.array([1.5, 3.0, 4.5, 6.0], np.float32), values
    return Embeddings(by_name, SIZE)


def batches(recipe: Distillation = TINY) -> AugmentedBatches:
    made = corpus()
    return AugmentedBatches(
        made, np.arange(len(made.files)), SoftLabels({}, frozenset()), recipe, embeddings=embeddings(made)
    )


def test_music_without_a_genre_teaches_no_word_but_what_the_tagger_hears() -> None:
    _, targets = batches(msgspec.structs.replace(TINY, talker=0.0)).batch(0)
    assert targets.shape == (7, len(LABELS) + SIZE)
    words = targets[:, : len(LABELS)].sum(axis=1)
    assert words == pytest.approx([1, 1, 1, 0, 0, 1, 1], abs=1e-5)
    assert np.abs(targets[3:5, len(LABELS) :]).max() > 0


def test_recording_in_a_room_is_to_sound_like_its_clean_clip_to_the_tagger() -> None:
    made = corpus()
    known = embeddings(made)
    _, targets = batches(msgspec.structs.replace(TINY, embedding=2.0)).batch(0)
    of_clip = known.by_name["blues/blues.00000.opus"][1]
    found = targets[-1, len(LABELS) :]
    assert np.all(found >= of_clip.min(axis=0) - 1e-5)
    assert np.all(found <= of_clip.max(axis=0) + 1e-5)


def test_without_weight_for_the_embedding_targets_are_words_alone() -> None:
    assert batches(msgspec.structs.replace(TINY, embedding=0.0)).batch(0)[1].shape == (7, len(LABELS))


def test_embedding_between_two_windows_lies_between_theirs() -> None:
    known = Embeddings({"a": (np.array([1.0, 3.0], np.float32), np.array([[0.0], [4.0]], np.float32))}, 1)
    assert [float(known.at("a", second)[0]) for second in (0.0, 1.5, 3.0, 9.0)] == [0.0, 1.0, 4.0, 4.0]  # type: ignore[index]
    assert known.at("b", 0.0) is None


def test_embeddings_come_back_as_they_were_written_and_a_foreign_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "embeddings.npz"
    np.savez(path, names=["x", "y"], own=[0, 0, 1], at=[1.5, 3.0, 1.5], embedding=np.arange(6.0).reshape(3, 2))
    read = read_embeddings(path)
    assert read.size == 2
    assert read.by_name["y"][1].tolist() == [[4.0, 5.0]]
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(BuildError, match=r"other\.npz"):
        read_embeddings(tmp_path / "other.npz")


@pytest.mark.usefixtures("short_student", "eager")
def test_network_that_learns_embeddings_leaves_them_behind(tmp_path: Path) -> None:
    from genred_build.training.distill import distill

    seen: list[float] = []
    model = distill(TINY, batches(), tmp_path, every=2, progress=lambda step, _: seen.append(step.loss))
    assert model.output_shape == (None, len(LABELS))
    assert len(seen) == 2
    assert np.isfinite(seen).all()
    with np.load(tmp_path / "student.npz") as stored:
        assert stored["embedding/kernel"].shape == (256, SIZE)


@pytest.mark.usefixtures("short_student", "eager")
def test_what_was_learned_without_words_starts_the_next_run_without_opinion(tmp_path: Path) -> None:
    from genred_build.training.distill import distill

    recipe = msgspec.structs.replace(TINY, music=0, rooms=0, speech=0)
    model = distill(recipe, batches(recipe), tmp_path / "first")
    assert not np.any(model.get_layer("logits").get_weights()[0])
    losses: list[float] = []
    start = tmp_path / "first" / "student.npz"
    assert "no word" in describe_runs([recipe], start)
    gone_on = msgspec.structs.replace(recipe, steps=1, learning_rate=0.0)
    distill(
        gone_on, batches(gone_on), tmp_path / "next", start=start, progress=lambda step, _: losses.append(step.loss)
    )
    fresh = tmp_path / "fresh.npz"
    with np.load(start) as stored:
        np.savez(fresh, **{name: stored[name] for name in stored.files if not name.startswith("embedding")})
    distill(
        gone_on, batches(gone_on), tmp_path / "other", start=fresh, progress=lambda step, _: losses.append(step.loss)
    )
    assert losses[0] != losses[1]


def test_head_answers_for_artists_that_it_did_not_hear() -> None:
    made = corpus()
    given = np.full((1, len(LABELS)), 0.1, np.float32)
    labels = head_labels(
        made, embeddings(made), np.arange(len(made.files)), SoftLabels({"metal/metal.00000.opus": given}, frozenset())
    )
    for file in made.files[:18]:
        said = labels.by_name[file.name]
        assert said.sum(axis=1) == pytest.approx(np.ones(len(said)), abs=1e-4)
        assert set(said.argmax(axis=1)) == {file.label}
    assert len(labels.by_name["metal/metal.00000.opus"]) == len(given)


def test_second_teacher_moves_the_genres_and_leaves_speech_alone() -> None:
    sure_of_blues = np.full((2, 11), 0.01, np.float32)
    sure_of_blues[:, 0], sure_of_blues[:, SPEECH] = 0.71, 0.2
    certain_of_metal = np.zeros((3, 11), np.float32)
    certain_of_metal[:, METAL] = 1.0
    labels = SoftLabels({"a": sure_of_blues, "b": sure_of_blues}, frozenset({"b"}))
    mixed = blended_labels(labels, SoftLabels({"a": certain_of_metal, "c": certain_of_metal}, frozenset()), 0.4)
    assert set(mixed.by_name) == {"a", "b"}
    assert mixed.held_out == {"b"}
    assert mixed.by_name["b"] is sure_of_blues
    assert mixed.by_name["a"].shape == (2, 11)
    assert mixed.by_name["a"].sum(axis=1) == pytest.approx([1, 1])
    assert mixed.by_name["a"][:, SPEECH] == pytest.approx(sure_of_blues[:, SPEECH])
    assert (mixed.by_name["a"][:, METAL] > mixed.by_name["a"][:, 0]).all()
    unmixed = blended_labels(labels, SoftLabels({"a": certain_of_metal}, frozenset()), 0.0)
    assert unmixed.by_name["a"] == pytest.approx(sure_of_blues, abs=1e-4)


def test_second_teacher_is_read_where_the_soft_labels_have_it(tmp_path: Path) -> None:
    stored = {"names": np.array(["a"]), "own": np.zeros(2, int), "val": np.array([True])}
    logs = np.log(np.full((2, 10), 0.1))
    write_npz(tmp_path / "one.npz", {"ensemble": logs, **stored})
    write_npz(tmp_path / "both.npz", {"ensemble": logs, "mn04_zs": logs, **stored})
    assert read_second_teacher(tmp_path / "one.npz") is None
    second = read_second_teacher(tmp_path / "both.npz")
    assert second is not None
    assert second.by_name["a"][:, :SPEECH] == pytest.approx(np.full((2, 10), 0.1))
    (tmp_path / "text.npz").write_text("no numbers")
    with pytest.raises(BuildError, match=r"text\.npz"):
        read_second_teacher(tmp_path / "text.npz")
    recipe = msgspec.structs.replace(TINY, second_teacher=0.3)
    made = corpus()
    training_set = TrainingSet(made, SoftLabels({}, frozenset()), embeddings(made))
    with pytest.raises(BuildError, match="second_teacher"):
        training_set.batches(np.arange(len(made.files)), [recipe], tmp_path)


def test_head_says_of_music_without_a_genre_what_it_is_like() -> None:
    made = corpus()
    known = embeddings(made)
    middles, values = known.by_name["unlabelled/tune.ogg"]
    known.by_name["unlabelled/tune.ogg"] = middles, values - np.eye(1, SIZE, dtype=np.float32) * 3.0
    everything = np.arange(len(made.files))
    found = unlabelled_labels(made, known, everything, fit_head(made, known, everything))
    assert list(found) == ["unlabelled/tune.ogg"]
    words = found["unlabelled/tune.ogg"]
    assert words.sum(axis=1) == pytest.approx(1.0)
    assert (words.argmax(axis=1) == LABELS.index("metal")).all()
    recipe = msgspec.structs.replace(TINY, talker=0.0, mixup=0.0, speed=0.0)
    _, targets = AugmentedBatches(made, np.arange(len(made.files)), SoftLabels(found, frozenset()), recipe).batch(0)
    assert targets[3, : len(LABELS)] == pytest.approx(words[0], abs=0.05)


def test_head_is_not_fitted_on_what_it_may_not_see() -> None:
    made = corpus()
    labels = head_labels(made, embeddings(made), np.arange(5, 18), SoftLabels({}, frozenset()))
    assert "blues/blues.00000.opus" not in labels.by_name


def test_each_file_judges_in_one_fold_and_no_artist_is_on_both_sides() -> None:
    made = corpus()
    folds = split_into_folds(made, 3)
    judged = np.concatenate([fold.validation for fold in folds])
    assert sorted(judged) == list(range(18))
    assert [fold.rooms.tolist() for fold in folds if 0 in fold.validation] == [[18]]
    for fold in folds:
        judges = {made.files[index].artist for index in (*fold.validation, *fold.rooms)}
        assert judges.isdisjoint(made.files[index].artist for index in fold.training)
        assert 19 in fold.training


def test_unlabelled_music_joins_the_corpus_and_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    tone = np.sin(np.arange(22_050 * 2) * 0.1) * 0.3
    with wave.open(str(tmp_path / "tone.wav"), "wb") as out:
        out.setparams((1, 2, 22_050, 0, "NONE", ""))
        out.writeframes((tone * 32_767).astype(np.int16).tobytes())
    (tmp_path / "broken.ogg").write_bytes(b"no sound")
    (tmp_path / "notes.txt").write_text("no music")
    files = list_unlabelled(tmp_path)
    assert [file.name for file in files] == ["unlabelled/broken.ogg", "unlabelled/tone.wav"]
    read = read_corpus(files, tmp_path / "cache" / "unlabelled.npz")
    both = joined(corpus(), read)
    assert len(both.of(len(both.files) - 2)) == 0
    assert len(both.of(len(both.files) - 1)) > 80
    assert np.array_equal(both.of(0), corpus().of(0))
    with pytest.raises(BuildError, match="empty"):
        list_unlabelled(tmp_path / "empty")


def checkpoint(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    """A checkpoint as musicnn's, its weights random."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {}
    kernels = [(7, 38, 1, 204), (7, 67, 1, 204), *((k, 1, 1, 51) for k in (128, 64, 32))]
    kernels += [(7, 561, 1, 64), (7, 64, 1, 64), (7, 64, 1, 64)]
    for number, kernel in enumerate(kernels):
        name = f"conv2d_{number}" if number else "conv2d"
        shapes |= {f"{name}/kernel": kernel, f"{name}/bias": kernel[-1:]}
    for number, size in enumerate((1, 204, 204, 51, 51, 51, 64, 64, 64, 1506, 200)):
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        shapes |= {f"{name}/{part}": (size,) for part in ("gamma", "beta", "moving_mean", "moving_variance")}
    shapes |= {"dense/kernel": (1506, 200), "dense/bias": (200,)}
    values = {
        name: (rng.uniform(0.5, 1.5, shape) if name.endswith(("gamma", "variance")) else rng.normal(0, 0.05, shape))
        for name, shape in shapes.items()
    }
    values = {name: value.astype(np.float32) for name, value in values.items()}
    folder.mkdir(parents=True)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = {name: tf.compat.v1.Variable(value, name=name) for name, value in values.items()}
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver(variables).save(session, f"{folder}/m", write_meta_graph=False, write_state=False)
    for path in folder.glob("m.*"):
        path.rename(folder / path.name.removeprefix("m"))
    return values


def as_published(values: dict[str, np.ndarray[Any, Any]], patches: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The network layer by layer from Keras, as its authors' code builds it."""
    from keras import layers, ops

    def norm(inputs: Any, number: int) -> Any:
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        layer = layers.BatchNormalization(epsilon=1e-3)
        layer.build(inputs.shape)
        layer.set_weights([values[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")])
        return layer(inputs, training=False)

    def conv(inputs: Any, number: int, padding: str) -> Any:
        name = f"conv2d_{number}" if number else "conv2d"
        kernel = values[f"{name}/kernel"]
        layer = layers.Conv2D(kernel.shape[-1], kernel.shape[:2], padding=padding, activation="relu")
        layer.build(inputs.shape)
        layer.set_weights([kernel, values[f"{name}/bias"]])
        return norm(layer(inputs), number + 1)

    time_padding = ((0, 0), (3, 3), (0, 0), (0, 0))
    inputs = norm(ops.convert_to_tensor(patches[..., None]), 0)
    front = [ops.max(conv(ops.pad(inputs, time_padding), number, "valid"), axis=2) for number in (0, 1)]
    front += [ops.max(conv(inputs, number, "same"), axis=2) for number in (2, 3, 4)]
    found = [ops.concatenate(front, axis=2)[..., None]]
    for number in (5, 6, 7):
        hidden = ops.transpose(conv(ops.pad(found[-1], time_padding), number, "valid"), (0, 1, 3, 2))
        found.append(hidden if number == 5 else hidden + found[-1])
    features = ops.concatenate(found, axis=2)
    pooled = ops.concatenate([ops.max(features, axis=1), ops.mean(features, axis=1)], axis=2)
    flat = norm(ops.reshape(pooled, (len(patches), -1)), 9)
    hidden = ops.relu(ops.matmul(flat, values["dense/kernel"]) + values["dense/bias"])
    return np.asarray(ops.convert_to_numpy(norm(hidden, 10)))


def test_tagger_equals_the_published_network(tmp_path: Path) -> None:
    values = checkpoint(tmp_path / NETWORKS[0])
    patches = np.random.default_rng(2).uniform(0, 3, (2, 187, 96)).astype(np.float32)
    known = Musicnn(tmp_path, NETWORKS[0])(patches)
    assert known.shape == (2, PENULTIMATE)
    assert np.abs(known - as_published(values, patches)).max() < 1e-3


def test_folder_without_musicnn_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=f"{NETWORKS[1]}: no checkpoint"):
        Musicnn(tmp_path, NETWORKS[1])


def test_tagger_levels_have_96_bands_62_times_a_second() -> None:
    levels = musicnn_levels(np.sin(np.arange(22_050) * 0.2).astype(np.float32), 22_050)
    assert levels.shape == (63, 96)
    assert levels.min() >= 0


def test_principal_components_keep_the_order_of_variance_and_unit_power() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.standard_normal((500, 3)) * [5.0, 2.0, 1.0]
    values = (hidden @ rng.standard_normal((3, 12)) + rng.standard_normal((500, 12)) * 0.01).astype(np.float32)
    found = principal_components(values, 3)
    assert np.mean(found**2) == pytest.approx(1.0, abs=1e-3)
    assert list(found.std(axis=0)) == sorted(found.std(axis=0), reverse=True)


def test_principal_components_of_few_windows_are_finite() -> None:
    values = np.random.default_rng(0).standard_normal((5, 40)).astype(np.float32)
    assert np.isfinite(principal_components(values, 20)).all()


def test_music_without_a_genre_does_not_move_the_words() -> None:
    import tensorflow as tf

    from genred_build.training.distill import cross_entropy

    logits = tf.Variable(np.ones((1, len(LABELS)), np.float32))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(cross_entropy(tf.zeros((1, len(LABELS))), logits))
    assert not np.any(tape.gradient(loss, logits).numpy())


def test_cross_entropy_of_a_distribution_is_that_of_keras() -> None:
    import keras

    from genred_build.training.distill import cross_entropy

    rng = np.random.default_rng(0)
    targets = rng.dirichlet(np.ones(11), 5).astype(np.float32)
    logits = rng.standard_normal((5, 11)).astype(np.float32)
    expected = keras.ops.categorical_crossentropy(targets, logits, from_logits=True)
    assert np.asarray(cross_entropy(targets, logits)) == pytest.approx(np.asarray(expected), abs=1e-5)


def test_mixed_head_answers_as_the_mean_of_both_ways() -> None:
    import keras

    from genred_build.teachers.linear_head import LinearHead
    from genred_build.training.distill import mix_head

    rng = np.random.default_rng(0)
    pooled = keras.layers.Input((256,))
    words = keras.layers.Dense(11, name="logits")(pooled)
    centred = keras.layers.BatchNormalization(center=False, scale=False, name="centred")
    learner = keras.Model(pooled, [words, keras.layers.Dense(SIZE, name="embedding")(centred(pooled))])
    centred.set_weights([rng.uniform(0, 1, 256), rng.uniform(0.5, 2, 256)])
    head = LinearHead(rng.standard_normal((SIZE, 11)).astype(np.float32), rng.standard_normal(11).astype(np.float32))
    values = rng.uniform(0, 2, (5, 256)).astype(np.float32)
    own, embedding = (np.asarray(each) for each in learner(values, training=False))
    mix_head(learner, head, 0.3)
    mixed = np.asarray(learner(values, training=False)[0])
    assert mixed == pytest.approx(0.7 * own + 0.3 * (embedding @ head.kernel + head.bias), abs=1e-4)


def test_head_of_all_files_tells_the_genres_apart_and_takes_the_prior_on() -> None:
    made = corpus()
    known = embeddings(made)
    prior = np.zeros(len(LABELS))
    head = fit_head(made, known, np.arange(len(made.files))).leaning(prior)
    for file in made.files[:18]:
        answers = (known.by_name[file.name][1] @ head.kernel + head.bias).argmax(axis=1)
        assert set(answers) == {file.label}
    prior[3] = 2.0
    shifted = fit_head(made, known, np.arange(len(made.files))).leaning(prior)
    assert (shifted.bias - head.bias) == pytest.approx(prior, abs=1e-4)


@pytest.mark.usefixtures("short_student")
def test_pretraining_learns_from_a_folder_of_music_and_names_one_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "music").mkdir()
    with wave.open(str(tmp_path / "music" / "noise.wav"), "wb") as out:
        out.setparams((1, 2, 22_050, 0, "NONE", ""))
        out.writeframes(rng.integers(-9_000, 9_000, 22_050 * 4).astype(np.int16).tobytes())
    known: dict[str, Any] = {
        "names": ["unlabelled/noise.wav"],
        "own": [0],
        "at": [1.5],
        "embedding": rng.standard_normal((1, SIZE)),
    }
    np.savez(tmp_path / "embeddings.npz", **known)
    (tmp_path / "short.yaml").write_text(
        "{steps: 2, music: 0, rooms: 0, speech: 0, unlabelled: 3, embedding: 1.0, crop_frames: 64, talker: 0.0}"
    )
    call = ["student", "pretrain", "--embeddings", f"{tmp_path}/embeddings.npz"]
    call += ["--distillation", f"{tmp_path}/short.yaml"]
    assert main([*call, "--unlabelled", f"{tmp_path}/music", "--out", f"{tmp_path}/out"]) == 0
    assert "step 2" in capsys.readouterr().out
    with np.load(tmp_path / "out" / "student.npz") as stored:
        assert not np.any(stored["unfolded/fc.weight"])
    (tmp_path / "nothing").mkdir()
    assert main([*call, "--unlabelled", f"{tmp_path}/nothing", "--out", f"{tmp_path}/other"]) == 1
    assert "nothing: contains no music" in capsys.readouterr().err
