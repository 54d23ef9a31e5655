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
from typing import TYPE_CHECKING, Protocol

from genred.errors import ConfigError
from genred.outputs.mqtt.diagnosis import explain_connect_error
from genred.outputs.mqtt.pace import Backoff, Pace
from genred.outputs.mqtt.session import Ending, Session
from genred.outputs.mqtt.waker import Wake
from genred.rate_limited_log import SparingWarnings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.outputs.mqtt.broker_settings import Link
    from genred.outputs.mqtt.outbox import Message, Outbox

_log = logging.getLogger(__name__)

_TURN_S = 1.0
"""Longest sleep of the loop; keep-alive and heartbeat need no finer grain, and whatever is put wakes it."""

_SUSPICIOUS_LOSSES = 3
"""So many connections in a row that did not hold: two clients of one id throw each other out like this, and a broker of
version 3.1.1 (and mosquitto 2.0) does not say why it hangs up."""


class LinkState(Enum):
    """Where the connection stands."""

    NEW = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    BACKING_OFF = auto()
    CLOSED = auto()


class Listener(Protocol):
    """Who is told what the connection does; everything is called from its thread and must not block."""

    def on_connected(self) -> Sequence[str]:
        """A connection stands. Returns the topics to subscribe to."""

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A message has come; `retained` tells one that the broker kept from one that was just published."""

    def on_tick(self) -> Sequence[str]:
        """About once a second while connected. Returns the topics to unsubscribe from."""


class MqttConnection:
    """Keeps a connection to the broker.

    Args:
        link: How to reach it.
        outbox: What is published as soon as there is a connection.
        will: What the broker publishes when the connection dies.
        listener: Who is told.
        pace: Waits and timeouts.
    """

    def __init__(self, link: Link, outbox: Outbox, will: Message, listener: Listener, pace: Pace | None = None) -> None:
        self._link = link
        self._outbox = outbox
        self._will = will
        self._listener = listener
        self._pace = pace or Pace()
        self._backoff = Backoff(self._pace)
        self._protocol_index = 0
        self._state = LinkState.NEW
        self._problem: str | None = None
        self._complained_of: str | None = None
        self._faults = SparingWarnings(_log)
        self._connects = 0
        self._short_connections = 0
        self._connected = threading.Event()
        self._closing = threading.Event()
        self._wake = Wake()
        self._thread = threading.Thread(target=self._run, name="genred-mqtt", daemon=True)
        outbox.on_put = self.wake

    @property
    def state(self) -> LinkState:
        """Where the connection stands."""
        return self._state

    @property
    def alive(self) -> bool:
        """Whether the thread runs that connects and publishes; False before `start` and after `close`."""
        return self._thread.is_alive()

    @property
    def problem(self) -> str | None:
        """Why there is no connection, for people; None while there is one."""
        return self._problem

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
        self._wake.set()

    def close(self) -> None:
        """Publishes what waits, as far as the time allows, says goodbye and ends the thread."""
        self._closing.set()
        self.wake()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            # An attempt that hangs in a connect cannot be interrupted; its thread is a daemon and ends with it.
            self._thread.join(self._pace.close_timeout_s + _TURN_S)
        self._state = LinkState.CLOSED

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                ending = self._guarded_attempt()
                self._state = LinkState.BACKING_OFF
                self._connected.clear()
                if not self._closing.is_set() and not self._falls_back(ending):
                    refused = ending is Ending.BAD_CREDENTIALS
                    self._closing.wait(self._backoff.refused_wait_s() if refused else self._backoff.next_wait_s())
        finally:
            self._state = LinkState.CLOSED
            self._connected.clear()
            self._wake.close()

    def _guarded_attempt(self) -> Ending:
        try:
            return self._attempt()
        except Exception as error:  # noqa: BLE001 - the edge of the thread: without it, nothing would be published ever again
            self._problem = f"a fault of genred itself ({type(error).__name__}: {error})"
            self._faults.warn(f"no connection to the broker: {self._problem}", with_traceback=True)
            return Ending.LOST

    def _attempt(self) -> Ending:
        self._state = LinkState.CONNECTING
        protocol = self._link.protocols[self._protocol_index]
        try:
            session = Session(
                self._link,
                protocol,
                self._will,
                self._outbox,
                self._listener,
                acknowledge_timeout_s=self._pace.acknowledge_timeout_s,
            )
        except ConfigError as error:
            self._complain(str(error))
            return Ending.UNREACHABLE
        try:
            session.connect(self._pace.connect_timeout_s)
        except OSError as error:
            self._complain(explain_connect_error(self._link.address, error))
            return Ending.UNREACHABLE
        except ValueError as error:
            # A host name that IDNA cannot encode.
            self._complain(f"{self._link.address} cannot be reached: {error}")
            return Ending.UNREACHABLE
        try:
            return self._serve(session)
        finally:
            session.abandon()

    def _serve(self, session: Session) -> Ending:
        opened_at_s = time.monotonic()
        greeted = False
        while session.ending is None:
            if self._closing.is_set():
                self._say_goodbye(session)
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
                    self._backoff.settle()
                    self._complained_of = None
            session.turn(_TURN_S, self._wake)
        ending = session.ending or Ending.LOST
        if ending is not Ending.VERSION or self._is_last_protocol:
            self._complain(session.explanation + self._suspicion(greeted, time.monotonic() - opened_at_s))
        return ending

    def _suspicion(self, greeted: bool, lasted_s: float) -> str:
        self._short_connections = self._short_connections + 1 if greeted and lasted_s < self._pace.settle_s else 0
        if self._short_connections < _SUSPICIOUS_LOSSES:
            return ""
        return (
            f"; this keeps happening right after the connect: has another client the id {self._link.client_id!r}? "
            "Give each machine its own node (or mqtt.client_id)"
        )

    def _attend(self, session: Session) -> None:
        session.unsubscribe(self._listener.on_tick())
        session.publish_waiting()
        if session.is_subscribed:
            self._connected.set()

    def _greet(self, session: Session) -> None:
        attempts = f" after {self._backoff.attempts} attempts" if self._backoff.attempts else ""
        _log.info("connected to %s with MQTT %s%s", self._link.address, session.protocol.value, attempts)
        self._state = LinkState.CONNECTED
        self._problem = None
        self._connects += 1
        session.subscribe(self._listener.on_connected())
        self._outbox.renew()

    def _say_goodbye(self, session: Session) -> None:
        deadline = time.monotonic() + self._pace.close_timeout_s
        while session.ending is None and session.connected and time.monotonic() < deadline:
            session.publish_waiting()
            if session.is_idle and self._outbox.depth == 0:
                break
            session.turn(0.1, self._wake)
        session.disconnect()
        while session.ending is None and time.monotonic() < deadline:
            session.turn(0.1, self._wake)

    @property
    def _is_last_protocol(self) -> bool:
        return self._protocol_index == len(self._link.protocols) - 1

    def _falls_back(self, ending: Ending) -> bool:
        """Whether the next attempt is made at once, with the next older protocol.

        Every other attempt begins with the newest: a broker that was slow once is not taken for an old one for ever.
        """
        if ending is not Ending.VERSION or self._is_last_protocol:
            self._protocol_index = 0
            return False
        self._protocol_index += 1
        older = self._link.protocols[self._protocol_index].value
        _log.debug("%s does not take MQTT 5; trying %s", self._link.address, older)
        return True

    def _complain(self, problem: str) -> None:
        """One warning for each new problem; the same again only at debug level, until a connection has held."""
        if problem == self._complained_of:
            _log.debug("still: %s", problem)
        else:
            _log.warning("no connection to the broker: %s", problem)
        self._problem = self._complained_of = problem
