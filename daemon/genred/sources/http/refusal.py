"""What a status that is no success means to a listener."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError
from genred.sources.http.retry_after import retry_after_s

if TYPE_CHECKING:
    from genred.sources.http.head import Head

_ADVICE = {
    204: "there is no content at this address",
    205: "there is no content at this address",
    401: "the server requires a user and password: write http://user:password@host/…",
    403: "the server does not allow it; it may block this IP address or this program (see user_agent)",
    404: "there is nothing at this address; is the mount point spelt correctly, and is the station on air?",
    407: "the proxy requires a user and password: write http://user:password@host:port",
    416: "the server does not have this part of the file",
    429: "too many requests; longer waits in `retry` help",
    451: "not available here for legal reasons; many stations can be played only in their own country",
    503: "the server is full or the station is not on air",
    511: "this network requires a login before it allows access",
}
_PASSING = frozenset({408, 425, 429})
"""Of 400 to 499, what passes with time; every other one stays until somebody changes something."""


def refusal(label: str, head: Head, *, of_proxy: bool = False) -> SourceError:
    """Makes the error of an answer that is no success.

    Args:
        label: For messages; passwords masked.
        head: Of the answer.
        of_proxy: Whether a proxy gave it, in place of the server.
    """
    advice = _ADVICE.get(head.status)
    answer = f"{head.status} {head.reason}".strip()
    not_before_s = retry_after_s(head.headers)
    return SourceError(
        f"{label}: the {'proxy' if of_proxy else 'server'} answered {answer}" + (f": {advice}" if advice else ""),
        # Who says when to come again means that it passes.
        permanent=400 <= head.status < 500 and head.status not in _PASSING and not_before_s is None,
        cause=Cause.for_http_status(head.status),
        not_before_s=not_before_s,
    )
