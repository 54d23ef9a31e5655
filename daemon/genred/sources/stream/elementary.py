"""MP3 and AAC as radios send it, frame after frame without a container: decoded in pieces as they come.

A demuxer takes a thread or a fiber to wait in, probes for a format that is known already, and keeps half a second back;
here what has come is decoded at once, mixed down and resampled in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import av.error

from genred.audio import SkippedAudio
from genred.sources.decode import Description
from genred.sources.frame_joiner import shared_joiner
from genred.sources.tap import ElementaryTap

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext

    from genred.audio import AudioBlock
    from genred.sources.frame_joiner import FrameJoiner
    from genred.sources.resample import BlockResampler
    from genred.sources.source import Meter, SourceItem

LONGEST_BLOCK_S = 1.5
"""Of what is pushed at once one block is made, up to this length."""

CODECS = {"mp3": "mp3float", "aac": "aac"}
"""FFmpeg's decoders of the formats that `find_frames` knows."""


class ElementaryDecoder:
    """Decodes whole frames out of any pieces of a stream, skipping those that are corrupt.

    Args:
        form: `mp3` (layer III) or `aac` (ADTS).
        meter: Counts the frames that are skipped.
        resampler: Takes the samples.
        description: Of the audio.

    Attributes:
        frames: How many were decoded so far.
    """

    def __init__(
        self, form: str, meter: Meter, resampler: BlockResampler, description: Description | None = None
    ) -> None:
        self._codec: AudioCodecContext = av.CodecContext.create(CODECS[form], "r")  # type: ignore[assignment]
        self._meter = meter
        self._resampler = resampler
        self._description = description or Description()
        self._frame_s = 0.0
        self._tap = ElementaryTap(meter.tap, self._codec)
        self.frames = 0

    def skip(self, data: bytes) -> list[SourceItem]:
        """Takes the next bytes and decodes nothing of them.

        Returns:
            How much audio these bytes hold, if any.
        """
        packets = self._codec.parse(data)
        for packet in packets:
            self._tap.add(packet, self._frame_s)
        self._tap.flush()
        self._resampler.note_hole()
        skipped = SkippedAudio(len(packets) * self._frame_s)
        return [skipped] if skipped.seconds else []

    def push(self, data: bytes) -> list[SourceItem]:
        """Takes the next bytes.

        Args:
            data: Any part of the stream.

        Returns:
            `SourceInfo` where it changed, and the blocks that these bytes complete.
        """
        items: list[SourceItem] = []
        joined = shared_joiner()
        for packet in self._codec.parse(data):
            try:
                frames = self._codec.decode(packet)
            except (av.error.FFmpegError, ValueError):
                self._meter.corrupt_packets += 1
                self._tap.lose(self._frame_s)
                if self._frame_s:
                    # The next block says so, and must not hold what came before.
                    items += self._end_block(joined)
                    self._resampler.lose(self._frame_s)
                continue
            for frame in frames:
                self.frames += 1
                info = self._description.update(self._codec, frame)
                if info is not None:
                    self._frame_s = frame.samples / frame.sample_rate
                    items += [*self._end_block(joined), info]
                    self._tap.change(frame)
                if joined.length >= LONGEST_BLOCK_S * frame.sample_rate or not joined.add(frame):
                    items += self._end_block(joined)
                    joined.add(frame)
            self._tap.add(packet, self._frame_s)
        self._tap.flush()
        return items + self._end_block(joined)

    def _end_block(self, joined: FrameJoiner) -> list[AudioBlock]:
        """Makes a block of what there is, however short; none where there is nothing."""
        blocks: list[AudioBlock] = []
        if joined.length:
            blocks = self._resampler.push(joined.take(), joined.rate_hz, joined.channels, joined.layout)
        return blocks + self._resampler.end_block()
