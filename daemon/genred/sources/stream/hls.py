"""HLS: a playlist that grows, and a segment after the other, each decoded by itself.

FFmpeg has an HLS demuxer, which opens what the playlist names by itself, cannot be interrupted and keeps the first
segment's codec. Here each segment goes through our own client and gets a decoder of its own; only the resampler
goes on, so a change of codec or rate is no break.
"""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import av
import av.error

from genred.audio import AudioBlock
from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.decode import AudioDecoder, container_title
from genred.sources.http.client import Request, get
from genred.sources.http.connection import Interrupted
from genred.sources.http.response import read_all
from genred.sources.resample import BlockResampler
from genred.sources.stream.feed import OPEN_OPTIONS
from genred.sources.stream.hls_playlist import choose_rendition, is_master, read_media_playlist
from genred.sources.stream.id3 import read_id3_title
from genred.sources.stream.playlist import MAX_PLAYLIST_BYTES
from genred.sources.titles import TitleFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

    from genred.audio import SourceInfo
    from genred.config.schema import StreamSource
    from genred.engine.flag import Flag
    from genred.sources.http.cookies import Cookies
    from genred.sources.source import Meter, SourceItem, Title
    from genred.sources.stream.hls_playlist import MediaPlaylist, Part, Segment

MAX_SEGMENT_BYTES = 32 << 20
"""Ten seconds of audio are 500 KB; with pictures some MB."""

LIVE_SEGMENTS = 3
"""So many segments before the end a listener of a live playlist begins, RFC 8216 section 6.3.3."""

FAULTY_SEGMENTS = 3
"""After so many segments in a row that could not be had or decoded the session ends, and the retry policy decides."""

MAX_TARGET_S = 30.0
"""No longer than this is waited for a segment, whatever the playlist says its longest lasts; six seconds are usual."""

_LEAST_RELOAD_S = 0.5


class HlsPlayer:
    """Plays a HLS programme from its newest segments on, or a finished one from its beginning.

    Args:
        config: Timeouts.
        url: Where the playlist came from.
        body: The playlist, master or media.
        meter: Counts on.
        interrupted: Ends any wait.
        cookies: As of `Request`.
    """

    def __init__(
        self,
        config: StreamSource,
        url: str,
        body: bytes,
        *,
        meter: Meter,
        interrupted: Flag,
        cookies: Cookies,
    ) -> None:
        self._config = config
        self._url = url
        self._text = body.decode("utf-8", "replace")
        self._meter = meter
        self._interrupted = interrupted
        self._cookies = cookies
        self._label = masked(url)
        self._titles: list[Title] = []
        self._title_filter = TitleFilter()
        self._starts: dict[Part, bytes] = {}
        self._described: SourceInfo | None = None

    def items(self) -> Iterator[SourceItem]:
        """Yields what the segments hold until the playlist says that it ended.

        Raises:
            SourceError: It cannot be read or decoded, or no audio came for `stall_timeout_s` and a segment's length.
            Interrupted: As asked.
        """
        text = self._text
        if is_master(text):
            self._url = choose_rendition(text, self._url)
            text = self._reload()
        playlist = read_media_playlist(text, self._url)
        following = _first_number(playlist)
        resampler = BlockResampler()
        faults = 0
        heard_at = time.monotonic()
        while True:
            loaded_at = time.monotonic()
            following = self._jump(playlist, following, resampler)
            fresh = [segment for segment in playlist.segments if segment.number >= following]
            for segment in fresh:
                try:
                    for item in self._play(segment, resampler):
                        if isinstance(item, AudioBlock):
                            heard_at = time.monotonic()
                        yield item
                    faults = 0
                except SourceError:
                    faults += 1
                    self._meter.corrupt_packets += 1
                    resampler.lose(segment.duration_s)
                    if faults >= FAULTY_SEGMENTS or self._stalled(playlist, heard_at):
                        raise
                following = segment.number + 1
            if playlist.ended:
                break
            if self._stalled(playlist, heard_at):
                raise SourceError(
                    f"{self._label}: the HLS playlist has not grown for {time.monotonic() - heard_at:.0f} s",
                    cause=Cause.STALLED,
                )
            # RFC 8216 section 6.3.4: the target duration after a change, half of it without one.
            wait_s = playlist.target_s if fresh else playlist.target_s / 2
            wait_s = min(wait_s, self._config.stall_timeout_s)
            self._wait(max(_LEAST_RELOAD_S, wait_s - (time.monotonic() - loaded_at)))
            playlist = read_media_playlist(self._reload(), self._url)
        yield from resampler.flush()

    def _stalled(self, playlist: MediaPlaylist, heard_at: float) -> bool:
        patience_s = self._config.stall_timeout_s + min(playlist.target_s, MAX_TARGET_S)
        return time.monotonic() - heard_at > patience_s

    def _jump(self, playlist: MediaPlaylist, following: int, resampler: BlockResampler) -> int:
        """Finds the place again in a playlist that ran ahead, or that began anew because its encoder did."""
        if not playlist.segments:
            return following
        first, last = playlist.segments[0].number, playlist.segments[-1].number
        if following < first:
            resampler.lose((first - following) * playlist.target_s)
            return first
        return _first_number(playlist) if following > last + 1 else following

    def _play(self, segment: Segment, resampler: BlockResampler) -> Iterator[SourceItem]:
        data = self._start(segment) + self._load(segment.part)
        try:
            container = av.open(io.BytesIO(data), "r", options=dict(OPEN_OPTIONS), metadata_errors="replace")
        except av.error.FFmpegError as error:
            raise SourceError(
                f"{self._label}: a segment is no audio that is known ({error.strerror})", cause=Cause.NOT_AUDIO
            ) from error
        with container:
            self._read_tags(container)
            decoder = AudioDecoder(
                container, self._label, self._meter, resampler=resampler, on_data=self._take_timed_metadata
            )
            for item in decoder.items(described=self._described):
                yield from self._new_titles()
                yield item
            self._described = decoder.described
        yield from self._new_titles()
        if not decoder.frames:
            raise SourceError(f"{self._label}: a segment holds nothing that can be decoded", cause=Cause.NOT_AUDIO)

    def _read_tags(self, container: InputContainer) -> None:
        title = container_title(container)
        if title is not None:
            self._titles.append(title)

    def _take_timed_metadata(self, data: bytes) -> None:
        title = read_id3_title(data)
        if title is not None:
            self._titles.append(title)

    def _new_titles(self) -> Iterator[Title]:
        titles, self._titles = self._titles, []
        if self._config.titles:
            yield from (title for title in titles if self._title_filter.changed(title))

    def _start(self, segment: Segment) -> bytes:
        if segment.start is None:
            return b""
        if segment.start not in self._starts:
            self._starts = {segment.start: self._load(segment.start)}
        return self._starts[segment.start]

    def _reload(self) -> str:
        return self._fetch(self._url, {}, MAX_PLAYLIST_BYTES).decode("utf-8", "replace")

    def _load(self, part: Part) -> bytes:
        headers = part.byte_range.header if part.byte_range else {}
        data = self._fetch(part.url, headers, MAX_SEGMENT_BYTES)
        if part.byte_range and len(data) > part.byte_range.length:
            # A server that ignores Range sends the whole file.
            data = data[part.byte_range.start :][: part.byte_range.length]
        return data

    def _fetch(self, url: str, headers: dict[str, str], limit_bytes: int) -> bytes:
        request = Request(
            url,
            self._config.connect_timeout_s,
            headers,
            self._config.user_agent,
            proxy=self._config.proxy,
            cookies=self._cookies,
        )
        response = get(request, self._interrupted)
        try:
            return read_all(response, limit_bytes, self._config.stall_timeout_s)
        finally:
            self._meter.received_bytes += response.take_received()

    def _wait(self, seconds: float) -> None:
        if self._interrupted.wait(seconds):
            raise Interrupted


def _first_number(playlist: MediaPlaylist) -> int:
    if not playlist.segments:
        return 0
    begun = playlist.segments if playlist.ended else playlist.segments[-LIVE_SEGMENTS:]
    return begun[0].number
