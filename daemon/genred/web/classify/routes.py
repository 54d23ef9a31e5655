"""Where the page is mounted: Gradio's once somebody opens it, else a page that says how to install it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from genred.extras import how_to_install
from genred.web.classify.calls import CallError, checked_call, read_call, replayed, with_length
from genred.web.classify.document import CachedSend, DocumentSend
from genred.web.classify.uploads import Uploads, UploadSend, owner_of
from genred.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from genred.web.security.proxies import Visitor

PATH = "/classify"

_FORM_BYTES = 65_536
"""What a form adds to the file in it."""

_KEPT_UPLOADS = 3
"""All uploads of an hour together are at most so many of the largest."""

_OPEN = (
    *("assets/", "static/", "svelte/", "theme.css", "config", "robots.txt"),
    *(f"gradio_api/{name}" for name in ("info", "startup-events", "heartbeat/", "app_id")),
    *(f"gradio_api/{name}" for name in ("upload", "upload_progress", "file=")),
    *(f"gradio_api/{name}" for name in ("queue/", "call/", "cancel", "reset", "run/")),
)
"""What the page needs of Gradio, by the beginning of its path. The rest (proxying, logging in to Hugging Face, deep
links, workflows) is not there."""

_MAX_DIGITS = 15
"""Of a length."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_UPLOAD, _FILE = "gradio_api/upload", "gradio_api/file="


def classify_routes(upload_at_most: int, *, control: bool) -> Sequence[BaseRoute]:
    """Gives the routes of the page.

    Args:
        upload_at_most: Bytes of a file.
        control: Whether the page of stations is among those that it leads to.
    """
    if importlib.util.find_spec("gradio") is None:
        return [Route(PATH, _how_to_install)]
    return [Route(PATH, _with_a_slash), Mount(PATH, app=LazyPage(upload_at_most, control=control))]


async def _how_to_install(request: Request) -> Response:
    return page(request, "classify.html.j2", title="Classify", install=how_to_install("classify"))


async def _with_a_slash(request: Request) -> Response:
    """Gradio's addresses are relative to a folder."""
    return RedirectResponse(f"{request.state.base}{PATH}/")


class LazyPage:
    """Loads Gradio with the first request, so that a server whose page nobody opens stays small.

    Args:
        upload_at_most: Bytes of a file.
        control: Whether the page of stations is among those that it leads to.
    """

    def __init__(self, upload_at_most: int, *, control: bool) -> None:
        self._upload_at_most = upload_at_most
        self._control = control
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._uploads: Uploads | None = None
        self._inner: Starlette | None = None
        self._lifespan: AbstractAsyncContextManager[Any] | None = None
        self._loading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request; see the ASGI specification."""
        name = _name_of(scope)
        if name and not name.startswith(_OPEN):
            await PlainTextResponse("there is no such page\n", 404)(scope, receive, send)
            return
        async with self._loading:
            if self._inner is None or self._uploads is None:
                self._inner, self._uploads = await self._load()
        inner, uploads, owner = self._inner, self._uploads, owner_of(scope)
        refusal = self._refuse(name, scope, uploads, owner)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        taken, send = _as_gradio_takes_it(scope), _put_right(name, send)
        if name == _UPLOAD and scope["method"] == "POST":
            send = UploadSend(send, lambda path: uploads.add(path, owner))
            with uploads.coming(_length_of(scope) or 0), contextlib.suppress(ClientDisconnect):
                await inner(taken, receive, send)
            return
        if scope["method"] not in _SAFE_METHODS:
            try:
                body = checked_call(await read_call(receive), lambda path: uploads.may_classify(path, owner))
            except CallError as error:
                await JSONResponse({"detail": str(error)}, error.status)(scope, receive, send)
                return
            taken, receive = with_length(taken, len(body)), replayed(body, receive)
        await inner(taken, receive, send)

    def _refuse(self, name: str, scope: Scope, uploads: Uploads, owner: str) -> Response | None:
        if name.startswith(_FILE) and not uploads.may_read(name.removeprefix(_FILE), owner):
            return JSONResponse({"detail": "there is no such file, or it belongs to somebody else"}, 403)
        if scope["method"] != "POST" or name != _UPLOAD:
            return None
        most = f"{self._upload_at_most / 1e6:,.0f} MB (web.upload_at_most)"
        length = _length_of(scope)
        if length is None:
            return JSONResponse({"detail": "Content-Length is missing"}, 411)
        if length > self._upload_at_most + _FORM_BYTES:
            return JSONResponse({"detail": f"is larger than {most}"}, 413)
        if uploads.is_full or uploads.size_bytes + length > _KEPT_UPLOADS * self._upload_at_most:
            return JSONResponse({"detail": "too much was uploaded within an hour; try again later"}, 507)
        return None

    async def _load(self) -> tuple[Starlette, Uploads]:
        # Loaded here: with it come the front end, NumPy and the networks' cards, which no other page needs.
        from genred.web.classify.gradio_page import import_gradio, mount_page  # noqa: PLC0415

        inner = Starlette()
        self._folder = tempfile.TemporaryDirectory(prefix="genred-classify-")
        await asyncio.to_thread(import_gradio)
        examples = mount_page(inner, PATH, Path(self._folder.name), self._upload_at_most, control=self._control)
        self._lifespan = inner.router.lifespan_context(inner)
        await self._lifespan.__aenter__()
        return inner, Uploads(Path(self._folder.name), frozenset(path.resolve() for path in examples))


def _put_right(name: str, send: Send) -> Send:
    if not name:
        return DocumentSend(send)
    return CachedSend(send) if name.startswith(("assets/", "static/")) else send


def _length_of(scope: Scope) -> int | None:
    """The length of the body, as announced."""
    text = dict(scope["headers"]).get(b"content-length", b"").decode("ascii", "replace")
    return int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else None


def _name_of(scope: Scope) -> str:
    """The path under the page's own."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).lstrip("/")


def _as_gradio_takes_it(scope: Scope) -> Scope:
    """The request with its whole public path, and with no header of a proxy that the guard has not read."""
    visitor: Visitor = scope["state"]["visitor"]
    base: str = scope["state"]["base"]
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if not name.startswith(b"x-forwarded-") and (name != b"accept-encoding" or _name_of(scope))
    ]
    return {
        **scope,
        "scheme": "https" if visitor.secure else scope["scheme"],
        "headers": headers,
        "root_path": base,
        "app_root_path": base,
        "path": f"{base}{PATH}/{_name_of(scope)}",
        "raw_path": None,
    }
