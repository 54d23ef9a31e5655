"""A bundle that does not fit is refused with the name of what is wrong."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from genred.analysis.bundle import MODELS_DIRECTORY, find_bundle, load_bundle, shipped_models
from genred.analysis.classifier import Classifier
from genred.errors import BundleError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bundle(tiny_model_path: Path, tmp_path: Path) -> Path:
    for suffix in (".json", ".tflite"):
        shutil.copy(tiny_model_path.with_suffix(suffix), tmp_path / f"mine{suffix}")
    return tmp_path / "mine.json"


def change(card: Path, *path: str, value: Any) -> None:
    tree = json.loads(card.read_text())
    node = tree
    for key in path[:-1]:
        node = node[key]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    card.write_text(json.dumps(tree))


def refused(card: Path) -> str:
    with pytest.raises(BundleError) as error:
        Classifier(load_bundle(card))
    assert str(card) in str(error.value) or str(card.with_suffix(".tflite")) in str(error.value)
    return str(error.value)


def test_a_good_bundle_is_loaded_by_either_of_its_files(bundle: Path) -> None:
    assert load_bundle(bundle).card.labels == ("jazz", "metal", "speech")
    assert load_bundle(bundle.with_suffix(".tflite")).card == load_bundle(bundle).card
    assert load_bundle(str(bundle.with_suffix(""))).card == load_bundle(bundle).card


@pytest.mark.parametrize("name", shipped_models())
def test_shipped_bundles_load_run_and_are_small(name: str) -> None:
    shipped = load_bundle(name)
    Classifier(shipped)
    assert shipped.card.name == name
    assert len(shipped.tflite) < 1_000_000
    assert shipped.card.evaluations
    assert all(e.low <= e.value <= e.high and e.count > 0 for e in shipped.card.evaluations)


def test_the_original_network_is_shipped_and_something_is_the_default() -> None:
    assert "original" in shipped_models()
    assert find_bundle("default").parent == MODELS_DIRECTORY


def test_a_changed_network_is_refused_by_its_hash(bundle: Path) -> None:
    network = bundle.with_suffix(".tflite")
    network.write_bytes(network.read_bytes() + b"\0")
    assert "tflite_sha256" in refused(bundle)


@pytest.mark.parametrize(
    "field",
    [
        "schema",
        "labels",
        "front_end",
        "input",
        "output",
        "temperature",
        "reject_threshold",
        "training",
        "tflite_sha256",
    ],
)
def test_a_missing_field_is_named(bundle: Path, field: str) -> None:
    change(bundle, field, value=None)
    assert f"`{field}`" in refused(bundle)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("schema",), 2, "schema"),
        (("labels",), ["jazz", "metal"], "output.shape"),
        (("labels",), ["jazz", "jazz", "speech"], "labels"),
        (("labels",), ["jazz", "Heavy Metal", "speech"], "Heavy Metal"),
        (("labels",), ["jazz", "silence", "speech"], "silence"),
        (("input", "shape"), [1, 216, 12, 1], "input.shape"),
        (("output", "shape"), [1, 4], "output.shape"),
        (("input", "dtype"), "float16", "input.dtype"),
        (("front_end", "n_coefficients"), 20, "input.shape"),
        (("front_end", "n_coefficients"), 200, "front_end.n_coefficients"),
        (("front_end", "kind"), "chroma", "front_end.kind"),
        (("temperature",), 0, "temperature"),
        (("temperature",), "hot", "temperature"),
        (("reject_threshold",), 1.5, "reject_threshold"),
        (("smoothing", "release_threshold"), 0.99, "smoothing.release_threshold"),
        (("smoothing", "least_confidence"), 1.5, "smoothing.least_confidence"),
        (("smoothing", "memory_s"), 0.0, "smoothing.memory_s"),
        (("smoothing", "sharpness"), 0.0, "smoothing.sharpness"),
        (("smoothing", "doubt_windows"), 0.0, "smoothing.doubt_windows"),
        (("smoothing", "hold_s"), -1, "smoothing.hold_s"),
        (("logit_offsets",), [1.0], "logit_offsets"),
        (("front_end", "hop_samples"), 0, "front_end.hop_samples"),
        (("front_end", "n_fft"), 0, "front_end.n_fft"),
        (("front_end", "sample_rate_hz"), 44_100, "front_end.sample_rate_hz"),
        (("front_end", "fmax_hz"), 99_999, "front_end.fmax_hz"),
        (("front_end", "top_db"), -5, "front_end.top_db"),
        (("temperature",), 1e-300, "temperature"),
        (("logit_offsets",), [1e308, 0, 0], "logit_offsets"),
        (("patches",), {"frames": 64, "hop_frames": 43, "count": 4}, "input.shape"),
        (("patches",), {"frames": 64, "hop_frames": 43, "count": 5}, "patches.frames"),
        (("patches",), {"frames": 0, "hop_frames": 43, "count": 4}, "patches.frames"),
        (("patches",), {"frames": 64, "hop_frames": 0, "count": 4}, "patches.hop_frames"),
        (("patches",), {"frames": 64, "hop_frames": 43, "count": 0}, "patches.count"),
        (("patches",), {"frames": 64}, "hop_frames"),
        (("surprise",), 1, "surprise"),
    ],
)
def test_a_wrong_field_is_named(bundle: Path, path: tuple[str, ...], value: Any, named: str) -> None:
    change(bundle, *path, value=value)
    assert named in refused(bundle)


def test_a_type_that_the_network_does_not_have_is_named(bundle: Path) -> None:
    change(bundle, "input", "dtype", value="int8")
    change(bundle, "input", "scale", value=0.5)
    assert "input.dtype" in refused(bundle)


def test_int8_without_a_scale_is_refused(bundle: Path) -> None:
    change(bundle, "input", "dtype", value="int8")
    assert "input.scale" in refused(bundle)


def test_a_shape_that_the_network_does_not_have_is_named(bundle: Path) -> None:
    change(bundle, "front_end", "n_coefficients", value=12)
    change(bundle, "input", "shape", value=[1, 216, 12, 1])
    assert "input.shape" in refused(bundle)


def test_a_file_that_is_no_network_is_refused(bundle: Path) -> None:
    import hashlib

    bundle.with_suffix(".tflite").write_bytes(b"not a network")
    change(bundle, "tflite_sha256", value=hashlib.sha256(b"not a network").hexdigest())
    assert "not a usable TFLite network" in refused(bundle)


@pytest.mark.parametrize("model", ["/", "..", "", "x/", "nowhere/x", "y" * 300, "./" + "y" * 300, "y" * 300 + ".json"])
def test_a_model_that_is_not_there_is_named_whatever_it_is_called(model: str) -> None:
    with pytest.raises(BundleError, match=re.escape(f"model {model!r}: ")):
        load_bundle(model)


def test_a_missing_network_and_a_card_that_is_no_json_are_named(bundle: Path) -> None:
    bundle.with_suffix(".tflite").unlink()
    assert "cannot be read" in refused(bundle)
    for no_card in (b"{", b"", b'{"name": "\xc1"}', b'{"x": ' + b"[" * 100_000):
        bundle.write_bytes(no_card)
        assert str(bundle) in refused(bundle)


def test_an_unknown_name_lists_what_is_shipped() -> None:
    with pytest.raises(BundleError, match="original"):
        find_bundle("orignal")
