"""The numbers by which a student's last layer is fitted anew, as data: `refits/` beside this file, or one's own."""

from __future__ import annotations

from pathlib import Path

import msgspec

from genred_build.spec.yaml_file import read_yaml

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

    shrinkage: float = 0.02
    share: float = 0.7
    artist_power: float = 0.5
    noise: float = 0.5
    passage: float = 0.5
    learned_by_heart: float = 1.0
    windows: int = 8
    folds: int = 5
    programmes: int = 2
    seed: int = 1


def load_refit(path: Path = DEFAULT_REFIT) -> Refit:
    """Reads one.

    Raises:
        BuildError: It is missing, no YAML, or a key is unknown or of the wrong type; the message says which.
    """
    return read_yaml(path, Refit)
