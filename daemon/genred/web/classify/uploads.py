"""Whose an upload is: nobody reads or classifies what somebody else has brought."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request

from genred.web.security.sessions import COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import Message, Scope, Send

    from genred.web.security.proxies import Visitor

MAX_FILES = 1_000
"""Kept at the same time, whatever their size."""

_MAX_ANSWER_BYTES = 1 << 20


class Uploads:
    """The files under a folder, and who may use them.

    What was uploaded belongs to whoever uploaded it, and to all who uploaded the same. The rest under the folder
    (examples, pictures, whose names are hashes of what is in them) belongs to all.

    Args:
        folder: Of the uploads.
        examples: Files that everybody may use.
    """

    def __init__(self, folder: Path, examples: frozenset[Path] = frozenset()) -> None:
        self._folder = folder.resolve()
        self._examples = examples
        self._owners: dict[Path, set[str]] = {}
        self._coming_bytes: list[int] = []

    @property
    def is_full(self) -> bool:
        """Whether no more files are taken until the oldest are deleted."""
        self._forget_deleted()
        return len(self._owners) >= MAX_FILES

    @property
    def size_bytes(self) -> int:
        """Of everything under the folder, with what is still to come of uploads as if it were there."""
        unfinished = set(self._unfinished())
        kept = (path for path in self._folder.rglob("*") if path not in unfinished and path.is_file())
        return sum(path.stat().st_size for path in kept) + sum(self._coming_bytes)

    @contextlib.contextmanager
    def coming(self, size_bytes: int) -> Iterator[None]:
        """Counts an upload while it comes; of those that broke off, Gradio leaves what has come to be removed here.

        Args:
            size_bytes: As announced.
        """
        self._coming_bytes.append(size_bytes)
        try:
            yield
        finally:
            self._coming_bytes.remove(size_bytes)
            if not self._coming_bytes:
                for path in self._unfinished():
                    path.unlink(missing_ok=True)

    def add(self, name: str, owner: str) -> None:
        """Notes who uploaded a file."""
        self._owners.setdefault(Path(name).resolve(), set()).add(owner)

    def may_read(self, name: str, owner: str) -> bool:
        """Whether somebody may have what is in a file."""
        path = self._inside(name)
        return path is not None and (path not in self._owners or owner in self._owners[path])

    def may_classify(self, name: str, owner: str) -> bool:
        """Whether somebody may name a file for the server to open."""
        path = self._inside(name)
        return path is not None and (path in self._examples or owner in self._owners.get(path, ()))

    def _inside(self, name: str) -> Path | None:
        try:
            path = Path(name).resolve()
        except (OSError, ValueError, RuntimeError):
            return None
        return path if path.is_relative_to(self._folder) and path != self._folder else None

    def _unfinished(self) -> list[Path]:
        """Where Gradio puts what comes, until it is complete and moves into a folder of its own."""
        return [path for path in self._folder.glob(f"{tempfile.gettempprefix()}*") if path.is_file()]

    def _forget_deleted(self) -> None:
        for path in [path for path in self._owners if not path.exists()]:
            del self._owners[path]


class UploadSend:
    """Takes the answer to an upload, and tells the paths that it names.

    Args:
        send: Of the server; see the ASGI specification.
        add: Takes a path.
    """

    def __init__(self, send: Send, add: Callable[[str], None]) -> None:
        self._send = send
        self._add = add
        self._is_ok = False
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Takes a part of the answer."""
        if message["type"] == "http.response.start":
            self._is_ok = message["status"] == 200
        elif message["type"] == "http.response.body" and self._is_ok and len(self._body) < _MAX_ANSWER_BYTES:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                for path in msgspec.json.decode(self._body, type=list[str]):
                    self._add(path)
        await self._send(message)


def owner_of(scope: Scope) -> str:
    """Gives who a visitor is among the owners: a login where there is one, else an address."""
    visitor: Visitor = scope["state"]["visitor"]
    if visitor.user:
        return f"user {visitor.user}"
    cookie = Request(scope).cookies.get(COOKIE, "")
    return f"session {hashlib.sha256(cookie.encode()).hexdigest()}" if cookie else f"address {visitor.address}"
