"""What every output is: one end of the house, be it a broker, a log, metrics or a terminal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.events.daemon import DaemonEvent
    from genred.events.profile import StationProfile
    from genred.events.vocabulary import Event


class Output(ABC):
    """Takes the events of all stations. Only `handle` must be there; the rest is for outputs that hold something."""

    def start(self) -> None:  # noqa: B027 - most outputs have nothing to start
        """Begins; called once, before any event.

        Raises:
            OutputError: It cannot be started as configured.
        """

    @abstractmethod
    def handle(self, event: Event) -> None:
        """Takes an event, from any thread; those of one station come in their order. Never blocks and never raises."""

    def handle_daemon(self, event: DaemonEvent) -> None:  # noqa: B027 - most care for stations alone
        """Takes an event of the daemon as a whole, from any thread. Never blocks and never raises."""

    def update(self, stations: Sequence[StationProfile]) -> None:  # noqa: B027 - few follow the configuration
        """Takes the stations as they are after a reload: all of them, the disabled ones included."""

    @property
    def alive(self) -> bool:
        """Whether every thread that the output needs still runs; the watchdog is fed only while all outputs are."""
        return True

    def close(self) -> None:  # noqa: B027 - most outputs hold nothing
        """Publishes what must be published at the end (offline, closed entries) and lets go, within a few seconds."""
