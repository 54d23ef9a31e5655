"""When a report says something new, so that a broker and a recorder are not told the same every second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.analysis.estimate import State

if TYPE_CHECKING:
    from genred.events import StationReport

PROBABILITY_STEP = 0.05
"""A probability that has moved by this much since it was last published is news."""

SINCE_STEP_S = 1.0
"""Likewise `since`: computed anew from two clocks for each report, it wanders by microseconds, and with NTP by more."""

LEVEL_STEP_DB = 3.0
"""Likewise the level: three decibels are what a listener just calls louder."""


def has_changed(published: StationReport | None, report: StationReport) -> bool:
    """Whether a report differs from the one last published by more than the noise of estimation.

    Counters and times alone are no news; they ride along, at the latest with the heartbeat.
    """
    if published is None:
        return True
    if _identity(published) != _identity(report) or not is_same_since(published, report):
        return True
    if report.state is State.OFFLINE:
        return False
    return _probabilities_moved(published, report) or _level_moved(published, report)


def is_same_since(published: StationReport, report: StationReport) -> bool:
    """Whether both mean the same beginning."""
    return abs((published.since.utc - report.since.utc).total_seconds()) < SINCE_STEP_S


def _identity(report: StationReport) -> tuple[object, ...]:
    return (report.state, report.genre, report.title, report.model, report.reconnects)


def _probabilities_moved(published: StationReport, report: StationReport) -> bool:
    if published.probabilities.keys() != report.probabilities.keys():
        return True
    pairs = [(published.probabilities[label], share) for label, share in report.probabilities.items()]
    pairs.append((published.confidence or 0.0, report.confidence or 0.0))
    return any(abs(before - now) >= PROBABILITY_STEP for before, now in pairs)


def _level_moved(published: StationReport, report: StationReport) -> bool:
    if (published.loudness_lufs is None) is not (report.loudness_lufs is None):
        return True
    if abs((published.loudness_lufs or 0.0) - (report.loudness_lufs or 0.0)) >= LEVEL_STEP_DB:
        return True
    if published.level is None or report.level is None:
        return published.level is not report.level
    return abs(published.level.rms_dbfs - report.level.rms_dbfs) >= LEVEL_STEP_DB
