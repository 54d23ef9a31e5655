"""The end of many stations within one deadline."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.clock import Clock
    from genred.service.running_station import RunningStation

_LOGGER = logging.getLogger(__name__)

STOP_WITHIN_S = 2.5
"""What all stations together have for ending; systemd and users are promised five seconds for everything."""


def end_stations(stations: Sequence[RunningStation], clock: Clock, within_s: float = STOP_WITHIN_S) -> list[str]:
    """Ends stations together, within one deadline: a source that hangs takes no time from the others.

    Returns:
        The ids of those that had to be left behind.
    """
    ends_at = clock.monotonic() + within_s
    release_by = ends_at - within_s / 3
    for station in stations:
        station.request_stop()
    for station in stations:
        station.await_release(release_by)
    hanging = [station.id for station in stations if not station.await_end(ends_at)]
    if hanging:
        _LOGGER.warning("%s: abandoned because it hangs and did not stop in time", ", ".join(hanging))
    return hanging
