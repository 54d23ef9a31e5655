"""What an HLS listener loads over HTTP, and how often it asks again: servers list what is there a moment later."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.http.client import get
from genred.sources.http.connection import Interrupted
from genred.sources.http.response import read_all
from genred.sources.stream.playlist import MAX_PLAYLIST_BYTES
from genred.sources.stream.playlist_text import decode_playlist

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.config.schema import StreamSource
    from genred.engine.flag import Flag
    from genred.sources.http.client import Request
    from genred.sources.source import Meter
    from genred.sources.stream.hls_playlist import Part

SEGMENT_WAITS_S = (0.3, 1.0, 2.5)
"""Before a segment that failed is asked for again. The newest is often listed some tenths of a second before it exists;
a server that begins anew takes seconds."""

REFRESH_WAITS_S = (0.5, 1.5, 4.0)
"""Before a playlist is. What was sent in advance lasts longer."""

MAX_SEGMENT_BYTES = 32 << 20
"""Ten seconds of audio are 500 KB; with pictures some MB."""

_FUTILE = frozenset({Cause.TOO_LONG, Cause.UNUSABLE, Cause.REDIRECTS, Cause.ENCRYPTED, Cause.NO_AUDIO})
"""What would be the same the next time."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Loaded:
    """An answer's body.

    Attributes:
        data: All that came.
        url: Where it came from in the end, after redirects.
        cut_short: Whether it is less than the server announced.
    """

    data: bytes
    url: str
    cut_short: bool = False


class HlsFetcher:
    """Loads playlists and segments within a stream's timeouts.

    Args:
        config: Timeouts.
        request: What all requests have in common. Nobody is asked to admit a playlist that is loaded again.
        meter: Counts on.
        interrupted: Ends any wait.
    """

    def __init__(self, config: StreamSource, request: Request, meter: Meter, interrupted: Flag) -> None:
        self._config = config
        self._request = request
        self._meter = meter
        self._interrupted = interrupted

    def persist(self, attempt: Callable[[bool], _T], waits_s: Sequence[float]) -> _T:
        """Tries something until it succeeds.

        Args:
            attempt: Gets whether it is the last one.
            waits_s: Before each attempt but the first. None is made any more after `stall_timeout_s`.

        Raises:
            SourceError: As the last attempt did, or one whose failure no other would mend.
            Interrupted: As asked.
        """
        ends_at = time.monotonic() + self._config.stall_timeout_s
        for wait_s in waits_s:
            try:
                return attempt(False)
            except SourceError as error:
                if error.cause in _FUTILE or time.monotonic() > ends_at:
                    raise
            self.wait(wait_s)
        return attempt(True)

    def playlist(self, url: str, *, again: bool = False, last: bool = True) -> tuple[str, str]:
        """Loads a playlist; gives its text and where it came from.

        Args:
            url: Its address.
            again: Whether it was loaded before.
            last: Whether what is cut short is taken for what it is.

        Raises:
            SourceError: It could not be had.
            Interrupted: As asked.
        """
        request = replace(self._request, url=url)
        loaded = self._load(replace(request, admit=_admit) if again else request, MAX_PLAYLIST_BYTES, last=last)
        text = decode_playlist(loaded.data)
        if loaded.cut_short:
            # The last line names something else than was meant.
            text = text.rpartition("\n")[0]
        return text, loaded.url

    def part(self, part: Part, *, last: bool = True) -> Loaded:
        """Loads a file or a part of one.

        Args:
            part: Of the playlist.
            last: Whether what is cut short is taken for what it is.

        Raises:
            SourceError: It could not be had.
            Interrupted: As asked.
        """
        wanted = part.byte_range
        headers = wanted.header if wanted else {}
        loaded = self._load(replace(self._request, url=part.url, headers=headers), MAX_SEGMENT_BYTES, last=last)
        if wanted is None or len(loaded.data) <= wanted.length:
            return loaded
        # A server that ignores Range sends the whole file.
        return Loaded(loaded.data[wanted.start :][: wanted.length], loaded.url, loaded.cut_short)

    def wait(self, seconds: float) -> None:
        """Waits.

        Raises:
            Interrupted: As asked.
        """
        if self._interrupted.wait(seconds):
            raise Interrupted

    def _load(self, request: Request, limit_bytes: int, *, last: bool) -> Loaded:
        response = get(request, self._interrupted)
        try:
            data = read_all(response, limit_bytes, self._config.stall_timeout_s)
        finally:
            self._meter.received_bytes += response.take_received()
        if response.cut_short and not last:
            raise SourceError(
                f"{masked(response.url)}: the response was cut off after {len(data)} bytes", cause=Cause.RESET
            )
        return Loaded(data, response.url, response.cut_short)


def _admit() -> None:
    """Any number of times."""
