"""Home Assistant's Supervisor, as its documents have it: the MQTT service of its API, and the schema of options."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import subprocess

    from tests.outputs.mqtt.watcher import Watcher

TOKEN = "token-of-the-app"


class FakeSupervisor:
    """Answers GET /services/mqtt; a context manager.

    Args:
        service: What is known of the broker; None where no app provides one.
    """

    def __init__(self, service: dict[str, Any] | None) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.headers["Authorization"] != f"Bearer {TOKEN}":
                    self._answer(401, {"result": "error", "message": "unauthorized"})
                elif self.path != "/services/mqtt" or service is None:
                    self._answer(400, {"result": "error", "message": "Service is not enabled"})
                else:
                    self._answer(200, {"result": "ok", "data": service})

            def _answer(self, code: int, body: dict[str, Any]) -> None:
                payload = json.dumps(body).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def wait_for_genre(watcher: Watcher, process: subprocess.Popen[bytes], genre: str) -> None:
    """Waits for the first word of the station `one` of the node `home`.

    Two programs start, on a machine that may be busy: as long as they run, it may take them longer.
    """
    while True:
        with contextlib.suppress(AssertionError):
            watcher.wait_for("genred/home/one/genre", lambda seen: seen.text == genre)
            return
        assert process.poll() is None


def option_faults(options: Any, schema: Any, path: str = "") -> list[str]:
    """Finds what the Supervisor would refuse of options, by the language of `schema` in config.yaml."""
    if isinstance(schema, dict):
        if not isinstance(options, dict):
            return [f"{path}: is no mapping"]
        faults = [f"{path}.{key}: unknown" for key in options if key not in schema]
        for key, wanted in schema.items():
            if key in options:
                faults += option_faults(options[key], wanted, f"{path}.{key}")
            elif not (isinstance(wanted, str) and wanted.endswith("?")):
                faults.append(f"{path}.{key}: missing")
        return faults
    if isinstance(schema, list):
        if not isinstance(options, list):
            return [f"{path}: is no list"]
        return [fault for n, each in enumerate(options) for fault in option_faults(each, schema[0], f"{path}[{n}]")]
    return [] if _fits(options, schema.removesuffix("?")) else [f"{path}: {options!r} is no {schema}"]


def _fits(value: Any, kind: str) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if kind in {"str", "password"}:
        return isinstance(value, str)
    if kind.startswith("match("):
        return isinstance(value, str) and re.match(kind[6:-1], value) is not None
    if kind.startswith("list("):
        return value in kind[5:-1].split("|")
    raise AssertionError(f"the schema has a kind that this test does not know: {kind}")
