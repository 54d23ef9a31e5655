from __future__ import annotations

import numpy as np

from genred.audio import SAMPLE_RATE_HZ, AudioBlock
from genred.sources.source import Title
from genred.stations.audio_batch import BEHIND_S, AudioBatch, batches
from genred.stations.messages import ItemReceived, Message

LATE = 100.0
NOW = LATE + BEHIND_S + 1.0


def audio(lost_s: float = 0.0, dropped_s: float = 0.0, at: float = LATE) -> ItemReceived:
    block = AudioBlock(np.zeros(SAMPLE_RATE_HZ, np.float32), lost_s)
    return ItemReceived(at, block, dropped_s)


def sizes(messages: list[Message], *, live: bool = True) -> list[int]:
    """How many blocks each batch has; 0 for what is no audio."""
    return [len(one.items) if isinstance(one, AudioBatch) else 0 for one in batches(messages, NOW, live=live)]


def test_audio_that_is_late_is_put_together_and_other_audio_is_not() -> None:
    assert sizes([audio(), audio(), audio()]) == [3]
    assert sizes([audio(at=NOW), audio(at=NOW)]) == [1, 1]
    assert sizes([audio(), audio(), audio()], live=False) == [1, 1, 1]


def test_a_title_comes_between_the_audio_that_it_came_between() -> None:
    assert sizes([audio(), ItemReceived(LATE, Title("x")), audio(), audio()]) == [1, 0, 2]


def test_no_batch_reaches_over_a_hole() -> None:
    assert sizes([audio(), audio(), audio(lost_s=1.0), audio(), audio(dropped_s=1.0), audio()]) == [2, 2, 2]
    assert sizes([audio(), audio(lost_s=0.03), audio()]) == [3]
