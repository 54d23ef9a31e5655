"""What a source gives beside its blocks where it is recorded: its audio as it came, before anything is made of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from numpy.typing import NDArray

    from genred.cause import Cause

COPIED = frozenset({"mp3", "mp2", "aac", "opus", "vorbis", "flac", "ac3", "eac3"})
"""Codecs, as FFmpeg calls them, whose packets mean something by themselves and fit into Matroska."""


@dataclass(frozen=True, slots=True, eq=False)
class PacketForm:
    """What is to be known of packets to store or to decode them. Packets of one session share the object.

    Attributes:
        codec: As FFmpeg calls it.
        rate_hz: Of what the decoder gives.
        channels: Likewise.
        extradata: The decoder's headers; empty where each packet has its own.
        template: A stream of that form; None where packets make a stream of `codec` by being joined.
    """

    codec: str
    rate_hz: int
    channels: int
    extradata: bytes = b""
    template: AudioStream | None = None

    def goes_on(self, other: PacketForm) -> bool:
        """Says whether packets of another form may follow in the same file."""
        return (self.codec, self.rate_hz, self.channels, _essence(self)) == (
            other.codec,
            other.rate_hz,
            other.channels,
            _essence(other),
        )


class Tap(Protocol):
    """Takes what is to be recorded. Nothing here ever waits or raises."""

    def packets(self, form: PacketForm, packets: Sequence[tuple[bytes, float]]) -> None:
        """Takes encoded packets, whole and in order, each with its seconds."""

    def samples(self, samples: NDArray[Any], rate_hz: int, channels: int) -> None:
        """Takes samples as `to_mono` does, not to be changed afterwards."""

    def lose(self, seconds: float) -> None:
        """Notes that audio is missing here."""

    def end(self, cause: Cause) -> None:
        """Notes that the session has ended; what comes next has nothing to do with what came before."""


class StreamTap:
    """Taps the packets of a stream in an open container, or its frames where packets are no use by themselves.

    Args:
        tap: Takes them; None for no tap.
        stream: That is decoded.
    """

    def __init__(self, tap: Tap | None, stream: AudioStream) -> None:
        self._tap = tap
        self._stream = stream
        self._form: PacketForm | None = None
        # A format of which FFmpeg knows no decoder has none, whatever PyAV's types say.
        codec: AudioCodecContext | None = stream.codec_context
        self._copies = codec is not None and codec.codec.canonical_name in COPIED

    def decoded(self, packet: Packet[Any], frames: Sequence[AudioFrame]) -> None:
        """Takes a packet and what it was decoded to, which is not used up yet."""
        if self._tap is None:
            return
        if not self._copies:
            for frame in frames:
                self._tap.samples(frame.to_ndarray(), frame.sample_rate, frame.layout.nb_channels)
            return
        seconds = _seconds(packet) or sum(frame.samples / frame.sample_rate for frame in frames)
        if self._form is None and frames:
            self._form = form_of(self._stream, frames[0])
        if self._form is not None and packet.size:
            self._tap.packets(self._form, ((bytes(packet), seconds),))

    def undecoded(self, packet: Packet[Any]) -> None:
        """Takes a packet that the machine has no time to decode."""
        if self._tap is None:
            return
        if self._form is not None:
            self._tap.packets(self._form, ((bytes(packet), _seconds(packet)),))
        else:
            self._tap.lose(_seconds(packet))

    def lose(self, seconds: float) -> None:
        """Notes that audio is missing here."""
        if self._tap is not None:
            self._tap.lose(seconds)


class ElementaryTap:
    """Taps packets that come without a container, many at a time.

    Args:
        tap: Takes them; None for no tap.
        codec: That decodes them.
    """

    def __init__(self, tap: Tap | None, codec: AudioCodecContext) -> None:
        self._tap = tap
        self._codec = codec
        self._form: PacketForm | None = None
        self._packets: list[tuple[bytes, float]] = []

    def change(self, frame: AudioFrame) -> None:
        """Notes that packets are of another form from the one on that a frame was decoded of."""
        if self._tap is not None:
            self.flush()
            codec = self._codec.codec.canonical_name
            self._form = PacketForm(codec, frame.sample_rate, frame.layout.nb_channels)

    def add(self, packet: Packet[Any], seconds: float) -> None:
        """Takes a packet; `flush` passes on what was taken."""
        if self._form is not None:
            self._packets.append((bytes(packet), seconds))

    def lose(self, seconds: float) -> None:
        """Notes that audio is missing here."""
        if self._tap is not None and seconds:
            self.flush()
            self._tap.lose(seconds)

    def flush(self) -> None:
        """Passes on what was taken."""
        if self._tap is not None and self._form is not None and self._packets:
            self._tap.packets(self._form, self._packets)
            self._packets = []


def form_of(stream: AudioStream, frame: AudioFrame) -> PacketForm:
    """Describes the packets of a stream by a frame of it; the description outlives the stream's container."""
    codec = stream.codec_context
    return PacketForm(
        codec.codec.canonical_name,
        frame.sample_rate,
        frame.layout.nb_channels,
        codec.extradata or b"",
        copied_stream(stream),
    )


def copied_stream(stream: AudioStream) -> AudioStream:
    """Gives a stream of the same form that outlives the container of the first."""
    import av  # noqa: PLC0415 - raw samples need no FFmpeg

    # What holds it is never written to.
    holder: OutputContainer = av.open(io.BytesIO(), "w", format="matroska")
    copied = holder.add_stream_from_template(stream)
    # Otherwise both would wait for the garbage collector: open, it refers to its streams as they do to it.
    holder.close()
    return copied


def _seconds(packet: Packet[Any]) -> float:
    return float(packet.duration * packet.time_base) if packet.duration and packet.time_base else 0.0


def _essence(form: PacketForm) -> bytes:
    """What of the headers the decoder depends on: titles stand in them too, and what is known of a whole file."""
    match form.codec:
        case "vorbis":
            return _without_comments(form.extradata)
        case "flac":
            # STREAMINFO (RFC 9639, section 8.2): block sizes, then frame sizes, then rate, channels and depth.
            info = form.extradata[8:] if form.extradata.startswith(b"fLaC") else form.extradata
            return info[:4] + info[10:14]
        case "opus":
            # OpusHead (RFC 7845, section 5.1), less the pre-skip.
            return form.extradata[:10] + form.extradata[12:]
        case _:
            return form.extradata


def _without_comments(headers: bytes) -> bytes:
    """Gives the first and the third of the three headers of Vorbis, as Matroska and FFmpeg lace them."""
    if headers[:1] != b"\x02":
        return headers
    lengths, at = [], 1
    for _ in range(2):
        length = 0
        while at < len(headers):
            byte = headers[at]
            at += 1
            length += byte
            if byte != 0xFF:
                break
        lengths.append(length)
    return headers[at : at + lengths[0]] + headers[at + sum(lengths) :]
