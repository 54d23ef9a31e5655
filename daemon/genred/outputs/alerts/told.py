"""One alert of a configuration: what decides that something is told, and who takes it to the recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.clock import SYSTEM_CLOCK
from genred.outputs.alerts.courier import Courier
from genred.outputs.alerts.desk import Desk
from genred.outputs.alerts.digest import Digest
from genred.time_zones import find_zone, machine_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.clock import Clock, Moment
    from genred.config.schema import AlertConfig
    from genred.outputs.alerts.sender import Sender


class ToldAlert:
    """An alert with its recipients.

    Args:
        name: Its id.
        config: Its settings.
        senders: One for each recipient.
        node: Id of this machine.
        name_of: Gives the name of a station.
        clock: For tests.

    Attributes:
        desk: Decides what is told.
        addresses: Equal for two that send the same to the same recipients.
        couriers: One for each recipient.
    """

    def __init__(
        self,
        name: str,
        config: AlertConfig,
        senders: Sequence[Sender],
        *,
        node: str,
        name_of: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self.desk = Desk(config)
        self._config = config
        digest = Digest(node, find_zone(config.time_zone) or machine_zone(), name_of)
        self.addresses = (config.time_zone, tuple(sender.identity for sender in senders))
        self.couriers = [Courier(f"alerts.{name}, {sender.service}", sender, digest, clock) for sender in senders]

    @property
    def alive(self) -> bool:
        """Whether all threads run that it needs."""
        return all(courier.alive for courier in self.couriers)

    def start(self) -> None:
        """Begins to send, where it has not begun."""
        for courier in self.couriers:
            courier.start()

    def goes_on_in(self, other: ToldAlert | None) -> bool:
        """Says whether the one of a new configuration goes to the same recipients, so that it takes over who sends."""
        return other is not None and other.addresses == self.addresses

    def take_over(self, before: ToldAlert | None) -> None:
        """Goes on from one of the configuration before, if there was one of that id."""
        if before is None:
            return
        self.desk = before.desk.reconfigured(self._config)
        if before.goes_on_in(self):
            self.couriers = before.couriers

    def advance(self, now: Moment) -> None:
        """Gives what is to be told now to who sends it."""
        notices = self.desk.advance(now)
        for courier in self.couriers if notices else ():
            courier.give(notices)

    def close(self) -> None:
        """Asks that what waits is sent at once."""
        for courier in self.couriers:
            courier.close()

    def await_end(self, ends_at: float) -> None:
        """Waits until that is done, or until a monotonic time."""
        for courier in self.couriers:
            courier.await_end(max(0.0, ends_at - SYSTEM_CLOCK.monotonic()))
