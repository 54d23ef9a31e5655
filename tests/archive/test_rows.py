"""The rows of a month of an archive, of recordings that are made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from genred.airplay.rows import Model
from genred.archive import rows as module
from genred.archive.chain import Link, Stretch
from genred.archive.rows import MonthRows, RowMaker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECONDS = 30.0


class CountedTime(datetime):
    """A time that counts how often it is compared."""

    compared: ClassVar[int] = 0

    def __lt__(self, other: Any) -> bool:
        CountedTime.compared += 1
        return super().__lt__(other)

    def __le__(self, other: Any) -> bool:
        CountedTime.compared += 1
        return super().__le__(other)

    def __gt__(self, other: Any) -> bool:
        CountedTime.compared += 1
        return super().__gt__(other)

    def __ge__(self, other: Any) -> bool:
        CountedTime.compared += 1
        return super().__ge__(other)


BEGINNING = CountedTime(2026, 11, 1, tzinfo=UTC)


def recording(number: int, *, every_s: float = SECONDS, cause: str | None = None) -> SimpleNamespace:
    started_at = BEGINNING + timedelta(seconds=number * every_s)
    return SimpleNamespace(title=f"title {number}", started_at=started_at, cause=cause, result=None)


class MadeUpRows(RowMaker):
    """Makes rows of recordings, each with one thing on air in it."""

    def _link(self, file: Any) -> Link | None:
        return None if file.cause else Link(file.started_at, SECONDS, 0, file.title)


def one_a_link(chain: Sequence[Link], *_: object) -> Iterator[Stretch]:
    sums: Any = SimpleNamespace(probabilities=(1.0,), level_dbfs=-20.0, windows=10, least=lambda _label: 0.5)
    for link in chain:
        yield Stretch(link.started_at, link.ended_at, "jazz", 0.5, sums)


def rows_of(recordings: list[SimpleNamespace]) -> MonthRows:
    ledger: Any = SimpleNamespace(
        files=SimpleNamespace(between=lambda *_: iter(recordings)), results=SimpleNamespace(windows=None)
    )
    analyzer: Any = SimpleNamespace(labels=("jazz",))
    join_within = timedelta(seconds=1)
    maker = MadeUpRows(ledger, analyzer, Model(name="tiny"), node="archive", run="a1", join_within=join_within)
    return maker.rows("one", BEGINNING, recordings[-1].started_at + timedelta(seconds=SECONDS))


def half_failed(count: int) -> list[SimpleNamespace]:
    return [recording(number, every_s=60.0, cause="broken" if number % 2 else None) for number in range(count)]


def each_with_a_title(count: int) -> list[SimpleNamespace]:
    return [recording(number) for number in range(count)]


def comparisons(recordings: list[SimpleNamespace]) -> int:
    CountedTime.compared = 0
    rows_of(recordings)
    return CountedTime.compared


@pytest.mark.parametrize("material", [half_failed, each_with_a_title])
def test_twice_the_recordings_take_twice_the_comparisons(material: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "stretches", one_a_link)
    assert comparisons(material(400)) < 2.5 * comparisons(material(200))


def test_a_hole_has_the_cause_of_each_recording_that_failed_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "stretches", one_a_link)
    found = [(gap.cause.value, gap.seconds) for gap in rows_of(half_failed(6)).gaps]
    assert found == [("not_recorded", 30.0), ("broken", 60.0)] * 2 + [
        ("not_recorded", 30.0),
        ("broken", 30.0),
    ]


def test_each_part_of_what_was_on_air_has_the_title_of_its_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_at_once(chain: Sequence[Link], *_: object) -> Iterator[Stretch]:
        (first, *_rest) = one_a_link(chain)
        yield Stretch(first.started_at, chain[-1].ended_at, first.word, first.confidence, first.sums)

    monkeypatch.setattr(module, "stretches", all_at_once)
    assert [entry.title for entry in rows_of(each_with_a_title(5)).entries] == [
        f"title {number}" for number in range(5)
    ]
