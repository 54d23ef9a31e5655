"""Audio divided into what can be cut: packets that are kept as they are, and frames that are to be encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
import av.error

from genred.recording.file import frame_of
from genred.recording.items import Packets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame

    from genred.recording.items import Audio
    from genred.sources.tap import PacketForm


@dataclass(frozen=True, slots=True)
class WrittenPiece:
    """What is written in one go.

    Attributes:
        content: The bytes of a packet, or a frame.
        seconds: Its length.
        form: What all pieces of a file have in common.
        packets: The form of a packet; None for a frame.
    """

    content: Any
    seconds: float
    form: object
    rate_hz: int
    channels: int
    packets: PacketForm | None = None

    def goes_on(self, form: object) -> bool:
        """Says whether it may follow in a file of a form."""
        if self.packets is None:
            return self.form == form
        return self.packets is form or (type(form) is type(self.packets) and self.packets.goes_on(form))


class Divider:
    """Divides the audio of one station.

    Args:
        copies: Whether packets are kept as they are.
    """

    def __init__(self, *, copies: bool) -> None:
        self._configured = self._copies = copies
        self._decoder: tuple[PacketForm, AudioCodecContext] | None = None

    def reset(self) -> None:
        """Begins anew with another session."""
        self._copies = self._configured
        self._decoder = None

    def refuse_copies(self) -> None:
        """Encodes the rest of the session."""
        self._copies = False

    def divide(self, item: Audio) -> list[WrittenPiece]:
        """Gives the pieces of some audio, in order."""
        if not isinstance(item, Packets):
            frame = frame_of(item.samples, item.rate_hz, item.channels)
            return [self._frame(frame, item.channels)]
        if self._copies:
            form = item.form
            return [
                WrittenPiece(data, seconds, form, form.rate_hz, form.channels, packets=form)
                for data, seconds in item.packets
            ]
        return [self._frame(frame, frame.layout.nb_channels) for frame in self._decode(item)]

    def _decode(self, item: Packets) -> Iterator[AudioFrame]:
        if self._decoder is None or not self._decoder[0].goes_on(item.form):
            codec: AudioCodecContext = av.CodecContext.create(item.form.codec, "r")  # type: ignore[assignment]
            if item.form.extradata:
                codec.extradata = item.form.extradata
            self._decoder = item.form, codec
        for data, _ in item.packets:
            try:
                yield from self._decoder[1].decode(av.Packet(data))
            except av.error.FFmpegError:
                # The source decoded it; here the decoder may just have begun in the middle.
                continue

    def _frame(self, frame: AudioFrame, channels: int) -> WrittenPiece:
        form = frame.sample_rate, frame.layout.name, frame.format.name
        return WrittenPiece(frame, frame.samples / frame.sample_rate, form, frame.sample_rate, channels)
