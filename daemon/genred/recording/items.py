"""What goes from a station's source to the writer of its recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from genred.cause import Cause
    from genred.sources.tap import PacketForm


@dataclass(frozen=True, slots=True)
class Packets:
    """Encoded audio.

    Attributes:
        at: Monotonic time at which it came.
        form: Of all of them.
        packets: Each with its seconds.
    """

    at: float
    form: PacketForm
    packets: Sequence[tuple[bytes, float]]

    @property
    def seconds(self) -> float:
        """Of all together."""
        return sum(seconds for _, seconds in self.packets)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, about."""
        return sum(len(data) + 100 for data, _ in self.packets)


@dataclass(frozen=True, slots=True)
class Samples:
    """Raw audio, as `to_mono` takes it.

    Attributes:
        at: Monotonic time at which it came.
    """

    at: float
    samples: NDArray[Any]
    rate_hz: int
    channels: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.samples.size / self.channels / self.rate_hz

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return self.samples.nbytes


@dataclass(frozen=True, slots=True)
class Missing:
    """Audio that is missing between what came before and what comes next."""

    seconds: float
    cause: Cause


@dataclass(frozen=True, slots=True)
class SoundEnded:
    """The session ended."""

    at: float
    cause: Cause


Audio = Packets | Samples
Item = Packets | Samples | Missing | SoundEnded
