"""A recording as Matroska: packets as they came, or Opus that is encoded here.

Matroska is written cluster by cluster, each with its own time, so that a file that ends anywhere plays as far as it
goes (RFC 9559).
"""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from genred.sources.tap import copied_stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from numpy.typing import NDArray

    from genred.recording.sink import Sink
    from genred.sources.tap import PacketForm

CLUSTER_MS = 1_000
"""So much of a file is in memory at most; each cluster is one write."""

OPUS_RATE_HZ = 48_000

_OPUS_OPTIONS = {"application": "audio", "vbr": "on", "compression_level": "5"}
"""At 5 of 10 it takes half the CPU, and at these bit rates sounds the same."""

_CONTAINER_OPTIONS = {"cluster_time_limit": str(CLUSTER_MS), "flush_packets": "1"}
_MICROSECOND = Fraction(1, 1_000_000)
_TEMPLATE_PACKETS = 16


class CopiedFile:
    """A file of packets as they came.

    Args:
        sink: Takes what is written.
        template: A stream of such packets.
        tags: Of the file.

    Raises:
        OSError: The disk is full or broken.
        av.error.FFmpegError: The packets do not fit into a file.
    """

    def __init__(self, sink: Sink, template: AudioStream, tags: Mapping[str, str]) -> None:
        self._container = _open(sink, tags)
        self._stream = self._container.add_stream_from_template(template)
        self._container.start_encoding()

    def write(self, packet: bytes, at_s: float, seconds: float) -> None:
        """Adds a packet at a time in the file.

        Raises:
            OSError: The disk is full or broken.
        """
        _mux(self._container, self._stream, av.Packet(packet), at_s, seconds)

    def close(self) -> None:
        """Ends the file with its index.

        Raises:
            OSError: The disk is full or broken; what was written before is there.
        """
        self._container.close()


class EncodedFile:
    """A file of Opus.

    Args:
        sink: Takes what is written.
        channels: Of the audio; more than two are mixed down to two.
        bitrate_kbps: Of Opus.
        tags: Of the file.

    Raises:
        OSError: The disk is full or broken.
    """

    def __init__(self, sink: Sink, channels: int, bitrate_kbps: int, tags: Mapping[str, str]) -> None:
        self._container = _open(sink, tags)
        self._stream: AudioStream = self._container.add_stream("libopus", rate=OPUS_RATE_HZ, options=_OPUS_OPTIONS)
        self._stream.codec_context.layout = "mono" if channels == 1 else "stereo"
        self._stream.codec_context.bit_rate = 1_000 * bitrate_kbps
        self._container.start_encoding()
        self._ahead_s = 0.0
        self._encoded_s = 0.0

    def write(self, frame: AudioFrame, at_s: float, seconds: float) -> None:
        """Adds audio at a time in the file. All of a file is of one rate, layout and sample format.

        Raises:
            OSError: The disk is full or broken.
            ValueError: The audio is of another form than before.
        """
        frame.pts = None
        self._mux(self._stream.encode(frame), at_s)
        self._ahead_s += seconds

    def close(self) -> None:
        """Encodes what is left, and ends the file with its index.

        Raises:
            OSError: The disk is full or broken; what was written before is there.
        """
        self._mux(self._stream.encode(None), None)
        self._container.close()

    def _mux(self, packets: Sequence[Any], at_s: float | None) -> None:
        if at_s is not None:
            # The encoder holds back less than a frame; where audio is missing, what comes later is later.
            self._encoded_s = max(self._encoded_s, at_s - self._ahead_s)
        for packet in packets:
            seconds = float(packet.duration * packet.time_base) if packet.duration else 0.02
            _mux(self._container, self._stream, packet, self._encoded_s, seconds)
            self._encoded_s += seconds
            self._ahead_s -= seconds


def template_of(form: PacketForm, packets: Sequence[bytes]) -> AudioStream:
    """Gives a stream of the form of packets.

    Args:
        form: Of the packets.
        packets: Some of them, one at least.

    Raises:
        av.error.FFmpegError: They are no such packets.
    """
    if form.template is not None:
        return form.template
    data = b"".join(packets[:_TEMPLATE_PACKETS])
    with av.open(io.BytesIO(data), "r", format=form.codec, metadata_errors="replace") as container:
        return copied_stream(container.streams.audio[0])


def frame_of(samples: NDArray[Any], rate_hz: int, channels: int) -> AudioFrame:
    """Makes a frame of samples as `to_mono` takes them, mixed down to two channels at most."""
    planar = samples.ndim == 2 and samples.shape[0] == channels
    grid = samples.T if planar else samples.reshape(-1, channels)
    if grid.dtype.kind != "f" and grid.dtype != np.int16:
        full_scale = 2.0 ** (8 * grid.dtype.itemsize - 1)
        grid = grid.astype(np.float32) / np.float32(full_scale) - np.float32(grid.dtype.kind == "u")
    if grid.dtype.kind == "f":
        # A float stream that is broken would break the encoder.
        grid = np.nan_to_num(grid.astype(np.float32, copy=False), nan=0.0, posinf=0.0, neginf=0.0)
    if channels > 2:
        grid = np.stack([grid[:, 0::2].mean(axis=1), grid[:, 1::2].mean(axis=1)], axis=1).astype(grid.dtype)
    interleaved = np.ascontiguousarray(grid).reshape(1, -1)
    layout = "mono" if channels == 1 else "stereo"
    made = av.AudioFrame.from_ndarray(interleaved, format="s16" if grid.dtype == np.int16 else "flt", layout=layout)
    made.sample_rate = rate_hz
    return made


def _open(sink: Sink, tags: Mapping[str, str]) -> OutputContainer:
    container = av.open(sink, "w", format="matroska", container_options=dict(_CONTAINER_OPTIONS))
    container.metadata.update(tags)
    return container


def _mux(container: OutputContainer, stream: Any, packet: av.Packet[Any], at_s: float, seconds: float) -> None:
    packet.stream = stream
    packet.time_base = _MICROSECOND
    packet.pts = packet.dts = round(at_s * 1e6)
    packet.duration = round(seconds * 1e6)
    packet.is_keyframe = True
    container.mux(packet)
