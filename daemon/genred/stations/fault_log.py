"""Faults of genred at one station: logged once, and counted ever after."""

from __future__ import annotations

import logging

_LOGGER = logging.getLogger("genred.stations.station")


class FaultLog:
    """Counts faults; the first is logged as an error with its traceback, later ones for whoever looks closely.

    Args:
        station: The station's id.

    Attributes:
        count: Faults so far.
    """

    def __init__(self, station: str) -> None:
        self._station = station
        self.count = 0

    def record(self, where: str, error: BaseException) -> None:
        """Takes a fault, from any thread.

        Args:
            where: The part of the station that it happened in.
            error: The fault.
        """
        self.count += 1
        level = logging.ERROR if self.count == 1 else logging.DEBUG
        _LOGGER.log(level, "%s: error %d in its %s; it continues", self._station, self.count, where, exc_info=error)
