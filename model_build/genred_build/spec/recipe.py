"""Recipes: everything that defines a training, as a small typed YAML file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from genred.analysis.bundle import front_end_faults
from genred.analysis.frontend import LOGMEL, MFCC, FrontEndKind, FrontEndSpec
from genred_build.errors import BuildError
from genred_build.spec.split_name import SplitName
from genred_build.spec.yaml_file import read_yaml

RECIPES_DIRECTORY = Path(__file__).resolve().parent / "recipes"
"""Where the recipes lie that come with genred."""

_Positive = Annotated[int, msgspec.Meta(ge=1)]
_Pair = tuple[_Positive, _Positive]
_Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]


class _Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="layer"):
    pass


class Conv(_Layer, frozen=True, tag="conv"):
    """A 2-D convolution.

    Attributes:
        bias: Left out before a batch norm that would take it away again.
        l1: Weight of the kernel's L1 penalty; `l2` likewise.
    """

    filters: _Positive
    kernel: _Pair
    strides: _Pair = (1, 1)
    padding: Literal["valid", "same"] = "valid"
    activation: Literal["relu", "relu6", "linear"] = "relu"
    bias: bool = True
    l1: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    l2: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class InvertedResidual(_Layer, frozen=True, tag="inverted_residual"):
    """MobileNetV2's block (arXiv 1801.04381): expand, depthwise 3x3, project, with batch norms; "same" padding.

    Attributes:
        expand: Channels inside; equal to those that come in, there is no expanding convolution.
    """

    expand: _Positive
    filters: _Positive
    strides: _Pair = (1, 1)


class MaxPool(_Layer, frozen=True, tag="max_pool"):
    """The largest value of each patch; strides default to the patch."""

    size: _Pair
    strides: _Pair | None = None


class BatchNorm(_Layer, frozen=True, tag="batch_norm"):
    """Batch normalisation with Keras' defaults."""


class Activation(_Layer, frozen=True, tag="activation"):
    """A nonlinearity on its own, as after a batch norm."""

    function: Literal["relu", "relu6"] = "relu6"


class GlobalAveragePool(_Layer, frozen=True, tag="global_average_pool"):
    """The mean over time and frequency."""


class Dropout(_Layer, frozen=True, tag="dropout"):
    """Drops this share of the values in training."""

    rate: _Share


class Dense(_Layer, frozen=True, tag="dense"):
    """A fully connected layer; the last one, to the labels, is added unasked."""

    units: _Positive
    activation: Literal["relu", "relu6", "linear"] = "relu"


Layer = Conv | InvertedResidual | MaxPool | BatchNorm | Activation | GlobalAveragePool | Dropout | Dense


class Augmentation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done to training features, anew in each epoch; nothing by default.

    Attributes:
        gain_db: Levels move by up to this much either way (only c0 of an MFCC changes).
        time_masks: Stretches of a window that are replaced by its mean, each `time_mask_frames` long at most.
        band_masks: The same for neighbouring bands (log-mel only), each `band_mask_bands` wide at most.
        mixup: Alpha of the Beta distribution that two windows and their labels are mixed by; 0 for none.
    """

    gain_db: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    time_masks: Annotated[int, msgspec.Meta(ge=0)] = 0
    time_mask_frames: _Positive = 24
    band_masks: Annotated[int, msgspec.Meta(ge=0)] = 0
    band_mask_bands: _Positive = 12
    mixup: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the weights are fitted: Adam on the cross-entropy.

    Attributes:
        early_stop_patience: Epochs without a better validation loss before training ends; the best weights stay.
        plateau_patience: Epochs without one before the learning rate is multiplied by `plateau_factor`.
        balance: Weights windows so that each label counts the same.
    """

    learning_rate: Annotated[float, msgspec.Meta(gt=0)] = 1.5e-4
    batch: _Positive = 64
    epochs: _Positive = 150
    early_stop_patience: _Positive = 8
    plateau_patience: _Positive = 4
    plateau_factor: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.9
    min_learning_rate: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    balance: bool = False


class Scheme(StrEnum):
    """The ways to store a network."""

    FLOAT = "float32"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic-range"
    FULL_INT8 = "full-int8"
    FULL_INT8_FLOAT_IO = "full-int8-float-io"
    SELECTIVE_INT8 = "selective-int8"


class Quantizing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the network is stored.

    Attributes:
        scheme: What the bundle gets; all schemes are measured.
        float_convolutions: How many at the network's start stay float in `selective-int8`.
        fold: Whether batch norms go into their neighbours first, which changes nothing in float.
        representative_windows: Training windows that the value ranges are taken from.
    """

    scheme: Scheme = Scheme.FULL_INT8
    float_convolutions: Annotated[int, msgspec.Meta(ge=0)] = 1
    fold: bool = True
    representative_windows: _Positive = 400


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way to make a model.

    Attributes:
        name: Letters, digits, dots, dashes and underscores: of folders and, if nothing else is said, of the bundle.
        front_end: `mfcc` or `logmel`, or every number of one.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    description: str
    front_end: FrontEndKind | FrontEndSpec
    network: tuple[Layer, ...]
    split: SplitName = SplitName.ARTIST
    seed: int = 0
    augmentation: Augmentation = Augmentation()
    schedule: Schedule = Schedule()
    quantization: Quantizing = Quantizing()

    @property
    def spec(self) -> FrontEndSpec:
        """The numbers of its front end."""
        if isinstance(self.front_end, FrontEndSpec):
            return self.front_end
        return MFCC if self.front_end is FrontEndKind.MFCC else LOGMEL


def load_recipe(recipe: str) -> Recipe:
    """Reads a recipe by its shipped name or its file.

    Raises:
        BuildError: There is none of that name, a key is unknown, missing or of the wrong type, or the daemon could not
            compute the front end; the message says which.
    """
    path = Path(recipe)
    if path.suffix not in {".yaml", ".yml"}:
        path = RECIPES_DIRECTORY / f"{recipe}.yaml"
    if not path.is_file():
        shipped = ", ".join(sorted(found.stem for found in RECIPES_DIRECTORY.glob("*.yaml")))
        raise BuildError(
            f"recipe {recipe!r}: no file {path.name}; shipped are {shipped}; the path of a .yaml works, too"
        )
    found = read_yaml(path, Recipe, strict=True)
    for field, fault in front_end_faults(found.spec):
        raise BuildError(f"{path}: `{field}`: {fault}")
    return found
