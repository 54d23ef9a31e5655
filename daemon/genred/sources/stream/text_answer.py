"""Answers that hold text instead of audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked

if TYPE_CHECKING:
    from genred.sources.http.response import Response

_CONTROL_BYTES = bytes(byte for byte in range(0x20) if byte not in b"\t\n\f\r") + b"\x7f"
"""What no text holds, and the first half kilobyte of any audio does."""


def refuse_text(response: Response, head: bytes) -> None:
    """Refuses text, whatever the server calls it; and takes audio, whatever the server calls that.

    Args:
        response: The answer.
        head: Its first bytes.

    Raises:
        SourceError: It is text, or empty.
    """
    if not head:
        raise SourceError(f"{masked(response.url)}: the server's response is empty", cause=Cause.NOT_AUDIO)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    is_page = start.startswith((b"<!doctype", b"<html", b"<head", b"<body"))
    if not is_page and (not start or head.translate(None, _CONTROL_BYTES) != head):
        return
    if is_page or response.content_type == "text/html":
        raise SourceError(
            f"{masked(response.url)}: the server sent a web page, not audio; the stream's address is often behind "
            "the page's play button (.pls or .m3u)",
            permanent=True,
            cause=Cause.NOT_AUDIO,
        )
    raise SourceError(
        f"{masked(response.url)}: the server sent text ({response.content_type or 'of no type'}), not audio",
        permanent=True,
        cause=Cause.NOT_AUDIO,
    )
