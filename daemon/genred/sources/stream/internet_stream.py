"""Internet streams: HTTP to audio and titles."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.audio import AudioBlock, SkippedAudio
from genred.cause import Cause
from genred.engine.flag import Flag
from genred.errors import SourceError
from genred.sources.http.client import Request, get
from genred.sources.http.connection import Interrupted
from genred.sources.http.cookies import Cookies
from genred.sources.http.response import read_all
from genred.sources.label import label_of
from genred.sources.pacing import Pacer
from genred.sources.source import Meter
from genred.sources.stream.endless import PaceCheck, refuse_radio
from genred.sources.stream.feed import AudioFeed
from genred.sources.stream.hls_fetch import Loaded
from genred.sources.stream.hls_position import HlsPosition
from genred.sources.stream.icy import metadata_interval
from genred.sources.stream.indexed_file import IndexedFile, has_index_at_end
from genred.sources.stream.playlist import MAX_PLAYLIST_BYTES, PlaylistKind, playlist_kind, read_playlist
from genred.sources.stream.text_answer import refuse_text
from genred.sources.title_encoding import TitleDecoder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.config.schema import StreamSource
    from genred.sources.http.response import Response
    from genred.sources.source import SourceItem

MAX_PLAYLIST_DEPTH = 3
"""Playlists that name playlists: portals do it once, a ring does it for ever."""

MAX_REQUESTS = 20
"""Sent in a session before there is audio, redirects too: lists of ten lists each would take a thousand."""

MAX_PLAYLIST_ENTRIES = 10
"""Entries tried of one playlist; they are usually the same station's mirrors."""

MAX_HANGING = 100
"""Entries remembered because they hung; a playlist that names others each time must not grow the daemon."""

MAX_AHEAD_S = 20.0
"""Servers send some seconds at once on connecting; what is further ahead of time than this (a plain file behind
the URL) is left in the connection until it is due."""


class InternetStream:
    """A web radio: a stream, a playlist that leads to one, or HLS.

    Args:
        config: The address and its timeouts.
        whole: Whether a file is expected behind the address, which is given as fast as it comes.

    Attributes:
        label: The URL, passwords masked.
        meter: All bytes that came over the network, and corrupt packets.
    """

    patience_s = None
    own_thread = False
    contiguous = True

    def __init__(self, config: StreamSource, *, whole: bool = False) -> None:
        self._config = config
        self._whole = whole
        self.live = self.endless = not whole
        self.label = label_of(config)
        self.meter = Meter()
        self._interrupted = Flag()
        self._hanging: set[str] = set()
        self._cookies = Cookies()
        self._decoder = TitleDecoder(config.title_encoding)
        self._hls_position = HlsPosition()
        self._requests = 0
        self._has_audio = False
        self._give_up_at = 0.0

    def session(self) -> Iterator[SourceItem]:
        """Connects and yields `SourceInfo`, titles and blocks until the server ends the stream.

        Raises:
            SourceError: It cannot be opened, holds no audio, broke off, or gave no audio for `stall_timeout_s`;
                bytes without audio in them count as nothing.
        """
        self._interrupted.clear()
        self._cookies = Cookies()
        # A playlist of servers that hang costs no more time than one of them that is tried twice.
        self._give_up_at = time.monotonic() + 2 * (self._config.connect_timeout_s + self._config.stall_timeout_s)
        self._requests, self._has_audio = 0, False
        pacer = Pacer(self._interrupted, ahead_s=MAX_AHEAD_S)
        try:
            for item in self._open(self._config.url, depth=0):
                if isinstance(item, AudioBlock | SkippedAudio):
                    self._has_audio = True
                yield item
                if isinstance(item, AudioBlock | SkippedAudio) and not self._whole:
                    pacer.hold(item)
                del item
        except Interrupted:
            return

    def interrupt(self) -> None:
        """Ends any wait of the session within half a second."""
        self._interrupted.set()

    def _request(self, url: str) -> Request:
        return Request(
            url=url,
            timeout_s=self._config.connect_timeout_s,
            headers={"Icy-MetaData": "1"} if self._config.titles else {},
            user_agent=self._config.user_agent,
            proxy=self._config.proxy,
            cookies=self._cookies,
            admit=self._admit_request,
        )

    def _admit_request(self) -> None:
        if self._has_audio:
            return
        if self._requests == MAX_REQUESTS:
            raise SourceError(
                f"{self.label}: playlists and redirects led to {MAX_REQUESTS} addresses, none of them with audio; "
                "give the address of the stream itself",
                permanent=True,
                cause=Cause.PLAYLIST,
            )
        self._requests += 1

    def _open(self, url: str, *, depth: int) -> Iterator[SourceItem]:
        request = self._request(url)
        response = get(request, self._interrupted)
        try:
            head = self._peek(response)
            kind = playlist_kind(head, response.content_type, response.url)
            if kind is None:
                refuse_text(response, head)
                if self._whole:
                    refuse_radio(response, self.label)
                yield from self._audio(url, response, head)
                return
            body = read_all(response, MAX_PLAYLIST_BYTES, self._config.connect_timeout_s)
            kind = playlist_kind(body, response.content_type, response.url) or kind
        finally:
            self.meter.received_bytes += response.take_received()
            response.close()
        if kind is PlaylistKind.HLS:
            yield from self._hls(request, Loaded(body, response.url))
            return
        if depth == MAX_PLAYLIST_DEPTH:
            raise SourceError(
                f"{self.label}: playlists lead to playlists, more than {MAX_PLAYLIST_DEPTH} deep; "
                "give the address of the stream itself",
                permanent=True,
                cause=Cause.PLAYLIST,
            )
        yield from self._entries(read_playlist(kind, body, response.url), depth=depth)

    def _hls(self, request: Request, playlist: Loaded) -> Iterator[SourceItem]:
        from genred.sources.stream.hls import HlsPlayer  # noqa: PLC0415 - few stations need it

        player = HlsPlayer(
            self._config,
            playlist,
            request=request,
            position=self._hls_position,
            meter=self.meter,
            interrupted=self._interrupted,
            whole=self._whole,
        )
        yield from player.items()

    def _entries(self, urls: list[str], *, depth: int) -> Iterator[SourceItem]:
        """Plays the first entry of a playlist that gives audio; those that hung before come last."""
        failures = [
            SourceError(
                f"{self.label}: the playlist contains no http:// or https:// stream",
                permanent=True,
                cause=Cause.PLAYLIST,
            )
        ]
        for url in sorted(urls[:MAX_PLAYLIST_ENTRIES], key=self._hanging.__contains__):
            try:
                yield from self._open(url, depth=depth + 1)
            except SourceError as error:
                if self._has_audio:
                    raise
                failures = [error]
                self._remember(url, hangs=error.cause in {Cause.STALLED, Cause.TIMEOUT})
                if time.monotonic() > self._give_up_at or self._requests == MAX_REQUESTS:
                    break
            else:
                return
            finally:
                if self._has_audio:
                    self._remember(url, hangs=False)
        # Taken out: no frame keeps what it raises.
        raise failures.pop()

    def _remember(self, url: str, *, hangs: bool) -> None:
        self._hanging.discard(url)
        if hangs and len(self._hanging) < MAX_HANGING:
            self._hanging.add(url)

    def _peek(self, response: Response) -> bytes:
        ends_at = time.monotonic() + self._config.stall_timeout_s
        return response.peek(
            lambda: ends_at, f"the server answered but sent nothing for {self._config.stall_timeout_s:g} s"
        )

    def _get_from(self, url: str, first_byte: int) -> Response:
        request = replace(self._request(url), headers={"Range": f"bytes={first_byte}-"})
        return get(request, self._interrupted)

    def _audio(self, url: str, response: Response, head: bytes) -> Iterator[SourceItem]:
        if has_index_at_end(head) and not metadata_interval(response.headers.get("icy-metaint", "")):
            file = IndexedFile(
                response,
                lambda first_byte: self._get_from(url, first_byte),
                self.label,
                self._config.stall_timeout_s,
                self.meter,
                titles=self._config.titles,
            )
            yield from file.items()
            return
        feed = AudioFeed(
            response,
            self.label,
            self._config.stall_timeout_s,
            self.meter,
            titles=self._config.titles,
            decoder=self._decoder,
        )
        if not self._whole or "content-length" in response.headers:
            yield from feed.items()
            return
        pace = PaceCheck(self.label)
        for item in feed.items():
            yield item
            if isinstance(item, AudioBlock | SkippedAudio):
                pace.add(item.seconds)
