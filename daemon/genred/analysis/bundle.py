"""The model bundle: NAME.tflite beside NAME.json, the model card that the code reads.

A bundle is data. Another front end or other labels need no change in the daemon; a bundle that does not
fit is refused with the name of the field that is wrong.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from genred.analysis.frontend import shared_front_end
from genred.analysis.model_card import SCHEMA_VERSION, ModelCard
from genred.audio import SAMPLE_RATE_HZ
from genred.errors import BundleError
from genred.slug import is_slug

if TYPE_CHECKING:
    from genred.analysis.frontend import FrontEndSpec

MODELS_DIRECTORY = Path(__file__).resolve().parent.parent / "models"
"""Where the bundles lie that genred ships."""

DEFAULT_MODEL = "student"
"""The bundle that runs when a configuration names none."""

STATE_WORDS = frozenset({"offline", "silence", "uncertain", "music"})
"""No labels: a label is an MQTT payload beside these, and one that equals them could not be told from a state."""


class ModelBundle(msgspec.Struct, frozen=True):
    """A card that was checked, and the bytes of the network that it describes."""

    card: ModelCard
    tflite: bytes
    path: Path


def find_bundle(model: str) -> Path:
    """Finds the card of a shipped model by name, or of any bundle by the path of its .json or .tflite.

    Raises:
        BundleError: There is none, and the message lists the shipped names; or it cannot be told.
    """
    given = Path(DEFAULT_MODEL if model == "default" else model)
    if given.suffix in {".json", ".tflite"}:
        card = given.with_suffix(".json")
    elif given.parent == Path():
        card = MODELS_DIRECTORY / f"{given}.json"
    else:
        card = given.parent / f"{given.name}.json"
    try:
        is_there = card.is_file()
    except OSError as error:
        raise BundleError(f"model {model!r}: {card}: cannot be read: {error.strerror}") from error
    if not is_there:
        shipped = ", ".join(shipped_models())
        raise BundleError(
            f"model {model!r}: no file {card}; shipped models are: {shipped}; the path of a .json works, too"
        )
    return card


def shipped_models() -> list[str]:
    """Names of the bundles that come with genred, sorted."""
    return sorted(path.stem for path in MODELS_DIRECTORY.glob("*.json"))


def load_bundle(model: str | Path) -> ModelBundle:
    """Reads a bundle and checks all that can be checked without running it.

    Args:
        model: A shipped model's name, or the path of a bundle's .json or .tflite.

    Raises:
        BundleError: A file is missing or unreadable, or a field is missing, of the wrong type, or contradicts
            another or the .tflite; the message names file and field.
    """
    path = find_bundle(str(model))
    try:
        card = msgspec.json.decode(path.read_bytes(), type=ModelCard)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{path}: {error}") from error
    network = path.with_suffix(".tflite")
    try:
        tflite = network.read_bytes()
    except OSError as error:
        raise BundleError(f"{network}: cannot be read: {error.strerror}") from error
    for field, fault in _faults(card, tflite):
        raise BundleError(f"{path}: field `{field}`: {fault}")
    return ModelBundle(card=card, tflite=tflite, path=path)


def front_end_faults(spec: FrontEndSpec) -> list[tuple[str, str]]:
    """Gives what the daemon could not compute of a front end: the field, as in a card, and what is wrong with it."""
    nyquist_hz = spec.sample_rate_hz / 2
    checks = [
        ("sample_rate_hz", spec.sample_rate_hz == SAMPLE_RATE_HZ, f"must be {SAMPLE_RATE_HZ}, the rate of all sources"),
        (
            "n_fft",
            2 <= spec.n_fft <= spec.window_samples and spec.n_fft % 2 == 0,
            "must be even and not longer than the window",
        ),
        ("hop_samples", 1 <= spec.hop_samples <= spec.n_fft, "must be 1 to n_fft"),
        ("window_samples", spec.window_samples <= 60 * SAMPLE_RATE_HZ, "must be at most a minute"),
        ("n_mels", 1 <= spec.n_mels <= spec.n_fft, "must be 1 to n_fft"),
        ("n_coefficients", 1 <= spec.n_coefficients <= spec.n_mels, "must be 1 to n_mels"),
        ("fmin_hz", 0 <= spec.fmin_hz < spec.fmax_hz, "must not be negative and must be below fmax_hz"),
        ("fmax_hz", spec.fmax_hz <= nyquist_hz, f"must be at most {nyquist_hz:g}"),
        ("top_db", 0 < spec.top_db <= 200, "must be positive and at most 200"),
    ]
    return [
        (f"front_end.{field}", f"is {getattr(spec, field)}, {allowed}") for field, holds, allowed in checks if not holds
    ]


def _faults(card: ModelCard, tflite: bytes) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []

    def check(holds: bool, field: str, fault: str) -> None:
        if not holds:
            faults.append((field, fault))

    check(card.schema == SCHEMA_VERSION, "schema", f"is {card.schema}; this genred reads {SCHEMA_VERSION}")
    check(len(card.labels) >= 2, "labels", "needs at least two")
    check(len(set(card.labels)) == len(card.labels), "labels", "has a label twice")
    for label in card.labels:
        check(is_slug(label), "labels", f"{label!r} is not a slug of a-z, 0-9 and _")
        check(label not in STATE_WORDS, "labels", f"{label!r} is the name of a state")
    faults += front_end_faults(card.front_end)
    if faults:
        return faults  # shapes mean nothing where these are wrong
    digest = hashlib.sha256(tflite).hexdigest()
    check(
        digest == card.tflite_sha256,
        "tflite_sha256",
        f"is {card.tflite_sha256}, but the .tflite has {digest}: the two files do not belong together",
    )
    faults += _patch_faults(card)
    expected_input = (1, *card.features_shape, 1)
    check(
        card.input.shape == expected_input,
        "input.shape",
        f"is {card.input.shape}, the front end gives {expected_input}",
    )
    expected_output = (1, len(card.labels))
    check(
        card.output.shape == expected_output,
        "output.shape",
        f"is {card.output.shape}, the labels need {expected_output}",
    )
    for name, tensor in (("input", card.input), ("output", card.output)):
        check(tensor.dtype == "float32" or tensor.scale > 0, f"{name}.scale", "must be positive for int8")
    check(0.01 <= card.temperature <= 100, "temperature", f"is {card.temperature}, must be 0.01 to 100")
    check(all(abs(offset) <= 100 for offset in card.logit_offsets), "logit_offsets", "must be from -100 to 100")
    check(0 <= card.reject_threshold <= 1, "reject_threshold", f"is {card.reject_threshold}, must be 0 to 1")
    check(
        len(card.logit_offsets) in {0, len(card.labels)},
        "logit_offsets",
        f"has {len(card.logit_offsets)} values for {len(card.labels)} labels",
    )
    check(
        card.smoothing.release_threshold <= card.reject_threshold,
        "smoothing.release_threshold",
        "must not be above reject_threshold",
    )
    check(card.smoothing.hold_s > 0, "smoothing.hold_s", "must be positive")
    check(card.smoothing.evidence_weight > 0, "smoothing.evidence_weight", "must be positive")
    check(card.smoothing.dwell_s >= 0, "smoothing.dwell_s", "must not be negative")
    least = card.smoothing.least_confidence
    check(0 <= least <= 1, "smoothing.least_confidence", f"is {least}, must be 0 to 1")
    check(card.smoothing.memory_s > 0, "smoothing.memory_s", "must be positive")
    check(card.smoothing.sharpness > 0, "smoothing.sharpness", "must be positive")
    check(card.smoothing.doubt_windows > 0, "smoothing.doubt_windows", "must be positive")
    return faults


def _patch_faults(card: ModelCard) -> list[tuple[str, str]]:
    patches = card.patches
    if patches is None:
        return []
    inner = shared_front_end(card.front_end).inner_frames
    checks = [
        ("frames", patches.frames >= 1, f"is {patches.frames}, must be positive"),
        ("hop_frames", patches.hop_frames >= 1, f"is {patches.hop_frames}, must be positive"),
        ("count", patches.count >= 1, f"is {patches.count}, must be positive"),
        (
            "frames",
            patches.span_frames <= inner,
            f"with `count` and `hop_frames` they take {patches.span_frames}, and a window has {inner} without padding",
        ),
    ]
    return [(f"patches.{field}", fault) for field, holds, fault in checks if not holds]
