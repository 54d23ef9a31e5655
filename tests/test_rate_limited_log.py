from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from genred.rate_limited_log import MAX_KINDS, RateLimitedLog

if TYPE_CHECKING:
    import pytest

_log = logging.getLogger("genred.outputs.test")


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_flood_is_one_warning_and_one_summary_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    warnings = RateLimitedLog(_log, clock)
    caplog.set_level(logging.DEBUG)
    for number in range(1_000):
        warnings.warn(f"bad {number}")
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said == ["bad 0"]
    assert len(caplog.records) == 1_000
    caplog.clear()
    clock.now_s += 3_601
    warnings.summarize()
    warnings.summarize()
    assert [record.getMessage() for record in caplog.records] == ["999 more like it since then; the last one: bad 999"]


def test_after_a_quiet_hour_the_next_is_a_warning_again(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    warnings = RateLimitedLog(_log, clock)
    warnings.warn("first")
    clock.now_s += 3_601
    warnings.warn("second")
    assert [record.getMessage() for record in caplog.records] == ["first", "second"]


def test_each_kind_is_a_warning_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    warnings = RateLimitedLog(_log, Clock())
    for kind in ("a", "b", "a", "b"):
        warnings.warn(kind, kind=kind)
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == ["a", "b"]


def test_kinds_without_end_are_not_all_remembered() -> None:
    warnings = RateLimitedLog(_log, Clock())
    for number in range(10_000):
        warnings.warn("x", kind=number)
    assert len(warnings._known) <= MAX_KINDS
