"""The model card: all that code and reader need to know of a network, as it is written beside it."""

from __future__ import annotations

from typing import Literal

import msgspec

from genred.analysis.frontend import FrontEndSpec

SCHEMA_VERSION = 1
"""Version of the model card's format that this daemon reads."""

SPEECH_LABEL = "speech"
"""The label that means speech, in models that know it; every other label is a genre."""


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


class Patches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parts of a window that a network reads one by one: their mean is its answer for the window.

    Attributes:
        frames: Of a patch. Levels are limited and centred within it.
        hop_frames: Between the ends of two patches. Where that is a window's step, each patch is read once.
        count: How many; the newest ends with the window, not counting the frames that reach into its zero padding.
    """

    frames: int
    hop_frames: int
    count: int

    @property
    def newer_frames(self) -> range:
        """Frames between the end of each patch and that of the newest, which comes first."""
        return range(0, self.count * self.hop_frames, self.hop_frames)

    @property
    def span_frames(self) -> int:
        """Frames of a window that the patches cover."""
        return self.frames + (self.count - 1) * self.hop_frames


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
        patches: What the network reads of a window; without them, all at once.
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
    patches: Patches | None = None

    @property
    def features_shape(self) -> tuple[int, int]:
        """(frames, bands or coefficients) that the network reads at once."""
        frames, columns = self.front_end.shape
        return (frames if self.patches is None else self.patches.frames), columns
