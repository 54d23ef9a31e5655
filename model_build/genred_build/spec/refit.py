"""The numbers by which a student's last layer is fitted anew, as data: `refits/` beside this file, or one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from genred_build.spec.yaml_file import read_yaml

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Amount = Annotated[float, msgspec.Meta(ge=0)]
_Positive = Annotated[int, msgspec.Meta(ge=1)]

DEFAULT_REFIT = Path(__file__).with_name("refits") / "student.yaml"
"""How the shipped student's last layer was fitted."""


class Refit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way to fit the last layer.

    Attributes:
        shrinkage: Weight of the squared change against the given layer beside the cross-entropy.
        share: Of the fitted layer in the result; the rest is the given one's. Between the two lies most of the gain
            and half of the loss (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
        artist_power: 1 counts each artist of a word the same, 0 each window.
        noise: Weight of the windows in steady noise, against clean ones.
        passage: Weight of those after a room, a telephone or a codec.
        learned_by_heart: Weight of files that trained the network itself: what it hears in them says little of others.
        windows: Of a view, that are fitted on at most, evenly spread.
        folds: In which everything is judged; what shares an artist is in one.
        programmes: Hours of programmes that each fold's smoothing is judged on.
        seed: Of folds and programmes.
    """

    shrinkage: _Amount = 0.02
    share: _Share = 0.7
    artist_power: _Share = 0.5
    noise: _Amount = 0.5
    passage: _Amount = 0.5
    learned_by_heart: _Amount = 1.0
    windows: _Positive = 8
    folds: Annotated[int, msgspec.Meta(ge=2)] = 5
    programmes: _Positive = 2
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1


def load_refit(path: Path = DEFAULT_REFIT) -> Refit:
    """Reads one.

    Raises:
        BuildError: It is missing, no YAML, or a key is unknown or of the wrong type; the message says which.
    """
    return read_yaml(path, Refit)
