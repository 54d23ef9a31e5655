"""The model bundle: NAME.tflite beside NAME.json, the model card that the code reads.

A bundle is data. Another front end or other labels need no change in the daemon; a bundle that does not
fit is refused with the name of the field that is wrong.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Literal

import msgspec

from genred.analysis.frontend import SAMPLE_RATE_HZ, FrontEndSpec
from genred.errors import BundleError

SCHEMA_VERSION = 1
"""Version of the model card's format that this daemon reads."""

SPEECH_LABEL = "speech"
"""The label that means speech, in models that know it; every other label is a genre."""

MODELS_DIRECTORY = Path(__file__).resolve().parent.parent / "models"
"""Where the bundles lie that genred ships."""

DEFAULT_MODEL = "student"
"""The bundle that runs when a configuration names none."""

_LABEL = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
# A label is an MQTT payload beside these words: one that equals them could not be told from a state.
_STATE_WORDS = frozenset({"offline", "silence", "uncertain", "music"})


class TensorSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tensor of the .tflite. `scale` and `zero_point` are 0 for float32.

    Attributes:
        shape: With the batch, as in (1, 216, 13, 1).
        scale: real = scale * (quantized - zero_point).
    """

    dtype: Literal["int8", "float32"]
    shape: tuple[int, ...]
    scale: float = 0.0
    zero_point: int = 0


class Smoothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defaults of the genre filter, tuned for this model; a configuration may override each.

    Attributes:
        hold_s: Expected seconds between changes of genre; the filter's stay probability follows from it.
        evidence_weight: Exponent on the likelihood of a window that overlaps no other. Overlapping windows
            get its share step / window, so that the same second of audio is not counted five times.
        release_threshold: Posterior under which an announced genre is given up for `uncertain`; the bundle's
            `reject_threshold`, at which one is announced, lies above it (hysteresis).
        dwell_s: How long a new answer must lead before it is announced.
        least_confidence: Confidence under which nothing is announced; what was is given up under 0.8 of it.
        memory_s: Time constant of the mean over windows that the confidence comes from.
        sharpness: Exponent on that mean. Where a model was tuned on programmes, this and its neighbours are fitted so
            that the confidence says how often an answer is right; the defaults are not.
        doubt_windows: Windows of knowing nothing that are always mixed into the mean.
    """

    hold_s: float = 180.0
    evidence_weight: float = 1.0
    release_threshold: float = 0.35
    dwell_s: float = 3.0
    least_confidence: float = 0.0
    memory_s: float = 20.0
    sharpness: float = 1.0
    doubt_windows: float = 0.1


class Evaluation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measured figure. No figure stands without its split, its count and its interval.

    Attributes:
        split: How training and test data were divided, as in `artist` or `random-segment`.
        leaky: Whether segments of one song stood on both sides.
        unit: What was counted.
        metric: As in `accuracy` or `balanced accuracy`.
        value: A fraction, not a percentage.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        count: How many units the figure was taken over.
        how: One line on how it was measured.
        by_label: The same metric for each label (recall), where that was taken.
    """

    split: str
    leaky: bool
    unit: Literal["window", "clip"]
    metric: str
    value: float
    low: float
    high: float
    count: int
    how: str
    by_label: dict[str, float] = {}


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the weights were trained on, and how.

    Attributes:
        recipe: Name of the recipe in `genred_build`.
        data: Origin and licence of the audio, in words.
        clips: Clips for each label.
        clip_ids: The clips, sorted.
        split: How validation was held out.
        seed: Of shuffling, initialisation and the split.
        versions: Of the libraries that trained and converted.
        notes: Whatever a reader must know before trusting the figures.
    """

    recipe: str
    data: str
    clips: dict[str, int]
    clip_ids: tuple[str, ...]
    split: str
    seed: int
    versions: dict[str, str]
    notes: tuple[str, ...] = ()


class Quantization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What quantization did to the answers.

    Attributes:
        scheme: As in `full int8` or `selective int8 (first convolution float)`.
        agreement: Share of windows on which float and quantized networks give the same label.
        windows: How many windows that is.
        accuracy_change: Quantized minus float accuracy on these windows, as a fraction.
            Of validation, or of all data where the training's notes say so.
    """

    scheme: str
    agreement: float
    windows: int
    accuracy_change: float


class ModelCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """NAME.json: all that the daemon and a reader need to know of NAME.tflite.

    Attributes:
        schema: `SCHEMA_VERSION`.
        labels: Words of the network's outputs, in its order: slugs `[a-z0-9_]+`.
        activation: What the output tensor holds. Logits keep their resolution in int8; a softmax does not.
        temperature: Divides the logits; fitted on validation with the quantized outputs.
        logit_offsets: Added to the logits after the temperature, one a label, or empty for none.
        reject_threshold: Posterior that a genre must reach to be announced.
        tflite_sha256: Hex digest of NAME.tflite.
    """

    schema: int
    name: str
    description: str
    licence: str
    labels: tuple[str, ...]
    front_end: FrontEndSpec
    input: TensorSpec
    output: TensorSpec
    activation: Literal["logits", "softmax"]
    temperature: float
    reject_threshold: float
    smoothing: Smoothing
    training: Training
    quantization: Quantization
    evaluations: tuple[Evaluation, ...]
    tflite_sha256: str
    logit_offsets: tuple[float, ...] = ()


class ModelBundle(msgspec.Struct, frozen=True):
    """A card that was checked, and the bytes of the network that it describes."""

    card: ModelCard
    tflite: bytes
    path: Path


def find_bundle(model: str) -> Path:
    """Finds the card of a shipped model by name, or of any bundle by the path of its .json or .tflite.

    Raises:
        BundleError: There is none; the message lists the shipped names.
    """
    given = Path(DEFAULT_MODEL if model == "default" else model)
    if given.suffix in {".json", ".tflite"}:
        card = given.with_suffix(".json")
    elif given.parent == Path():
        card = MODELS_DIRECTORY / f"{given}.json"
    else:
        card = given.with_name(given.name + ".json")
    if not card.is_file():
        shipped = ", ".join(shipped_models())
        raise BundleError(
            f"model {model!r}: no file {card}; shipped models are: {shipped}, and a path to a .json works too"
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
    except msgspec.DecodeError as error:
        raise BundleError(f"{path}: {error}") from error
    network = path.with_suffix(".tflite")
    try:
        tflite = network.read_bytes()
    except OSError as error:
        raise BundleError(f"{network}: cannot be read: {error.strerror}") from error
    for field, fault in _faults(card, tflite):
        raise BundleError(f"{path}: field `{field}`: {fault}")
    return ModelBundle(card=card, tflite=tflite, path=path)


def _faults(card: ModelCard, tflite: bytes) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []

    def check(holds: bool, field: str, fault: str) -> None:
        if not holds:
            faults.append((field, fault))

    check(card.schema == SCHEMA_VERSION, "schema", f"is {card.schema}, this genred reads {SCHEMA_VERSION}")
    check(len(card.labels) >= 2, "labels", "needs two at least")
    check(len(set(card.labels)) == len(card.labels), "labels", "has a label twice")
    for label in card.labels:
        check(bool(_LABEL.fullmatch(label)), "labels", f"{label!r} is no slug of a-z, 0-9 and _")
        check(label not in _STATE_WORDS, "labels", f"{label!r} is the name of a state")
    faults += _front_end_faults(card.front_end)
    if faults:
        return faults  # shapes mean nothing where these are wrong
    digest = hashlib.sha256(tflite).hexdigest()
    check(
        digest == card.tflite_sha256,
        "tflite_sha256",
        f"is {card.tflite_sha256}, but the .tflite has {digest}: the two files do not belong together",
    )
    expected_input = (1, *card.front_end.shape, 1)
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
    check(all(abs(offset) <= 100 for offset in card.logit_offsets), "logit_offsets", "must lie within -100 to 100")
    check(0 <= card.reject_threshold <= 1, "reject_threshold", f"is {card.reject_threshold}, must be 0 to 1")
    check(
        len(card.logit_offsets) in {0, len(card.labels)},
        "logit_offsets",
        f"has {len(card.logit_offsets)} values for {len(card.labels)} labels",
    )
    check(
        card.smoothing.release_threshold <= card.reject_threshold,
        "smoothing.release_threshold",
        "must not lie above reject_threshold",
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


def _front_end_faults(spec: FrontEndSpec) -> list[tuple[str, str]]:
    nyquist_hz = spec.sample_rate_hz / 2
    checks = [
        ("sample_rate_hz", spec.sample_rate_hz == SAMPLE_RATE_HZ, f"must be {SAMPLE_RATE_HZ}, the rate of all sources"),
        (
            "n_fft",
            2 <= spec.n_fft <= spec.window_samples and spec.n_fft % 2 == 0,
            "must be even, and within the window",
        ),
        ("hop_samples", 1 <= spec.hop_samples <= spec.n_fft, "must be 1 to n_fft"),
        ("window_samples", spec.window_samples <= 60 * SAMPLE_RATE_HZ, "must be a minute at most"),
        ("n_mels", 1 <= spec.n_mels <= spec.n_fft, "must be 1 to n_fft"),
        ("n_coefficients", 1 <= spec.n_coefficients <= spec.n_mels, "must be 1 to n_mels"),
        ("fmin_hz", 0 <= spec.fmin_hz < spec.fmax_hz, "must not be negative, and under fmax_hz"),
        ("fmax_hz", spec.fmax_hz <= nyquist_hz, f"must be {nyquist_hz:g} at most"),
        ("top_db", 0 < spec.top_db <= 200, "must be positive, and 200 at most"),
    ]
    return [
        (f"front_end.{field}", f"is {getattr(spec, field)}, {allowed}") for field, holds, allowed in checks if not holds
    ]
