"""Calls of Gradio's functions, checked before it sees them: of files they may name uploads only, and no addresses.

Gradio itself opens whatever path a call names while it is mounted in another application, and fetches addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from genred.errors import GenredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Receive, Scope

MAX_BODY_BYTES = 262_144

_MAX_DEPTH = 16

_META = {"_type": "gradio.FileData"}


class CallError(GenredError):
    """A call that is not handed on.

    Args:
        status: Of HTTP.
        message: What is wrong.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def checked_call(body: bytes, may_classify: Callable[[str], bool]) -> bytes:
    """Gives a call with nothing of its files but path and name.

    Args:
        body: JSON.
        may_classify: Whether a path may be named.

    Raises:
        CallError: It is none, or names a file that may not be named.
    """
    if not body:
        return body
    try:
        call = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CallError(400, "the call is not valid JSON") from None
    return msgspec.json.encode(_checked(call, may_classify, 0))


async def read_call(receive: Receive) -> bytes:
    """Reads the body of a call.

    Raises:
        CallError: It is too large, or does not end.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallError(400, "the call was cut off")
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise CallError(413, f"a call may have at most {MAX_BODY_BYTES:,} bytes; upload files first")
        if not message.get("more_body", False):
            return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Gives a body again to whoever comes behind."""
    left = [body]

    async def replay() -> Message:
        return {"type": "http.request", "body": left.pop(), "more_body": False} if left else await receive()

    return replay


def with_length(scope: Scope, length: int) -> Scope:
    """The request with the length of another body."""
    dropped = {b"content-length", b"transfer-encoding"}
    headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}


def _checked(value: Any, may_classify: Callable[[str], bool], depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise CallError(400, "the call is nested too deeply")
    if isinstance(value, list):
        return [_checked(each, may_classify, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    if not value.keys() & {"path", "url"}:
        return {name: _checked(each, may_classify, depth + 1) for name, each in value.items()}
    path, name = value.get("path"), value.get("orig_name")
    if not isinstance(path, str) or not may_classify(path):
        raise CallError(403, "a call may name files only by the response to their upload")
    return {"path": path, "orig_name": name if isinstance(name, str) else None, "meta": _META}
