"""Messages of audio put together: one block, or a backlog of which only the newest window counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from genred.audio import RESET_AFTER_S, AudioBlock
from genred.stations.messages import ItemReceived, is_audio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from genred.audio.loudness import LoudnessReading
    from genred.audio.signal_frame import SignalFrame
    from genred.stations.messages import Message

BEHIND_S = 3.0
"""Audio that waited for longer shows that analysis does not keep up; then only the newest window counts."""


@dataclass(frozen=True, slots=True)
class AudioBatch:
    """Blocks that are analysed in one go.

    Attributes:
        items: In the order of their arrival, at least one; each holds a block.
    """

    items: tuple[ItemReceived, ...]

    @property
    def first_at(self) -> float:
        """When the first block arrived."""
        return self.items[0].at

    @property
    def last_at(self) -> float:
        """When the last block arrived."""
        return self.items[-1].at

    @property
    def newest_only(self) -> bool:
        """Whether only the newest window counts."""
        return len(self.items) > 1

    @property
    def blocks(self) -> list[AudioBlock]:
        """The blocks alone."""
        return [item.item for item in self.items if isinstance(item.item, AudioBlock)]

    @property
    def lost_s(self) -> float:
        """Seconds that are missing in the source."""
        return sum(block.lost_s for block in self.blocks)

    @property
    def dropped_s(self) -> float:
        """Seconds that were dropped, since the inbox was full."""
        return sum(item.dropped_s for item in self.items)

    @property
    def samples(self) -> NDArray[np.float32]:
        """(n,) float32 of all blocks."""
        blocks = self.blocks
        return blocks[0].samples if len(blocks) == 1 else np.concatenate([block.samples for block in blocks])

    @property
    def seconds(self) -> float:
        """Of all blocks."""
        return sum(block.seconds for block in self.blocks)

    @property
    def loudness(self) -> list[LoudnessReading]:
        """What was measured of all blocks."""
        return [reading for block in self.blocks for reading in block.loudness]

    @property
    def frames(self) -> list[SignalFrame]:
        """What was measured of the channels of all blocks; ends are counted from the start of the first."""
        frames: list[SignalFrame] = []
        start_samples = 0
        for block in self.blocks:
            frames += [
                frame._replace(end_samples=start_samples + frame.end_samples) if start_samples else frame
                for frame in block.frames
            ]
            start_samples += block.samples.size
        return frames


def batches(messages: Sequence[Message], now: float, *, live: bool) -> Iterator[Message | AudioBatch]:
    """Divides messages into what is handled in one go, in their order.

    Args:
        messages: As they were taken from the inbox.
        now: Monotonic time.
        live: Whether the source's audio may be late; only then a backlog is skipped.
    """
    index = 0
    while index < len(messages):
        message = messages[index]
        if not is_audio(message):
            yield message
            index += 1
            continue
        items = [message]
        index += 1
        if live and now - message.at > BEHIND_S:
            while index < len(messages) and _joins(item := messages[index]):
                items.append(item)
                index += 1
        yield AudioBatch(tuple(items))


def _joins(message: Message) -> TypeGuard[ItemReceived]:
    """Whether it goes on where the audio before it ended; no window may reach over a hole."""
    return (
        isinstance(message, ItemReceived)
        and isinstance(message.item, AudioBlock)
        and message.item.lost_s + message.dropped_s <= RESET_AFTER_S
    )
