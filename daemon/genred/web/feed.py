"""The pages' own connection to the broker: what the daemon publishes comes in, what people switch goes out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

import msgspec
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from genred.broker.topics import ONLINE, StationTopic, Topics
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

    from genred.broker.settings import BrokerSettings
    from genred.web.board import Board

_LOGGER = logging.getLogger(__name__)

_FIRST_WAIT_S = 1
_LONGEST_WAIT_S = 15
"""A page that somebody looks at is soon back; one browser's server is no herd."""

_SETTLE_S = 10.0
"""Two clients that throw each other out hold their connections for less."""

_RELOAD_WITHIN_S = 60.0
"""Every model is loaded and tried before the daemon takes a configuration."""


class _Answer(msgspec.Struct):
    """What the daemon answers to `{"reload": true}`, as far as the pages need it; see `DaemonResponse`."""

    ok: bool
    command: dict[str, Any] | None
    error: str | None
    restart_needed: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What is left to do; empty where nothing is."""
        if not self.ok:
            return f"The daemon rejected it: {self.error or 'no reason given'}"
        if self.restart_needed:
            return f"Restart genred: changes of {', '.join(self.restart_needed)} take effect only then."
        return ""


class Feed:
    """Follows a node at the broker, for ever; paho's thread does the waiting, the board is touched in its loop only.

    Args:
        settings: How to reach the broker.
        topics: Of the node.
        board: Takes what comes.
        loop: The board's.
        settle_s: After a connection that held for so long, each problem is worth a warning again.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        topics: Topics,
        board: Board,
        loop: asyncio.AbstractEventLoop,
        *,
        settle_s: float = _SETTLE_S,
    ) -> None:
        self._settings = settings
        self._topics = topics
        self._board = board
        self._loop = loop
        self._log = RateLimitedLog(_LOGGER)
        self._settle_s = settle_s
        self._is_warned = False
        self._connected_at_s: float | None = None
        self._reloads: dict[str, asyncio.Future[str]] = {}
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{settings.client_id}-web-{secrets.token_hex(4)}",
            transport="websockets" if settings.address.websockets else "tcp",
        )
        client.max_queued_messages_set(100)
        client.reconnect_delay_set(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        settings.secure(client)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        self._client = client

    def start(self) -> None:
        """Begins to connect; returns at once, whether or not there is a broker."""
        address = self._settings.address
        self._client.connect_async(address.host, address.port, self._settings.keepalive_s)
        self._client.loop_start()

    def close(self) -> None:
        """Ends the connection."""
        self._client.disconnect()
        self._client.loop_stop()

    def command(self, station: str, command: dict[str, Any]) -> bool:
        """Sends a command to a station. Returns whether the broker is there to take it."""
        if not self._client.is_connected():
            return False
        self._client.publish(self._topics.station(station, StationTopic.SET), msgspec.json.encode(command), qos=1)
        return True

    async def reload(self) -> str:
        """Tells the daemon to read its configuration again.

        Returns:
            What is left to do; empty where the daemon has taken it.
        """
        by_hand = "It takes effect at the daemon's next start or reload"
        if not self._client.is_connected():
            return f"{by_hand}: the broker is not connected."
        id_ = secrets.token_hex(8)
        answer: asyncio.Future[str] = self._loop.create_future()
        self._reloads[id_] = answer
        try:
            payload = msgspec.json.encode({"reload": True, "id": id_})
            self._client.publish(self._topics.daemon_set, payload, qos=1)
            async with asyncio.timeout(_RELOAD_WITHIN_S):
                return await answer
        except TimeoutError:
            return f"{by_hand}: the daemon does not respond."
        finally:
            del self._reloads[id_]

    def _take_response(self, payload: bytes) -> None:
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
            response = msgspec.json.decode(payload, type=_Answer)
            waiting = self._reloads.get(str((response.command or {}).get("id")))
            if waiting is not None and not waiting.done():
                waiting.set_result(response.note)

    def _on_connect(self, client: Client, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        if reason.is_failure:
            text = f"the broker {self._settings.address} rejects the web pages: {reason}"
            self._is_warned |= self._log.warn(text, kind=str(reason))
            return
        self._connected_at_s = time.monotonic()
        if self._is_warned:
            self._is_warned = False
            _LOGGER.info("connected to the broker %s again", self._settings.address)
        topics = (self._topics.every_station(StationTopic.STATE), self._topics.status, self._topics.daemon_response)
        client.subscribe([(topic, 1) for topic in topics])
        self._call(lambda: self._board.set_broker(connected=True))

    def _on_connect_fail(self, _client: Client, _data: object) -> None:
        text = f"the broker {self._settings.address} cannot be reached; trying again"
        self._is_warned |= self._log.warn(text, kind="unreachable")

    def _on_disconnect(self, *_: object) -> None:
        connected_at_s, self._connected_at_s = self._connected_at_s, None
        if connected_at_s is not None and time.monotonic() - connected_at_s >= self._settle_s:
            self._log.forget()

        def lost() -> None:
            self._board.set_broker(connected=False)

        self._call(lost)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        topic, payload = message.topic, message.payload
        if topic == self._topics.status:
            self._call(lambda: self._board.set_daemon(online=payload == ONLINE.encode()))
            return
        if topic == self._topics.daemon_response:
            self._call(lambda: self._take_response(bytes(payload)))
            return
        parsed = self._topics.parse(topic)
        if parsed is not None and parsed[1] is StationTopic.STATE:
            self._call(lambda: self._board.take_state(parsed[0], bytes(payload)))

    def _call(self, do: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do)
