"""Standard input: raw PCM, as in `rtl_fm … | genred listen -`, or a file piped in, which is told by its bytes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from genred.audio import AudioBlock
from genred.cause import Cause
from genred.engine.flag import Flag
from genred.errors import SourceError
from genred.sources.label import label_of
from genred.sources.pacing import Pacer
from genred.sources.pcm import MAX_AHEAD_S, PcmFormat, read_pcm
from genred.sources.source import Meter
from genred.sources.stream.frame_sync import find_frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.config.schema import PipeSource
    from genred.sources.source import SourceItem

_MAGIC = (
    b"fLaC",
    b"OggS",
    b"ID3",
    b".snd",
    b"caff",
    b"\x1a\x45\xdf\xa3",
    b"\x30\x26\xb2\x75",
    b"MAC ",
    b"wvpk",
    b"TTA1",
)
_MAGIC_BYTES = 12
_FRAMES_BYTES = 8_192
"""Longer than three frames of MP3 or AAC, of which chance makes no chain."""

_SLICE_S = 0.25


class StandardInput:
    """Reads this process's standard input. It ends for good when the writer ends.

    Args:
        config: How the bytes are to be read where they are raw PCM.
        live: Whether it is taken at the pace of time; else as fast as it comes.

    Attributes:
        label: `standard input`.
    """

    endless = False
    patience_s = None
    own_thread = True
    contiguous = True

    def __init__(self, config: PipeSource, *, live: bool = True) -> None:
        self._format = PcmFormat(config.format, config.rate_hz, config.channels)
        self.live = live
        self.label = label_of(config)
        self.meter = Meter()
        self._interrupted = Flag()

    def session(self) -> Iterator[SourceItem]:
        """Yields what is written to standard input, until its end.

        Raises:
            SourceError: Standard input is a terminal, or closed, gave no whole sample, or holds a file that cannot be
                decoded.
        """
        self._interrupted.clear()
        descriptor = self._descriptor()
        head = self._peek(descriptor, b"", _MAGIC_BYTES)
        if head[:1] == b"\xff":
            head = self._peek(descriptor, head, _FRAMES_BYTES)
        self.meter.received_bytes += len(head)
        if is_audio_file(head):
            # Loaded here: raw PCM needs no FFmpeg.
            from genred.sources.piped_file import play_pipe  # noqa: PLC0415

            pacer = Pacer(self._interrupted, ahead_s=MAX_AHEAD_S)
            for item in play_pipe(descriptor, head, self.label, self.meter, self._interrupted):
                yield item
                if self.live and isinstance(item, AudioBlock):
                    pacer.hold(item)
            return
        has_audio = False
        for item in read_pcm(
            descriptor,
            self._format,
            self.label,
            self.meter,
            self._interrupted,
            stall_timeout_s=None,
            head=head,
            paced=self.live,
        ):
            has_audio = True
            yield item
        if not has_audio and not self._interrupted.is_set():
            raise SourceError("standard input: ended before any audio arrived", permanent=True, cause=Cause.EMPTY)

    def interrupt(self) -> None:
        """Ends the session within a quarter of a second."""
        self._interrupted.set()

    def _descriptor(self) -> int:
        try:
            descriptor = sys.stdin.fileno()
        except (AttributeError, ValueError, OSError) as error:
            message = "standard input: is closed; pipe raw PCM or an audio file into it"
            raise SourceError(message, permanent=True, cause=Cause.CLOSED) from error
        if sys.stdin.isatty():
            raise SourceError(
                "standard input: is a terminal; pipe an audio file or raw PCM into it, as in "
                "`rtl_fm -M wbfm -f 100M -r 32000 | genred listen - --rate 32000`",
                permanent=True,
                cause=Cause.TERMINAL,
            )
        return descriptor

    def _peek(self, descriptor: int, head: bytes, size: int) -> bytes:
        while len(head) < size and not self._interrupted.is_set():
            if self._interrupted.wait_for_io(descriptor, _SLICE_S):
                data = os.read(descriptor, size - len(head))
                if not data:
                    break
                head += data
        return head


def is_audio_file(head: bytes) -> bool:
    """Says whether data begins as an audio file does; raw samples do not by chance."""
    if head[:4] in {b"RIFF", b"RF64", b"BW64"}:
        return head[8:12] == b"WAVE"
    if head[:4] == b"FORM":
        return head[8:11] == b"AIF"
    if head[4:8] == b"ftyp" or head.startswith(_MAGIC):
        return True
    found = find_frames(head)
    return found is not None and found[0] == 0
