"""The bytes of one answer as the file that PyAV reads: ICY titles taken out, Ogg links kept apart, stalls noticed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import av
import av.error

from genred.audio import AudioBlock, SkippedAudio
from genred.cause import Cause
from genred.engine.fiber import current_fiber, give_way, rests
from genred.errors import SourceError
from genred.sources.av_file import AvFile
from genred.sources.decode import AudioDecoder, Description, container_title
from genred.sources.resample import BlockResampler
from genred.sources.stream.arrival import Arrival
from genred.sources.stream.containers import OPEN_OPTIONS, SYNCED_PROBE_BYTES, is_container
from genred.sources.stream.elementary import CODECS, LONGEST_BLOCK_S, ElementaryDecoder
from genred.sources.stream.frame_sync import find_frames
from genred.sources.stream.icy import IcyDemuxer, announced_bitrate_bps, metadata_interval
from genred.sources.stream.ogg_chain import CAPTURE_PATTERN, OggChain
from genred.sources.stream.stall_clock import StallClock
from genred.sources.stream.stream_titles import StreamTitles
from genred.sources.title_encoding import TitleDecoder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

    from genred.sources.http.response import Response
    from genred.sources.source import Meter, SourceItem


GATHER_S = 1.0
"""Once audio flows, it is taken from the network no oftener than a window needs, and so seldom where that needs more:
packet by packet would cost more than to decode it."""

SPARE_S = 0.12
"""Servers send a tenth of a second at a time: so much later, what a window needs has come."""

PIECE_BYTES = 32_768
"""Decoded in one go at most: two seconds of 128 kbit/s, when a server sends much at once."""

SYNC_BYTES = 16_384
"""Among so many bytes the first whole frame is looked for; longer than any three frames."""


class AudioFeed:
    """Reads one HTTP answer as audio and titles.

    Args:
        response: Open; closing it stays the caller's duty.
        label: For messages; passwords masked.
        stall_timeout_s: Longest time without decoded audio.
        meter: Counts bytes and corrupt packets.
        titles: Whether titles are wanted.
        decoder: Of the titles; it knows those of earlier sessions.
    """

    def __init__(
        self,
        response: Response,
        label: str,
        stall_timeout_s: float,
        meter: Meter,
        *,
        titles: bool,
        decoder: TitleDecoder | None = None,
    ) -> None:
        self._response = response
        self._label = label
        self._meter = meter
        self._stall_timeout_s = stall_timeout_s
        self._stall_clock = StallClock(label, stall_timeout_s)
        self._icy = IcyDemuxer(metadata_interval(response.headers.get("icy-metaint", "")))
        self._titles = StreamTitles(response.headers.get("icy-name", ""), decoder or TitleDecoder(), wanted=titles)
        self._chain: OggChain | None = None
        self._links: deque[bytes] = deque([b""])
        self._ended = False
        self._started = False
        self._flows = False
        self._arrival = Arrival(response.emptied_at)

    def items(self) -> Iterator[SourceItem]:
        """Yields what the answer holds until its end.

        Raises:
            SourceError: It is no audio, broke off, or gave none for `stall_timeout_s`.
        """
        form = self._synchronise()
        description = Description(self._titles.station, announced_bitrate_bps(self._response.headers.get("icy-br", "")))
        if form in CODECS:
            yield from self._elementary(form, description)
        else:
            yield from self._contained(form, description)

    def _elementary(self, form: str, description: Description) -> Iterator[SourceItem]:
        """Decodes frames without a container around them, as much at a time as came together."""
        resampler = BlockResampler(LONGEST_BLOCK_S, measures_loudness=self._meter.measures_loudness)
        decoder = ElementaryDecoder(form, self._meter, resampler, description)
        while data := self.read(PIECE_BYTES):
            yield from self._pass_on(decoder.skip(data) if decoder.frames and self._rests() else decoder.push(data))
            # While a station waits for more, it keeps nothing of what it has passed on: a fifth of its memory.
            del data
        yield from resampler.flush()
        yield from self._titles.new()
        if not decoder.frames:
            raise self._no_audio("it ended before any audio could be decoded")

    def _contained(self, form: str | None, description: Description) -> Iterator[SourceItem]:
        # Goes on over the links of a chain.
        resampler = BlockResampler(measures_loudness=self._meter.measures_loudness)
        has_audio = False
        while True:
            with self._open(form) as container:
                self._titles.take_comments(container_title(container), is_link=self._chain is not None)
                decoder = AudioDecoder(
                    container, self._label, self._meter, resampler=resampler, description=description
                )
                for item in decoder.items(skips=self._rests):
                    yield from self._titles.new()
                    has_audio = has_audio or isinstance(item, AudioBlock)
                    yield self._received(item)
                has_audio = has_audio or decoder.frames > 0
            if not self._next_link():
                break
            form = self._synchronise()
        yield from resampler.flush()
        yield from self._titles.new()
        if not has_audio:
            raise self._no_audio("it ended before any audio could be decoded")

    def _pass_on(self, items: list[SourceItem]) -> Iterator[SourceItem]:
        for item in items:
            yield from self._titles.new()
            yield self._received(item)

    def _received(self, item: SourceItem) -> SourceItem:
        """Notes that audio came, and in the item for how long it had been there before it was read."""
        if not isinstance(item, AudioBlock | SkippedAudio):
            return item
        self._stall_clock.hear()
        self._flows = True
        return self._arrival.take(item)

    def _rests(self) -> bool:
        return rests(self._arrival.late_s())

    def read(self, size: int) -> bytes:
        """Gives PyAV audio bytes as soon as there are some; nothing at the end of the answer or of an Ogg link."""
        give_way()  # FFmpeg may search 4 KB of garbage for 50 ms
        while not self._links[0]:
            if len(self._links) > 1 or self._ended:
                return b""
            self._fetch(size)
        data = self._links[0][:size]
        self._links[0] = self._links[0][size:]
        return data

    def _fetch(self, size: int) -> None:
        fiber = current_fiber()
        if self._flows:
            due_s = GATHER_S if fiber is None else fiber.due_s
            self._response.gather_s = min(due_s, GATHER_S, self._stall_timeout_s / 4) + SPARE_S
        gather_s = self._response.gather_s
        data = self._response.read(size, self._stall_clock.deadline, self._stall_clock.late)
        if self._arrival.look(self._response.emptied_at, gather_s) and fiber is not None:
            # Of what is of use next all has come: what else a decoder asks for is waited for no longer.
            fiber.due_s = 0.0
        self._meter.received_bytes += self._response.take_received()
        # Bytes may drip in for ever; what counts is whether there is audio in them.
        self._stall_clock.read(len(data), self._response.emptied_at)
        if not data:
            self._ended = True
        self._take(data)

    def _take(self, data: bytes) -> None:
        audio, blocks = self._icy.push(data)
        self._titles.take_blocks(blocks)
        if not self._started and audio:
            self._started = True
            if audio.startswith(CAPTURE_PATTERN):
                self._chain = OggChain()
        if self._chain is None:
            self._links[-1] += audio
            return
        first, *others = self._chain.push(audio)
        self._links[-1] += first
        self._links.extend(others)

    def _next_link(self) -> bool:
        if len(self._links) == 1:
            return False
        self._links.popleft()
        return True

    def _open(self, form: str | None) -> InputContainer:
        options = {**OPEN_OPTIONS, "probesize": SYNCED_PROBE_BYTES} if form else dict(OPEN_OPTIONS)
        form = "mp3" if form == "mp2" else form  # FFmpeg's demuxer of all MPEG audio
        try:
            return av.open(
                AvFile(self.read), "r", format=form, options=options, metadata_errors="replace", buffer_size=4_096
            )
        except av.error.FFmpegError as error:
            raise self._no_audio(f"not a known audio format ({error.strerror})") from error

    def _synchronise(self) -> str | None:
        """Brings the first whole frame of MP3 or ADTS to the front and gives the format's name, if it is one."""
        look_at_bytes = 0
        while not self._ended and len(self._links) == 1:
            head = self._links[0]
            if len(head) < look_at_bytes:
                self._fetch(SYNC_BYTES - len(head))
                continue
            # Bytes may drip in one by one: to look again takes a sixteenth more, so that all looks together cost about
            # as much as sixteen of the last; what a network sends at once is more than that.
            look_at_bytes = min(len(head) + 1 + len(head) // 16, SYNC_BYTES)
            if is_container(head):
                return None
            found = find_frames(head)
            if found is not None:
                self._links[0] = head[found[0] :]
                return found[1]
            if len(head) >= SYNC_BYTES:
                return None
            self._fetch(SYNC_BYTES - len(head))
        return None

    def _no_audio(self, fault: str) -> SourceError:
        content_type = self._response.content_type or "nothing"
        return SourceError(f"{self._label}: {fault}; the server calls it {content_type}", cause=Cause.NOT_AUDIO)
