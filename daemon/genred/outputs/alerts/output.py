"""The alerts of a configuration as an output: events in, messages to people out."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.clock import SYSTEM_CLOCK
from genred.errors import OutputError
from genred.events import Output
from genred.outputs.alerts.faults import RESTART, FaultBegan, FaultKey, FaultTracker
from genred.outputs.alerts.recipients import MISSING, has_apprise, open_senders
from genred.outputs.alerts.told import ToldAlert

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
        self._open_alert = open_alert
        self._clock = clock
        self._changed = threading.Condition()
        self._watch = FaultTracker()
        self._names = {profile.id: profile.name for profile in stations}
        self._restarted = restarted
        self._closing = self._started = False
        self._ongoing: dict[FaultKey, FaultBegan] = {}
        self._alerts = self._made(config)
        self._thread = threading.Thread(target=self._run, name="genred-alerts", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether all its threads run."""
        return self._thread.is_alive() and all(alert.alive for alert in self._alerts.values())

    def start(self) -> None:
        """Begins to watch and to send."""
        for alert in self._alerts.values():
            alert.start()
        self._started = True
        self._thread.start()
        if self._restarted is not None:
            at = self._clock.moment(self._clock.monotonic())
            problem = "ended unexpectedly and is running again"
            self._take([FaultBegan(FaultKey(RESTART), at, problem, self._restarted, momentary=True)])

    def configure(self, config: Config) -> None:
        """Goes by another configuration: what was told is not told again, and what goes on is told where it is new.

        Raises:
            OutputError: Apprise is not installed.
            ConfigError: An address cannot be used; all stays as it was.
        """
        alerts = self._made(config)
        with self._changed:
            left = [alert for name, alert in self._alerts.items() if not alert.goes_on_in(alerts.get(name))]
            for name, alert in alerts.items():
                alert.take_over(self._alerts.get(name))
                for fault in self._ongoing.values():
                    alert.desk.take(fault)
                if self._started:
                    alert.start()
            self._alerts = alerts
            self._changed.notify_all()
        for alert in left:
            alert.close()

    def _made(self, config: Config) -> dict[str, ToldAlert]:
        alerts = config.alerts or {}
        if alerts and self._open_alert is None and not has_apprise():
            raise OutputError(f"alerts: {MISSING}; or remove the section alerts")
        open_alert = self._open_alert or open_senders
        return {
            name: ToldAlert(
                name, alert, open_alert(name, alert), node=config.node, name_of=self._name, clock=self._clock
            )
            for name, alert in alerts.items()
        }

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
        for alert in self._alerts.values():
            alert.close()
        for alert in self._alerts.values():
            alert.await_end(ends_at)

    def _take(self, changes: Iterable[FaultChange]) -> None:
        with self._changed:
            matters = False
            for change in changes:
                self._follow(change)
                for alert in self._alerts.values():
                    matters |= alert.desk.take(change)
            if matters:
                self._changed.notify_all()

    def _follow(self, change: FaultChange) -> None:
        if not isinstance(change, FaultBegan):
            self._ongoing.pop(change.key, None)
        elif not change.momentary:
            began = self._ongoing.get(change.key, change)
            self._ongoing[change.key] = replace(began, detail=change.detail)

    def _run(self) -> None:
        with self._changed:
            while not self._closing:
                now = self._clock.moment(self._clock.monotonic())
                for alert in self._alerts.values():
                    alert.advance(now)
                waits = any(alert.desk.waits for alert in self._alerts.values())
                self._changed.wait(self._clock.timeout_s(LOOK_EVERY_S) if waits else None)

    def _name(self, station: str) -> str:
        return self._names.get(station, station)
