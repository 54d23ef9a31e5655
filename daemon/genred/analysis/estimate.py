"""What the pure middle says of one window: state, genre, how sure, how loud."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What is on air. `OFFLINE` is the station's to say, all others the analyzer's."""

    OFFLINE = "offline"
    SILENCE = "silence"
    SPEECH = "speech"
    UNCERTAIN = "uncertain"
    MUSIC = "music"


@dataclass(frozen=True, slots=True)
class Level:
    """Loudness of one window's newest step: of its loudest channel, without a DC offset.

    Attributes:
        rms_dbfs: RMS in dB under full scale, where a full-scale square wave is 0 dBFS; -120 for digital silence.
        peak_dbfs: Largest distance from the mean, likewise.
        clipped_share: Share of samples at or beyond full scale, 0 to 1, of the channel that has most.
    """

    rms_dbfs: float
    peak_dbfs: float
    clipped_share: float


@dataclass(frozen=True, slots=True)
class Signal:
    """What of one window's newest step is lost by mixing its channels down.

    Attributes:
        rms_dbfs: Of each channel, as of a level.
        offsets: DC offset of each channel, as a share of full scale with its sign.
        correlation: Of the channels: 1 where they are equal, 0 where they are unlike, -1 where they cancel each other.
        taken: Index of the channel that is analysed in place of their mean, None for the mean.
    """

    rms_dbfs: tuple[float, ...]
    offsets: tuple[float, ...]
    correlation: float = 0.0
    taken: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """The smoothed estimate after one window.

    Attributes:
        position_s: End of the window, in seconds of audio since the analyzer was made.
        state: What is on air; never `OFFLINE`.
        genre: The announced genre while the state is `MUSIC`, else None.
        confidence: Probability of the announced genre or of speech; of the likeliest label while uncertain; 1.0 in
            silence.
        probabilities: Of each label, in the bundle's order, sum 1: what the last half minute's windows heard,
            calibrated. In silence they are all equal.
        window_probabilities: What the network alone says of this window, calibrated, unsmoothed;
            None in a silent window, which is not shown to the network.
        level: Of the newest step of samples.
        is_low: Whether that lies under the gate of silence.
        changed_steps: Steps since the level last passed the gate within what is new in the window, as everything is in
            a first one; 0 where it did not.
        evidence: Share of the window that counts, 0 to 1: what is audible of it, and of what is on air now.
        signal: The channels of the newest step, where it is known.
        earlier_signals: Those of the steps before it that are new in the window, too, as in a first one.
    """

    position_s: float
    state: State
    genre: str | None
    confidence: float
    probabilities: tuple[float, ...]
    window_probabilities: tuple[float, ...] | None
    level: Level
    is_low: bool = False
    changed_steps: int = 0
    evidence: float = 1.0
    signal: Signal | None = None
    earlier_signals: tuple[Signal, ...] = ()

    @property
    def announcement(self) -> str:
        """The genre while there is one, else the state: the one word for automations."""
        return self.genre if self.genre is not None else self.state.value
