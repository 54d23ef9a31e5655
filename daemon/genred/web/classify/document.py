"""What Gradio answers, put right: our icon and style sheets, nothing of another host, and scripts that are kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Send

_FOREIGN = re.compile(r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*|<link\s+rel="manifest"[^>]*>\s*')
"""Previews for social networks, and the manifest of an application at the host's root, where there is none."""

_OURS = (
    '<link rel="icon" href="../static/icon.svg" type="image/svg+xml">'
    '<link rel="stylesheet" href="../static/palette.css"><link rel="stylesheet" href="../static/classify.css"></head>'
)

_MAX_BYTES = 4 << 20


class DocumentSend:
    """Takes an answer, and sends it changed where it is the document.

    Args:
        send: Of the server; see the ASGI specification.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Takes a part of the answer."""
        if message["type"] == "http.response.start" and _is_plain_html(message):
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False) and len(self._body) < _MAX_BYTES:
            return
        body = _put_right(self._body.decode()).encode()
        headers = [(name, value) for name, value in self._start["headers"] if name.lower() != b"content-length"]
        start, self._start = self._start, None
        await self._send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await self._send({**message, "body": body, "more_body": False})


class CachedSend:
    """Takes an answer, and lets browsers keep it: the names of Gradio's scripts hold what is in them.

    Args:
        send: Of the server.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        """Takes a part of the answer."""
        if message["type"] == "http.response.start" and message["status"] == 200:
            headers = [(name, value) for name, value in message["headers"] if name.lower() != b"cache-control"]
            message = {**message, "headers": [*headers, (b"cache-control", b"private, max-age=604800")]}
        await self._send(message)


def _is_plain_html(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers


def _put_right(text: str) -> str:
    return _FOREIGN.sub("", text).replace("</head>", _OURS, 1)
