from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from genred.rate_limited_log import SparingWarnings

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
    warnings = SparingWarnings(_log, clock)
    caplog.set_level(logging.DEBUG)
    for number in range(1_000):
        warnings.warn(f"bad {number}")
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said == ["bad 0"]
    assert len(caplog.records) == 1_000
    caplog.clear()
    clock.now_s += 3_601
    warnings.sum_up()
    warnings.sum_up()
    assert [record.getMessage() for record in caplog.records] == ["999 more like it since; the last: bad 999"]


def test_after_a_quiet_hour_the_next_is_said_again(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    warnings = SparingWarnings(_log, clock)
    warnings.warn("first")
    clock.now_s += 3_601
    warnings.warn("second")
    assert [record.getMessage() for record in caplog.records] == ["first", "second"]
