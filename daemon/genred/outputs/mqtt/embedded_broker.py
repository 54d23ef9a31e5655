"""An MQTT broker inside, for trying genred without one: amqtt in a thread of its own, on loopback only."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any

from genred.errors import OutputError
from genred.extras import how_to_install

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_LISTENER = "loopback"
_START_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 5.0


class EmbeddedBroker:
    """The broker amqtt (MQTT 3.1.1, no passwords) that only this machine can reach.

    Args:
        port: On loopback; 0 for a free one.
    """

    def __init__(self, port: int = 0) -> None:
        self._wanted_port = port
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._error: Exception | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """Where it listens; 0 before `start`."""
        return self._port

    def start(self) -> int:
        """Starts the broker and returns its port, once it accepts connections.

        Raises:
            OutputError: amqtt is not installed, or the port is taken.
        """
        if importlib.util.find_spec("amqtt") is None:
            raise OutputError(
                "mqtt.broker: embedded needs the package amqtt; install it with: "
                f"{how_to_install('broker')}, or name a broker"
            )
        listening = self._listen()
        self._port = int(listening.getsockname()[1])
        self._thread = threading.Thread(target=self._run, args=(listening,), name="genred-broker", daemon=True)
        self._thread.start()
        if not self._started.wait(_START_TIMEOUT_S) or self._error is not None:
            raise OutputError(f"the embedded broker did not start: {self._error or 'it takes too long'}")
        _log.info("embedded MQTT broker on %s:%d", _HOST, self._port)
        return self._port

    def stop(self) -> None:
        """Ends the broker and every connection to it."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_STOP_TIMEOUT_S)
        self._thread = None

    def _listen(self) -> socket.socket:
        try:
            return socket.create_server((_HOST, self._wanted_port))
        except OSError as error:
            raise OutputError(
                f"mqtt.embedded_port: {_HOST}:{self._wanted_port} cannot be used ({error.strerror}); "
                "is another broker running there? Use it (mqtt.broker), or give another port, or 0 for a free one"
            ) from None

    def _run(self, listening: socket.socket) -> None:
        try:
            asyncio.run(self._serve(listening))
        except Exception as error:  # noqa: BLE001 - the edge of a thread: whatever ends it is told to who waits
            self._error = error
            if self._started.is_set():
                _log.error("the embedded broker stopped: %s", error, exc_info=error)
        finally:
            listening.close()
            self._started.set()

    async def _serve(self, listening: socket.socket) -> None:
        # An extra: imported only where it is asked for.
        from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter  # noqa: PLC0415
        from amqtt.broker import Broker  # noqa: PLC0415

        # What amqtt and its state machine say of every packet is of no use to a listener of radio.
        for chatty in ("amqtt", "transitions"):
            logging.getLogger(chatty).setLevel(logging.CRITICAL)
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        broker = Broker(_configuration())
        broker._subscriptions = SteadyDict()  # noqa: SLF001 - see there
        await broker.start()
        tasks: set[asyncio.Task[Any]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            try:
                await broker.external_connected(StreamReaderAdapter(reader), StreamWriterAdapter(writer), _LISTENER)
            except Exception as error:  # noqa: BLE001 - whatever ends one connection, the others go on
                _log.warning("the embedded broker ended a connection: %s: %s", type(error).__name__, error)

        server = await asyncio.start_server(serve, sock=listening)
        self._started.set()
        await self._stop.wait()
        server.close()
        await broker.shutdown()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class SteadyDict(dict[str, Any]):
    """A dict that may change while somebody goes over it, who then sees it as it was.

    amqtt (to 0.12.1) waits for clients while it goes over the subscriptions. Whoever subscribes to something new
    meanwhile would end another's connection, or lose a message: "dictionary changed size during iteration".
    """

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(super().keys()))

    def items(self) -> Any:
        """Gives the pairs as they are now."""
        return tuple(super().items())


def _configuration() -> dict[str, Any]:
    """Listens to nothing itself: connections are accepted here, so that port 0 works and the address is sure."""
    return {
        "listeners": {"default": {"type": "external", "bind": ""}, _LISTENER: {"type": "external", "bind": ""}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
