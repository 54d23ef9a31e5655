"""Those who are told, on loopback: an SMTP server, an HTTP hook, and one that is scripted."""

from __future__ import annotations

import json
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from aiosmtpd.controller import Controller

from genred.outputs.alerts.sender import SendError
from tests.outputs.mqtt.mosquitto import free_port
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message


class Inbox:
    """What arrived, for tests that wait for it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.messages: list[Any] = []

    def put(self, message: object) -> None:
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()

    def wait(self, count: int = 1) -> list[Any]:
        with self.changed:
            came = self.changed.wait_for(lambda: len(self.messages) >= count, PATIENCE_S)
            assert came, f"{len(self.messages)} of {count} messages: {self.messages}"
            return list(self.messages)


class MailServer:
    """Takes mail and keeps it."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self._port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port, ready_timeout=PATIENCE_S)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        message: Message = message_from_bytes(envelope.content)
        self.inbox.put(message)
        return "250 OK"

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self._port}?from=genred@example.org&to=me@example.org&format=text"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


class Hook:
    """Takes what Apprise posts to `json://`, and answers as it is told.

    Attributes:
        answers: Status codes of the next answers; then 200.
    """

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.answers: list[int] = []
        self.refused = Inbox()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = hook.answers.pop(0) if hook.answers else 200
                self.send_response(status)
                self.end_headers()
                (hook.inbox if status == 200 else hook.refused).put(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"json://me:hushhush@127.0.0.1:{self.port}/secretpath"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class ScriptedSender:
    """Fails as often as it is told to, and keeps what it sends.

    Args:
        failures: How often it fails first.
        before: Called before each sending.
    """

    service = "scripted"

    def __init__(self, failures: int = 0, before: Callable[[], None] = lambda: None) -> None:
        self.inbox = Inbox()
        self.attempts = Inbox()
        self._failures = failures
        self._before = before

    @property
    def identity(self) -> object:
        return id(self)

    def send(self, title: str, body: str, tone: str) -> None:
        self._before()
        self.attempts.put(title)
        if self._failures:
            self._failures -= 1
            raise SendError("the line is dead")
        self.inbox.put((title, body, tone))
