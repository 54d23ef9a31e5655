"""HLS: a playlist that grows, and a segment after the other, each decoded by itself.

FFmpeg has an HLS demuxer, which opens what the playlist names by itself, cannot be interrupted and keeps the first
segment's codec. Here each segment goes through our own client and gets a decoder of its own; only the resampler
goes on, so a change of codec or rate is no break.

Segments are sent in advance, and many seconds at once. So a block's `waited_s` is not for how long it lay there, but
for how long beyond the time at which a listener would have heard it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.audio import AudioBlock, SkippedAudio
from genred.cause import Cause
from genred.engine.fiber import rests
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.decode import AudioDecoder, Description, container_title
from genred.sources.resample import BlockResampler
from genred.sources.stream.advance import Advance
from genred.sources.stream.endless import is_endless
from genred.sources.stream.hls_fetch import REFRESH_WAITS_S, SEGMENT_WAITS_S, HlsFetcher, Loaded
from genred.sources.stream.hls_master import audio_playlists, is_master
from genred.sources.stream.hls_playlist import read_media_playlist
from genred.sources.stream.hls_segment import SegmentOpener
from genred.sources.stream.id3 import read_id3_title
from genred.sources.stream.playlist_text import decode_playlist
from genred.sources.titles import TitleFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

    from genred.config.schema import StreamSource
    from genred.engine.flag import Flag
    from genred.sources.http.client import Request
    from genred.sources.source import Meter, SourceItem, Title
    from genred.sources.stream.hls_playlist import MediaPlaylist, Segment
    from genred.sources.stream.hls_position import HlsPosition

FAULTY_SEGMENTS = 3
"""After so many segments in a row that could not be had or decoded the session ends, and the retry policy decides."""

MAX_TARGET_S = 30.0
"""No longer than this is waited for a segment, whatever the playlist says its longest lasts; six seconds are usual."""

MAX_SUBSTITUTES = 3
"""So many of a master playlist's streams are tried; those behind the first are mirrors and other bit rates."""

_LEAST_RELOAD_S = 0.5


class HlsPlayer:
    """Plays a HLS programme from its newest segments on, or a finished one from its beginning.

    Args:
        config: Timeouts.
        playlist: The first one, master or media.
        request: What led to it, before redirects; all others are like it.
        position: Where an earlier session left off.
        meter: Counts on.
        interrupted: Ends any wait.
        whole: Whether only a finished programme is wanted, as fast as it comes.
    """

    def __init__(
        self,
        config: StreamSource,
        playlist: Loaded,
        *,
        request: Request,
        position: HlsPosition,
        meter: Meter,
        interrupted: Flag,
        whole: bool = False,
    ) -> None:
        self._config = config
        self._whole = whole
        self._url = playlist.url
        self._asked_url = request.url
        self._playlist = playlist
        self._position = position
        self._meter = meter
        self._fetcher = HlsFetcher(config, replace(request, headers={}), meter, interrupted)
        self._label = masked(playlist.url)
        self._asked_label = masked(request.url)
        self._titles: list[Title] = []
        self._title_filter = TitleFilter()
        self._opener = SegmentOpener(self._fetcher, self._label)
        self._description = Description()
        self._resampler = BlockResampler(measures_loudness=meter.measures_loudness)
        self._faults = 0
        self._last_audio_at = 0.0
        self._advance = Advance(time.monotonic())

    def items(self) -> Iterator[SourceItem]:
        """Yields what the segments hold until the playlist says that it ended.

        Raises:
            SourceError: It cannot be read or decoded, or no audio came for `stall_timeout_s` and a segment's length; or
                it goes on while a finished one is wanted.
            Interrupted: As asked.
        """
        self._position.begin_session()
        text = decode_playlist(self._playlist.data)
        playlist = self._choose(text) if is_master(text) else read_media_playlist(text, self._url)
        if self._whole and not playlist.ended:
            raise is_endless(self._asked_label, "an HLS programme that is still running")
        self._description.duration_s = playlist.duration_s if self._whole else None
        self._last_audio_at = time.monotonic()
        while True:
            loaded_at = time.monotonic()
            new = self._position.find_new(playlist, loaded_at)
            yield from self._lose(new.lost_s)
            if not new.segments:
                self._advance.catch_up()
            for segment in new.segments:
                yield from self._pass_over(segment, playlist)
            if playlist.ended:
                break
            if self._is_stalled(playlist):
                raise SourceError(
                    f"{self._label}: the HLS playlist has not grown for {time.monotonic() - self._last_audio_at:.0f} s",
                    cause=Cause.STALLED,
                )
            # RFC 8216 section 6.3.4: the target duration after a change, half of it without one.
            wait_s = playlist.target_s if new.segments else playlist.target_s / 2
            wait_s = min(wait_s, self._config.stall_timeout_s)
            self._fetcher.wait(max(_LEAST_RELOAD_S, wait_s - (time.monotonic() - loaded_at)))
            playlist = self._fetcher.persist(lambda last: self._load_playlist(again=True, last=last), REFRESH_WAITS_S)
        yield from self._resampler.flush()

    def _choose(self, text: str) -> MediaPlaylist:
        """Loads the first of a master playlist's streams that is there."""
        failures: list[SourceError] = []
        for url in audio_playlists(text, self._url)[:MAX_SUBSTITUTES]:
            self._url = self._asked_url = url
            try:
                return self._load_playlist()
            except SourceError as error:
                failures = failures or [error]
        # There is one address at least. Taken out: no frame keeps what it raises.
        raise failures.pop()

    def _load_playlist(self, *, again: bool = False, last: bool = True) -> MediaPlaylist:
        # What a redirect led to may have expired when it fails; then the address before it leads on.
        url, self._url = self._url, self._asked_url
        text, self._url = self._fetcher.playlist(url, again=again, last=last)
        return read_media_playlist(text, self._url)

    def _is_stalled(self, playlist: MediaPlaylist) -> bool:
        patience_s = self._config.stall_timeout_s + min(playlist.target_s, MAX_TARGET_S)
        return time.monotonic() - self._last_audio_at > patience_s

    def _pass_over(self, segment: Segment, playlist: MediaPlaylist) -> Iterator[SourceItem]:
        """Plays a segment, or gives it up and says so."""
        length_s = segment.duration_s or playlist.target_s
        self._position.pass_over(segment)
        if segment.missing:
            # As announced: the station is there, and its silence no stall.
            self._last_audio_at = time.monotonic()
            yield from self._lose(length_s)
            return
        given_s = 0.0
        try:
            for item in self._play(segment):
                yield item
                if isinstance(item, AudioBlock | SkippedAudio):
                    given_s += item.seconds
                    self._last_audio_at = time.monotonic()
            self._faults = 0
        except SourceError:
            self._faults += 1
            self._meter.corrupt_packets += 1
            yield from self._lose(length_s - given_s)
            if self._faults >= FAULTY_SEGMENTS or self._is_stalled(playlist):
                raise

    def _lose(self, seconds: float) -> Iterator[SourceItem]:
        """Notes that audio is missing here, behind what came before."""
        if seconds > 0:
            yield from self._resampler.end_block()
            self._resampler.lose(seconds)
            if self._meter.tap is not None:
                self._meter.tap.lose(seconds)

    def _play(self, segment: Segment) -> Iterator[SourceItem]:
        # While one after the other fails, there is no time to wait for each.
        waits_s = SEGMENT_WAITS_S[:1] if self._faults else SEGMENT_WAITS_S
        container, cut_short = self._fetcher.persist(lambda last: self._opener.open(segment, last=last), waits_s)
        self._advance.wait_ended(time.monotonic())
        given_s = 0.0
        with container:
            self._read_tags(container)
            decoder = AudioDecoder(
                container,
                self._label,
                self._meter,
                resampler=self._resampler,
                description=self._description,
                on_data=self._take_timed_metadata,
            )
            for item in decoder.items(skips=self._rests):
                yield from self._new_titles()
                if isinstance(item, AudioBlock | SkippedAudio):
                    given_s += item.seconds
                    yield replace(item, waited_s=self._advance.give(item.seconds, time.monotonic()))
                else:
                    yield item
        yield from self._new_titles()
        if not decoder.frames and not given_s:
            raise SourceError(f"{self._label}: a segment contains nothing that can be decoded", cause=Cause.NOT_AUDIO)
        if cut_short:
            yield from self._lose(segment.duration_s - given_s)

    def _rests(self) -> bool:
        return rests(self._advance.late_s(time.monotonic()))

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
