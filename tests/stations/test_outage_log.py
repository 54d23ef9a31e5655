from __future__ import annotations

import logging

import pytest

from genred.cause import Cause
from genred.rate_limited_log import SUMMARY_EVERY_S
from genred.stations.messages import SessionFailed
from genred.stations.outage_log import QUIET_S, OutageLog
from tests.stations.virtual import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def log(clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> OutageLog:
    caplog.set_level(logging.DEBUG, logger="genred.stations.station")
    return OutageLog("fm", clock)


def failed(clock: VirtualClock, cause: Cause = Cause.REFUSED, wait_s: float | None = 2.0) -> SessionFailed:
    return SessionFailed(clock.now, cause, f"http://x: {cause}", wait_s)


def levels(caplog: pytest.LogCaptureFixture) -> list[int]:
    return [record.levelno for record in caplog.records]


def test_each_kind_of_fault_is_a_warning_once(
    log: OutageLog, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    for cause in (Cause.REFUSED, Cause.REFUSED, Cause.DNS, Cause.REFUSED, Cause.DNS):
        log.failed(failed(clock, cause))
    assert levels(caplog) == [logging.WARNING, logging.DEBUG, logging.WARNING, logging.DEBUG, logging.DEBUG]
    assert "next attempt in 2.0 s" in caplog.messages[0]


def test_a_recovery_is_logged_as_loudly_as_the_loss(
    log: OutageLog, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        log.failed(failed(clock))
        log.recovered(3.0, 1)
    assert levels(caplog) == [logging.WARNING, logging.INFO, logging.DEBUG, logging.DEBUG]


def test_after_a_quiet_while_a_fault_is_worth_a_warning_again(
    log: OutageLog, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    log.failed(failed(clock))
    log.flowing(clock.now)
    log.flowing(clock.now + QUIET_S + 1)
    log.failed(failed(clock))
    assert levels(caplog) == [logging.WARNING, logging.WARNING]


def test_an_hour_with_faults_is_summed_up_and_one_without_is_not(
    log: OutageLog, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    for cause in (Cause.STALLED, Cause.REFUSED, Cause.STALLED):
        log.failed(failed(clock, cause))
        log.gap(10.0)
        log.recovered(10.0, 1)
    clock.now += SUMMARY_EVERY_S - 1
    log.tick()
    caplog.clear()
    for seconds in (1, SUMMARY_EVERY_S):
        clock.now += seconds
        log.tick()
    assert caplog.messages == ["fm: in the last hour 2 stalled, 1 refused; 30 s not analysed"]


@pytest.mark.parametrize(
    ("gap_s", "missing"),
    [(0.0, "no audio for the last 3600 s"), (7.0, "7 s not analysed, no audio for the last 3600 s")],
)
def test_a_summary_in_an_outage_says_how_long_it_lasts(
    gap_s: float, missing: str, log: OutageLog, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    log.gap(gap_s)
    for _ in range(2):
        log.failed(failed(clock))
        clock.now += SUMMARY_EVERY_S / 2
    log.tick()
    assert caplog.messages[-1] == f"fm: in the last hour 2 refused; {missing}"


def test_a_fault_that_is_final_says_so(log: OutageLog, clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
    log.failed(failed(clock, wait_s=None))
    assert "not tried again" in caplog.text
