"""A segment of an HLS programme as a container that can be read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av
import av.error

from genred.cause import Cause
from genred.errors import SourceError
from genred.sources.stream.containers import OPEN_OPTIONS

if TYPE_CHECKING:
    from av.container import InputContainer

    from genred.sources.stream.hls_fetch import HlsFetcher
    from genred.sources.stream.hls_playlist import Part, Segment


class SegmentOpener:
    """Loads segments, and the start that several of them share once (EXT-X-MAP, RFC 8216 section 4.3.2.5).

    Args:
        fetcher: Loads.
        label: Of the programme, for messages.
    """

    def __init__(self, fetcher: HlsFetcher, label: str) -> None:
        self._fetcher = fetcher
        self._label = label
        self._starts: dict[Part, bytes] = {}

    def open(self, segment: Segment, *, last: bool) -> tuple[InputContainer, bool]:
        """Loads a segment.

        Args:
            segment: Of the playlist.
            last: Whether it is tried for the last time.

        Returns:
            It as an open container, and whether it is cut short.

        Raises:
            SourceError: It cannot be had, or is no audio.
        """
        start = self._start(segment, last=last)
        loaded = self._fetcher.part(segment.part, last=last)
        file = io.BytesIO(start + loaded.data)
        try:
            container = av.open(file, "r", options=dict(OPEN_OPTIONS), metadata_errors="replace")
        except av.error.FFmpegError as error:
            # It may be the start that is no audio.
            self._starts.clear()
            raise SourceError(
                f"{self._label}: a segment is not in a known audio format ({error.strerror})", cause=Cause.NOT_AUDIO
            ) from error
        return container, loaded.cut_short

    def _start(self, segment: Segment, *, last: bool) -> bytes:
        if segment.start is None:
            return b""
        if segment.start not in self._starts:
            loaded = self._fetcher.part(segment.start, last=last)
            if loaded.cut_short:
                return loaded.data
            self._starts = {segment.start: loaded.data}
        return self._starts[segment.start]
