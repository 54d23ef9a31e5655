"""From the notes of the radio and of the watcher: how long after its last byte a window's state arrived over MQTT."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.radio import PIECE_S

if TYPE_CHECKING:
    from pathlib import Path

WINDOW_S = 5.0
STEP_S = 43 * 512 / 22_050
_HEARTBEAT_S = 29.5
"""A state that comes so long after the last one may be a heartbeat, which no window caused."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One line of the watcher's notes."""

    at: float
    number: int
    standing: str

    def is_new_window_after(self, before: _Arrival | None) -> bool:
        if before is None:
            return self.number > 0
        repeated = self.number == before.number or self.at - before.at >= _HEARTBEAT_S
        return not repeated and self.standing == before.standing


def latencies_s(radio: Path, arrivals: Path, span: tuple[float, float]) -> list[float]:
    """Gives the latency of each state that a new window caused, and not how the station stands, in seconds.

    `windows` and `dropped_windows` of a state tell which window it is, so what a daemon loses without counting it makes
    its latency look too small. After audio that was left out, windows begin between two steps: the count then tells
    only between which two the window ended, and is taken as the earlier one, so that the latency is too large by up to
    `STEP_S`. Some 50 ms of the decoder's own delay are within. Stations that had to connect twice are left out.

    Args:
        radio: Notes of `tests.bench.radio`.
        arrivals: Notes of `tests.bench.arrivals`.
        span: Monotonic seconds between which a state must have arrived.
    """
    sessions: dict[str, list[list[float]]] = {}
    for session in json.loads(radio.read_text()):
        sessions.setdefault(f"s{session['station']}", []).append(session["sent_at"])
    last: dict[str, _Arrival] = {}
    found = []
    for line in arrivals.read_text().splitlines():
        station, at, windows, dropped, standing = line.split()
        number = int(windows) + int(dropped) - (int(dropped) > 0)
        arrival, before = _Arrival(float(at), number, standing), last.get(station)
        last[station] = arrival
        if not arrival.is_new_window_after(before):
            continue
        sent_at = _sent_at(sessions.get(station, []), number)
        if sent_at is not None and span[0] <= arrival.at <= span[1]:
            found.append(arrival.at - sent_at)
    return found


def _sent_at(sessions: list[list[float]], number: int) -> float | None:
    """When the last byte of a station's n-th window was sent, n from 1."""
    if len(sessions) != 1:
        return None
    end_s = WINDOW_S + (number - 1) * STEP_S
    piece = math.ceil(end_s / PIECE_S) - 1
    return sessions[0][piece] if piece < len(sessions[0]) else None


def percentile(values: list[float], share: float) -> float:
    """The value that so much of them, 0 to 1, do not exceed; not a number for no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.floor(share * len(ordered)))] if ordered else math.nan
