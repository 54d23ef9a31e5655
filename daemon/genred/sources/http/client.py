"""An HTTP client for endless answers: Icecast and SHOUTcast as they are, not as the RFC would have them.

The standard library's client refuses SHOUTcast's `ICY 200 OK`, has no deadline for headers that never end and
cannot be interrupted; this one does just what a listener needs: GET, redirects, cookies, Basic authentication, proxies.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.address import decode_address, resolve
from genred.sources.http.credentials import basic_credentials, may_know_credentials
from genred.sources.http.exchange import USER_AGENT, Request, exchange
from genred.sources.http.refusal import refusal
from genred.sources.http.response import Response

if TYPE_CHECKING:
    from genred.engine.flag import Flag

__all__ = ["MAX_REDIRECTS", "USER_AGENT", "Request", "get"]  # who asks for something needs to know no other module

MAX_REDIRECTS = 10
"""Stations behind counters of listeners and advertisers redirect four or five times; browsers follow twenty."""

_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
_WITHOUT_BODY = frozenset({204, 205})


def get(request: Request, interrupted: Flag) -> Response:
    """Sends a GET and follows redirects until there is a body to read.

    Args:
        request: What to ask for.
        interrupted: Ends any wait, now and when the body is read.

    Returns:
        The answer, whose `close` is the caller's duty.

    Raises:
        SourceError: No connection, no sensible answer, or a status that is no success; the message says what the
            server said and what to try. Causes: those of `exchange`, `http_NNN`, `redirects`.
    """
    ends_at = time.monotonic() + request.timeout_s

    def deadline() -> float:
        return ends_at

    url, cookies = request.url, request.cookies
    # To the same address again with another cookie is no ring.
    seen = {(url, cookies.header(url))}
    own = basic_credentials(url)
    while True:
        request.admit()
        known = own if may_know_credentials(request.url, url) else None
        connection, head = exchange(url, request, basic_credentials(url) or known, deadline, interrupted)
        cookies.take(url, head.cookies)
        if 200 <= head.status < 300 and head.status not in _WITHOUT_BODY:
            return Response(connection, url, head.headers, head.rest, status=head.status)
        connection.close()
        where = head.headers.get("location", "")
        if head.status not in _REDIRECTS or not where:
            raise refusal(masked(url), head)
        target = resolve(url, decode_address(where.encode("latin-1")))
        if target is None:
            raise SourceError(
                f"{masked(url)}: the server redirects to an invalid address", permanent=True, cause=Cause.REDIRECTS
            )
        url = target
        step = (url, cookies.header(url))
        if step in seen or len(seen) > MAX_REDIRECTS:
            raise SourceError(
                f"{masked(request.url)}: the server redirects in a loop or more than {MAX_REDIRECTS} times, "
                f"finally to {masked(url)}; give the address at the end of the redirects",
                permanent=True,
                cause=Cause.REDIRECTS,
            )
        seen.add(step)
