"""Compressed audio to blocks: what files and streams share of PyAV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
import av.error

from genred.audio import SourceInfo
from genred.cause import Cause
from genred.engine.fiber import due_s, give_way
from genred.errors import SourceError
from genred.sources.resample import BLOCK_S, BlockResampler
from genred.sources.skipping import Skipping
from genred.sources.tap import StreamTap
from genred.sources.titles import make_tagged_title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

    from genred.sources.source import Meter, SourceItem, Title

MAX_DEMUX_FAULTS = 100
"""Demuxer errors in a row, without a frame between them, after which the audio counts as broken off."""

MIN_RATE_HZ = 1_000
"""What gives a lower rate is no audio, and a packet of it would last for hours."""

MAX_RATE_HZ = 3_000_000
"""DSD512 is decoded at 2.8 MHz; of a higher rate, half a second would not fit into memory."""

BEYOND_S = 0.05
"""A block reaches so far beyond what completes a window: a resampler keeps some audio back."""

LONGEST_BLOCK_S = 1.0
"""However long a window is: what is gathered to a block waits in memory."""

_MICROSECONDS = 1_000_000


@dataclass(slots=True)
class Description:
    """What is known of the audio of a session, given once and again when its form changes.

    Attributes:
        name: What the server calls the station, for `SourceInfo`.
        bitrate_bps: What the server announces, likewise.
        duration_s: Of a file, likewise.
        info: What was given last.
    """

    name: str | None = None
    bitrate_bps: int | None = None
    duration_s: float | None = None
    info: SourceInfo | None = None
    _codec: AudioCodecContext | None = None

    def update(
        self, codec: AudioCodecContext, frame: AudioFrame, container: InputContainer | None = None
    ) -> SourceInfo | None:
        """Takes a frame.

        Args:
            codec: That decoded it.
            frame: The next one.
            container: That it came in; its bit rate is the last resort.

        Returns:
            What is to be given again, since it changed; None where it did not.
        """
        rate_hz, channels, known = frame.sample_rate, frame.layout.nb_channels, self.info
        if known is not None and codec is self._codec and (known.rate_hz, known.channels) == (rate_hz, channels):
            return None
        self._codec = codec
        form = codec.codec.canonical_name, rate_hz, channels
        if known is not None and (known.codec, known.rate_hz, known.channels) == form:
            return None
        contained_bps = None if container is None else container.bit_rate
        self.info = SourceInfo(
            *form,
            bitrate_bps=self.bitrate_bps or codec.bit_rate or contained_bps or None,
            name=self.name,
            duration_s=self.duration_s,
        )
        return self.info


class AudioDecoder:
    """Decodes the best audio stream of an open container, skipping packets that are corrupt.

    Args:
        container: Open for reading; closing it stays the caller's duty.
        label: For messages; passwords masked.
        meter: Counts the packets that are skipped.
        resampler: Given by a caller whose audio goes on over several containers.
        description: Likewise.
        whole: Whether the container holds the whole programme, so that its duration means something.
        on_data: Takes the packets of the container's data streams (timed metadata), where they are wanted.

    Attributes:
        frames: How many were decoded so far.

    Raises:
        SourceError: The container holds no audio.
    """

    def __init__(
        self,
        container: InputContainer,
        label: str,
        meter: Meter,
        *,
        resampler: BlockResampler | None = None,
        description: Description | None = None,
        whole: bool = False,
        on_data: Callable[[bytes], None] | None = None,
    ) -> None:
        stream = container.streams.best("audio")
        if stream is None:
            # FFmpeg takes text for MP3 by its name, then finds neither rate nor channels.
            kinds = sorted({str(other.type) for other in container.streams} - {"audio"})
            found = f"only {', '.join(kinds)}" if kinds else "nothing that can be decoded as audio"
            raise SourceError(
                f"{label}: contains no audio, {found}; give a file or stream with audio",
                permanent=True,
                cause=Cause.NO_AUDIO,
            )
        self._container = container
        self._stream: AudioStream = stream  # type: ignore[assignment]
        self._tick_s = float(stream.time_base or 0)
        self._on_data = on_data
        self._demuxed = [stream.index, *(data.index for data in container.streams.data if on_data is not None)]
        self._label = label
        self._meter = meter
        self._tap = StreamTap(meter.tap, self._stream)
        self._resampler = resampler or BlockResampler(measures_loudness=meter.measures_loudness)
        self._own_resampler = resampler is None
        self._description = description or Description()
        if whole and container.duration:
            self._description.duration_s = container.duration / _MICROSECONDS
        self.frames = 0

    def items(self, *, skips: Callable[[], bool] | None = None) -> Iterator[SourceItem]:
        """Yields `SourceInfo` (again when it changes), and blocks, until the audio ends.

        Args:
            skips: Asked every so often whether what comes next is not to be decoded.

        Raises:
            SourceError: Whatever the container's own file raises, or too many faults in a row.
        """
        skipping = Skipping(skips)
        try:
            for packet in self._packets():
                give_way()
                if packet.stream_index == self._stream.index:
                    yield from self._items_of(packet, skipping)
                elif self._on_data is not None:
                    self._on_data(bytes(packet))
        except SourceError:
            yield from skipping.give()
            raise
        yield from skipping.give()
        if self._own_resampler:
            yield from self._resampler.flush()

    def _items_of(self, packet: Packet[Any], skipping: Skipping) -> Iterator[SourceItem]:
        # Not before it is known what the audio is.
        if self._description.info is not None and skipping.takes(self._seconds(packet)):
            if skipping.begins:
                yield from self._resampler.end_block()
                self._resampler.note_hole()
            self._tap.undecoded(packet)
            if skipping.is_full:
                yield from skipping.give()
            return
        yield from skipping.give()
        for frame in self._frames(packet):
            self._check_rate(frame.sample_rate)
            self.frames += 1
            skipping.decoded(frame.samples / frame.sample_rate)
            info = self._description.update(self._stream.codec_context, frame, self._container)
            if info is not None:
                yield info
            blocks = self._resampler.push_frame(frame)
            if blocks:
                yield from blocks
                # A block that completes no window costs as much as one that does.
                self._resampler.block_s = min(max(BLOCK_S, due_s() + BEYOND_S), LONGEST_BLOCK_S)

    def _seconds(self, packet: Packet[Any]) -> float:
        """The length of a packet; 0 where it is not known."""
        return (packet.duration or 0) * self._tick_s

    def _check_rate(self, rate_hz: int) -> None:
        if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
            raise SourceError(
                f"{self._label}: has a sample rate of {rate_hz} Hz; rates from {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz are "
                "supported",
                permanent=True,
                cause=Cause.NO_AUDIO,
            )

    def _packets(self) -> Iterator[Packet[Any]]:
        faults, frames = 0, -1
        while True:
            try:
                # A demuxer that met garbage ends its generator; a new one goes on behind it.
                yield from self._container.demux(self._demuxed)
            except av.error.FFmpegError as error:
                if self.frames != frames:
                    faults, frames = 0, self.frames
                faults += 1
                self._meter.corrupt_packets += 1
                if faults > MAX_DEMUX_FAULTS or isinstance(error, av.error.EOFError | av.error.ExitError):
                    raise SourceError(f"{self._label}: broke off: {error.strerror}", cause=Cause.BROKEN) from error
            else:
                return

    def _frames(self, packet: Packet[Any]) -> list[AudioFrame]:
        try:
            frames: list[Any] = packet.decode()
        except av.error.EOFError:
            return []
        except av.error.FFmpegError:
            self._meter.corrupt_packets += 1
            lost_s = self._seconds(packet)
            if lost_s and self.frames:
                self._resampler.lose(lost_s)
                self._tap.lose(lost_s)
            return []
        self._tap.decoded(packet, frames)
        return frames


def container_title(container: InputContainer) -> Title | None:
    """Gives the title that the tags of an open container name: ID3, MP4 atoms, Vorbis comments."""
    audio = container.streams.best("audio")
    tags = {**container.metadata, **(audio.metadata if audio is not None else {})}
    named = {key.lower(): text for key, text in tags.items()}
    return make_tagged_title(named.get("artist"), named.get("title"))
