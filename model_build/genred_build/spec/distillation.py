"""The numbers of a distillation, as data: the files in `distillations` beside this one, or one of a user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from genred_build.errors import BuildError
from genred_build.spec.yaml_file import read_yaml

DEFAULT_DISTILLATION = Path(__file__).with_name("distillations") / "distillation.yaml"
"""How the shipped student was trained."""

_Range = tuple[float, float]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Amount = Annotated[float, msgspec.Meta(ge=0)]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class Degradations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may happen to the student's copy of a window, each with its share of windows.

    Attributes:
        degraded: Share of windows that anything at all is done to.
        room: Reverberation, a loudspeaker's transfer function and background; the shares below are of these.
        measured_room: Share of rooms whose transfer function and background were measured on real recordings.
        room_t60_s: Reverberation time at 1 kHz.
        room_snr_db: Background under the music, people and machines together.
        noise: White to brown noise, at `noise_snr_db`.
        band_limit: Low pass of 2.5 to 8 kHz, or a telephone's band.
        telephone: Share of band limits that are a telephone's.
        equalizer: A smooth random curve of `equalizer_db` standard deviation.
        compressor: Levels over time drawn together, as by an automatic gain control.
        masks: One stretch of time and one of bands hidden (SpecAugment, arXiv 1904.08779).
        coded: Share of windows cut from a copy that went through a low-bit-rate codec, clipping or an overdriven
            amplifier.
    """

    degraded: _Share = 0.7
    room: _Share = 0.5
    measured_room: _Share = 0.5
    room_t60_s: _Range = (0.15, 1.2)
    room_snr_db: _Range = (-2.0, 20.0)
    noise: _Share = 0.35
    noise_snr_db: _Range = (-5.0, 25.0)
    band_limit: _Share = 0.35
    telephone: _Share = 0.3
    equalizer: _Share = 0.5
    equalizer_db: _Amount = 4.0
    compressor: _Share = 0.2
    masks: _Share = 0.5
    coded: _Share = 0.0


class Distillation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way to train the student.

    Attributes:
        steps: Optimizer steps of `music + rooms + speech` windows each.
        rooms: Windows of real recordings in rooms, labelled as the clip that was played.
        unlabelled: Windows of music without a genre: the tagger's embedding is learned from them.
        unlabelled_words: Whether the words of the teacher's head are learned from them too.
        head_share: Of the teacher's linear head in the words at the end. It reads the embedding that the student
            learned; both are linear in the pooled features, and so is any mean of them. The student's own words know
            by heart which songs are whose; the way over the embedding knows less of that.
        embedding: Weight of that embedding's mean squared error beside the cross-entropy of labels; 0 goes without.
            What a tagger hears in a window says more than ten probabilities do (Romero et al., "FitNets", ICLR 2015).
        frozen_blocks: Inverted residual blocks, counted from the input, that keep the starting weights (with the stem);
            None trains everything.
        crop_frames: Frames a window; fewer than 216 are cheaper, and the network averages over time anyway.
        edges: Whether a crop's first and last frame are half silence, as those of a whole window; a patch has none.
        hard_share: Of the true label in the target; the rest is the teachers'.
        second_teacher: Share of a second teacher in the labels of the teacher's head: EfficientAT at its own ten
            classes, from the given soft labels (`mn04_zs`); 0 leaves it out.
        mixup: Alpha of the Beta distribution by which two windows' powers and targets are mixed.
        talker: Share of music windows with a talker over them, at `talker_snr_db` music over speech.
        speed: Largest change of speed and pitch together, as a factor from 1.
        size_power: Genres are drawn by their number of windows to this power.
        era_power: Within a genre, decades are drawn by their seconds to this power: 1 as they come, 0 each the same.
        artist_cap_s: Seconds an artist counts for at most.
        blend: Share of this run's weights in the result; what all runs leave is the starting weights'. Weights that
            were tuned from one start can be averaged: what tuning won for degraded sound stays, and less of what it
            cost on clean sound (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
    """

    steps: Annotated[int, msgspec.Meta(ge=1)]
    music: _Count = 72
    rooms: _Count = 6
    speech: _Count = 14
    unlabelled: _Count = 0
    unlabelled_words: bool = False
    embedding: _Amount = 0.0
    head_share: _Share = 0.0
    learning_rate: Annotated[float, msgspec.Meta(gt=0)] = 1e-3
    warmup_steps: _Count = 100
    weight_decay: _Amount = 0.02
    ema: _Share = 0.998
    frozen_blocks: Annotated[int, msgspec.Meta(ge=0)] | None = None
    crop_frames: Annotated[int, msgspec.Meta(ge=8)] = 216
    edges: bool = True
    hard_share: _Share = 0.5
    second_teacher: _Share = 0.0
    mixup: _Amount = 0.35
    talker: _Share = 0.12
    talker_snr_db: _Range = (-15.0, 15.0)
    speed: _Amount = 0.16
    size_power: _Share = 0.3
    era_power: _Share = 1.0
    artist_cap_s: Annotated[float, msgspec.Meta(gt=0)] = 150.0
    blend: _Share = 1.0
    degradations: Degradations = Degradations()
    seed: _Count = 0


def load_distillations(path: Path = DEFAULT_DISTILLATION) -> tuple[Distillation, ...]:
    """Reads one distillation, or a list of runs whose weights are averaged.

    Raises:
        BuildError: It is missing, no YAML, or a key is unknown or of the wrong type; the message says which.
    """
    read: Distillation | tuple[Distillation, ...] = read_yaml(path, Distillation | tuple[Distillation, ...])  # type: ignore[arg-type]
    runs = read if isinstance(read, tuple) else (read,)
    if not runs:
        raise BuildError(f"{path}: lists no run")
    return runs
