"""Items taken ahead in a thread: the same ones, and no thread that is left behind."""

from __future__ import annotations

import itertools
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from genred.classification.read_ahead import BATCH_ITEMS, read_ahead
from genred.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "read ahead"]


@pytest.mark.parametrize("count", [0, 1, BATCH_ITEMS - 1, BATCH_ITEMS, BATCH_ITEMS + 1, 20 * BATCH_ITEMS])
def test_all_items_come_in_their_order(count: int) -> None:
    assert list(read_ahead(iter(range(count)))) == list(range(count))
    assert threads() == []


@pytest.mark.parametrize("count", [0, 3, 2 * BATCH_ITEMS])
def test_an_error_comes_after_the_items_before_it(count: int) -> None:
    def broken() -> Iterator[int]:
        yield from range(count)
        raise SourceError("broke off")

    items = read_ahead(broken())
    assert list(itertools.islice(items, count)) == list(range(count))
    with pytest.raises(SourceError, match="broke off"):
        next(items)
    assert threads() == []


def test_only_some_batches_are_taken_ahead_and_the_thread_ends_when_the_rest_is_not_wanted() -> None:
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    with closing(read_ahead(endless())) as items:
        assert next(items) == 0
        assert len(threads()) == 1
    assert threads() == []
    assert len(taken) <= 12 * BATCH_ITEMS
