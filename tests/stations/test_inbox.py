from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from genred.audio import AudioBlock
from genred.cause import Cause
from genred.sources.source import Title
from genred.stations.inbox import LEAST_BLOCK_S, MAX_NEWS, Inbox
from genred.stations.messages import ItemReceived, Message, SessionOpened, Stopped, is_audio
from tests.patience import PATIENCE_S


def audio(seconds: float = 1.0) -> ItemReceived:
    return ItemReceived(0.0, AudioBlock(np.zeros(round(seconds * 22_050), np.float32)))


def test_messages_come_out_in_order_and_all_at_once() -> None:
    inbox = Inbox(lossy=True)
    messages: list[Message] = [SessionOpened(0.0), audio(), ItemReceived(1.0, Title("x"))]
    for message in messages:
        assert inbox.put(message)
    assert inbox.take() == messages
    assert inbox.take() == []


def test_a_full_lossy_inbox_drops_the_oldest_audio_and_says_how_much_but_no_message() -> None:
    inbox = Inbox(lossy=True, capacity_s=3.0)
    inbox.put(SessionOpened(0.0))
    for _ in range(7):
        inbox.put(audio(1.0))
    first, *rest = inbox.take()
    assert isinstance(first, SessionOpened)
    dropped_s = [arrived.dropped_s for arrived in rest if isinstance(arrived, ItemReceived)]
    assert dropped_s == [pytest.approx(4.0), 0.0, 0.0]


def test_however_tiny_the_items_of_a_flood_only_so_many_of_them_wait() -> None:
    inbox = Inbox(lossy=True, capacity_s=1.0)
    inbox.put(SessionOpened(0.0))
    for number in range(3 * MAX_NEWS):
        inbox.put(audio(0.001))
        inbox.put(ItemReceived(0.0, Title(f"song {number}")))
    opened, *items = inbox.take()
    blocks = [item for item in items if is_audio(item)]
    titles = [item.item for item in items if isinstance(item, ItemReceived) and isinstance(item.item, Title)]
    assert isinstance(opened, SessionOpened)
    assert len(blocks) == 1.0 / LEAST_BLOCK_S
    assert sum(block.audio_s + block.dropped_s for block in blocks) == pytest.approx(3 * MAX_NEWS * blocks[0].audio_s)
    assert titles[0] == Title(f"song {2 * MAX_NEWS}")
    assert titles[-1] == Title(f"song {3 * MAX_NEWS - 1}")


def test_a_full_inbox_that_is_not_lossy_makes_the_writer_wait() -> None:
    inbox = Inbox(lossy=False, capacity_s=2.0)
    written = []

    def write() -> None:
        for number in range(10):
            inbox.put(audio(1.0))
            written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    taken = 0
    ends_at = time.monotonic() + PATIENCE_S
    while taken < 10 and time.monotonic() < ends_at:
        messages = inbox.take()
        assert len(messages) <= 3
        assert all(isinstance(message, ItemReceived) and not message.dropped_s for message in messages)
        taken += len(messages)
    writer.join(PATIENCE_S)
    assert len(written) == 10


def test_a_message_without_audio_never_waits_for_room() -> None:
    inbox = Inbox(lossy=False, capacity_s=1.0)
    assert inbox.put(audio(1.0))
    put = threading.Thread(target=inbox.put, args=(Stopped(0.0, cause=Cause.STOPPING),), daemon=True)
    put.start()
    put.join(PATIENCE_S)
    assert not put.is_alive()
    assert inbox.take()[-1] == Stopped(0.0, cause=Cause.STOPPING)


def test_closing_wakes_a_waiting_writer() -> None:
    full = Inbox(lossy=False, capacity_s=0.5)
    full.put(audio())
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(full.put(audio())))
    thread.start()
    full.close()
    thread.join(PATIENCE_S)
    assert results == [False]
    assert len(full.take()) == 1
