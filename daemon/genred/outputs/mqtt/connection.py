"""The connection to the broker: one thread that connects, publishes what waits, and comes back for ever.

paho's own reconnecting loop is not used, for four reasons. It cannot change the protocol version between attempts, its
waits have no jitter, it does not say why an attempt failed, and after a reconnect it sends its unacknowledged messages
behind the callback that publishes the newest state, so that an old state would be retained. Here each attempt has a
client of its own, driven through paho's interface for foreign event loops from a single thread; what a lost connection
left unacknowledged goes back to the outbox.
"""

from __future__ import annotations

import logging
import threading
import time
from enum import Enum, auto
from typing import TYPE_CHECKING

from genred.backoff import Backoff
from genred.certificate_clock import is_not_yet_valid
from genred.errors import ConfigError
from genred.outputs.mqtt.abilities import Abilities
from genred.outputs.mqtt.connection_problems import ConnectionProblems
from genred.outputs.mqtt.diagnosis import explain_connect_error
from genred.outputs.mqtt.ending import Ending
from genred.outputs.mqtt.pace import Pace
from genred.outputs.mqtt.packet_limit import PacketLimit
from genred.outputs.mqtt.protocol_version import ProtocolVersion
from genred.outputs.mqtt.session import Session
from genred.outputs.mqtt.waker import Waker
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from genred.broker.settings import BrokerSettings
    from genred.outputs.mqtt.listener import Listener
    from genred.outputs.mqtt.outbox import Message, Outbox

_log = logging.getLogger(__name__)

_TURN_S = 1.0
"""Longest sleep of the loop; keep-alive and heartbeat need no finer grain, and whatever is put wakes it."""

_LEAST_SHARE = 0.5
"""Of its ceiling, each wait has at least so much; the rest keeps clients from coming back to a broker all at once."""


class BrokerState(Enum):
    """Where the connection stands."""

    NEW = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    BACKING_OFF = auto()
    CLOSED = auto()


class MqttConnection:
    """Keeps a connection to the broker.

    Args:
        settings: How to reach it.
        outbox: What is published as soon as there is a connection.
        will: What the broker publishes when the connection dies.
        listener: Who is told.
        pace: Waits and timeouts.
        limit: What is known of the size of packets that the broker takes.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        outbox: Outbox,
        will: Message,
        listener: Listener,
        pace: Pace | None = None,
        *,
        limit: PacketLimit | None = None,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._will = will
        self._listener = listener
        self._pace = pace or Pace()
        self._limit = limit or PacketLimit()
        self._abilities = Abilities()
        self._refusals = RateLimitedLog(logging.getLogger(Session.__module__))
        self._backoff = Backoff(self._pace.first_wait_s, self._pace.longest_wait_s, least_share=_LEAST_SHARE)
        self._version = ProtocolVersion(settings.versions)
        self._state = BrokerState.NEW
        self._problems = ConnectionProblems(settings, self._pace.settle_s)
        self._connects = 0
        self._connected = threading.Event()
        self._closing = threading.Event()
        self._waker = Waker()
        self._thread = threading.Thread(target=self._run, name="genred-mqtt", daemon=True)
        outbox.on_put = self.wake

    @property
    def state(self) -> BrokerState:
        """Where the connection stands."""
        return self._state

    @property
    def alive(self) -> bool:
        """Whether the thread runs that connects and publishes; False before `start` and after `close`."""
        return self._thread.is_alive()

    @property
    def problem(self) -> str | None:
        """Why there is no connection, for people; None while there is one."""
        return self._problems.current

    @property
    def connects(self) -> int:
        """How often a connection has come about."""
        return self._connects

    def start(self) -> None:
        """Begins to connect, and returns at once."""
        self._thread.start()

    def wait_connected(self, timeout_s: float) -> bool:
        """Waits until there is a connection and the broker listens for us; False when that is not so in time."""
        return self._connected.wait(timeout_s)

    def wake(self) -> None:
        """Lets the loop look at once what there is to do."""
        self._waker.set()

    def dispute(self) -> None:
        """Another daemon publishes as the same node, and may throw this one out again and again."""
        self._problems.is_disputed = True

    def close(self) -> None:
        """Publishes what waits, as far as the time allows, disconnects and ends the thread."""
        self._closing.set()
        self.wake()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            # An attempt that hangs in a connect cannot be interrupted; its thread is a daemon and ends with it.
            self._thread.join(self._pace.close_timeout_s + _TURN_S)
        self._state = BrokerState.CLOSED

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                ending = self._guarded_attempt()
                self._state = BrokerState.BACKING_OFF
                self._connected.clear()
                if ending is not Ending.ABILITIES:
                    self._abilities.forget()
                if not self._closing.is_set() and not self._version.falls_back(ending):
                    self._closing.wait(self._backoff.next_wait_s(self._own_wait_s(ending)))
        finally:
            self._state = BrokerState.CLOSED
            self._connected.clear()
            self._waker.close()

    def _own_wait_s(self, ending: Ending) -> float | None:
        """The wait after an end that is not worth a quick return, or that passes soon; None for the usual wait."""
        if ending is Ending.NOT_YET_VALID:
            return min(self._backoff.ceiling_s(), self._pace.clock_check_s)
        if ending is Ending.BAD_CREDENTIALS:
            return self._pace.refused_wait_s
        return self._pace.longest_wait_s if ending is Ending.LOST and self._problems.is_disputed else None

    def _guarded_attempt(self) -> Ending:
        try:
            return self._attempt()
        except Exception as error:  # noqa: BLE001 - the edge of the thread: without it, nothing would be published ever again
            self._problems.report(f"an internal error of genred ({type(error).__name__}: {error})", with_traceback=True)
            return Ending.LOST

    def _attempt(self) -> Ending:
        self._state = BrokerState.CONNECTING
        try:
            session = Session(
                self._settings,
                self._version.current,
                self._will,
                self._outbox,
                self._listener,
                limit=self._limit,
                abilities=self._abilities,
                problems=self._refusals,
                acknowledge_timeout_s=self._pace.acknowledge_timeout_s,
            )
        except ConfigError as error:
            self._problems.report(str(error))
            return Ending.UNREACHABLE
        try:
            session.connect(self._pace.connect_timeout_s)
        except OSError as error:
            self._problems.report(explain_connect_error(self._settings.address, error))
            return Ending.NOT_YET_VALID if is_not_yet_valid(error) else Ending.UNREACHABLE
        except ValueError as error:
            # A host name that IDNA cannot encode.
            self._problems.report(f"{self._settings.address} cannot be reached: {error}")
            return Ending.UNREACHABLE
        else:
            return self._serve(session)
        finally:
            session.abandon()

    def _serve(self, session: Session) -> Ending:
        opened_at_s = time.monotonic()
        greeted = False
        while session.ending is None:
            if self._closing.is_set():
                self._disconnect(session)
                return Ending.CLOSED
            elapsed_s = time.monotonic() - opened_at_s
            if not session.connected and elapsed_s > self._pace.connect_timeout_s:
                session.give_up()
                break
            if session.connected:
                if not greeted:
                    greeted = True
                    self._greet(session)
                self._attend(session)
                if elapsed_s > self._pace.settle_s and session.has_acknowledged:
                    self._backoff.succeed()
                    self._problems.forget()
            session.turn(_TURN_S, self._waker)
        ending = session.ending or Ending.LOST
        if ending is not Ending.ABILITIES and (ending is not Ending.VERSION or self._version.is_last):
            held_s = time.monotonic() - opened_at_s if greeted else None
            self._problems.report(session.explanation, held_s=held_s, is_size_suspected=session.is_size_suspected)
        return ending

    def _attend(self, session: Session) -> None:
        session.unsubscribe(self._listener.on_tick())
        session.publish_waiting()
        if session.is_subscribed:
            self._connected.set()

    def _greet(self, session: Session) -> None:
        attempts = f" after {self._backoff.attempts} attempts" if self._backoff.attempts else ""
        level = logging.INFO if self._problems.solve() else logging.DEBUG
        _log.log(level, "connected to %s with MQTT %s%s", self._settings.address, session.version.value, attempts)
        self._state = BrokerState.CONNECTED
        self._connects += 1
        session.subscribe(self._listener.on_connected())
        self._outbox.renew()

    def _disconnect(self, session: Session) -> None:
        deadline = time.monotonic() + self._pace.close_timeout_s
        while session.ending is None and session.connected and time.monotonic() < deadline:
            session.publish_waiting()
            if session.is_idle and self._outbox.depth == 0:
                break
            session.turn(0.1, self._waker)
        session.disconnect()
        while session.ending is None and time.monotonic() < deadline:
            session.turn(0.1, self._waker)
