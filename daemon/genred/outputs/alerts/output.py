"""The alerts of a configuration as an output: events in, messages to people out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.clock import SYSTEM_CLOCK
from genred.errors import OutputError
from genred.events import Output
from genred.outputs.alerts.courier import Courier
from genred.outputs.alerts.desk import Desk
from genred.outputs.alerts.digest import Digest
from genred.outputs.alerts.faults import RESTART, FaultBegan, FaultKey, FaultTracker
from genred.outputs.alerts.recipients import MISSING, has_apprise, open_senders
from genred.time_zones import find_zone, machine_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from genred.clock import Clock
    from genred.config.schema import AlertConfig, Config
    from genred.events import DaemonEvent, Event, StationProfile
    from genred.outputs.alerts.faults import FaultChange
    from genred.outputs.alerts.sender import Sender

LOOK_EVERY_S = 1.0
"""How often it is looked whether something is to be told, while there is any fault."""

CLOSE_WITHIN_S = 2.0


class AlertsOutput(Output):
    """Tells people of faults. `handle` only notes them; threads of its own decide and send.

    Args:
        config: The whole configuration.
        stations: All stations.
        restarted: Why it is known that the daemon ended without being asked; None where it is not.
        open_alert: Gives the senders of an alert; for tests.
        clock: For tests.

    Raises:
        OutputError: Apprise is not installed.
        ConfigError: An address cannot be used.
    """

    def __init__(
        self,
        config: Config,
        stations: Sequence[StationProfile],
        *,
        restarted: str | None = None,
        open_alert: Callable[[str, AlertConfig], Sequence[Sender]] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        if open_alert is None and not has_apprise():
            raise OutputError(f"alerts: {MISSING}; or leave alerts out")
        self._clock = clock
        self._changed = threading.Condition()
        self._watch = FaultTracker()
        self._names = {profile.id: profile.name for profile in stations}
        self._restarted = restarted
        self._closing = False
        self._desks: list[tuple[Desk, list[Courier]]] = []
        for name, alert in (config.alerts or {}).items():
            digest = Digest(config.node, find_zone(alert.time_zone) or machine_zone(), self._name)
            senders = (open_alert or open_senders)(name, alert)
            couriers = [Courier(f"alerts.{name}, {sender.service}", sender, digest, clock) for sender in senders]
            self._desks.append((Desk(alert), couriers))
        self._thread = threading.Thread(target=self._run, name="genred-alerts", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether all its threads run."""
        return self._thread.is_alive() and all(courier.alive for _, couriers in self._desks for courier in couriers)

    def start(self) -> None:
        """Begins to watch and to send."""
        for _, couriers in self._desks:
            for courier in couriers:
                courier.start()
        self._thread.start()
        if self._restarted is not None:
            at = self._clock.moment(self._clock.monotonic())
            problem = "ended without being asked, and runs again"
            self._take([FaultBegan(FaultKey(RESTART), at, problem, self._restarted, momentary=True)])

    def handle(self, event: Event) -> None:
        """Takes an event from any station's thread. Never blocks and never raises."""
        with self._changed:
            self._take(self._watch.handle(event))

    def handle_daemon(self, event: DaemonEvent) -> None:
        """Takes an event of the daemon as a whole."""
        with self._changed:
            self._take(self._watch.handle_daemon(event))

    def update(self, stations: Sequence[StationProfile]) -> None:
        """Takes the stations as they are now; faults of those that are no more are over."""
        with self._changed:
            self._take(self._watch.update(stations, self._clock.moment(self._clock.monotonic())))
            # Names of those that are no more are needed for what is told of their end.
            self._names |= {profile.id: profile.name for profile in stations}

    def close(self) -> None:
        """Sends what waits to be sent, and ends within two seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        ends_at = SYSTEM_CLOCK.monotonic() + CLOSE_WITHIN_S
        if self._thread.is_alive():
            self._thread.join(CLOSE_WITHIN_S)
        couriers = [courier for _, some in self._desks for courier in some]
        for courier in couriers:
            courier.close()
        for courier in couriers:
            courier.await_end(max(0.0, ends_at - SYSTEM_CLOCK.monotonic()))

    def _take(self, changes: Iterable[FaultChange]) -> None:
        with self._changed:
            matters = [desk.take(change) for change in changes for desk, _ in self._desks]
            if any(matters):
                self._changed.notify_all()

    def _run(self) -> None:
        with self._changed:
            while not self._closing:
                now = self._clock.moment(self._clock.monotonic())
                for desk, couriers in self._desks:
                    notices = desk.advance(now)
                    for courier in couriers if notices else ():
                        courier.give(notices)
                waits = any(desk.waits for desk, _ in self._desks)
                self._changed.wait(self._clock.timeout_s(LOOK_EVERY_S) if waits else None)

    def _name(self, station: str) -> str:
        return self._names.get(station, station)
