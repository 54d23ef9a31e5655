"""An audio file that comes through a pipe: decoded as it comes, without seeking."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import av
import av.error

from genred.cause import Cause
from genred.errors import SourceError
from genred.sources.av_file import AvFile
from genred.sources.decode import AudioDecoder, container_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.engine.flag import Flag
    from genred.sources.source import Meter, SourceItem

_SLICE_S = 0.25
_FORMATS = "mp3,aac,ogg,flac,wav,w64,aiff,au,caf,mov,matroska,asf,ape,wv,tta"


def play_pipe(descriptor: int, head: bytes, label: str, meter: Meter, interrupted: Flag) -> Iterator[SourceItem]:
    """Decodes what comes until its end or an interruption.

    Args:
        descriptor: Readable.
        head: What was read of it before.
        label: For messages.
        meter: Counts bytes and corrupt packets.
        interrupted: Ends it within a quarter of a second.

    Raises:
        SourceError: It is nothing that can be decoded without seeking.
    """
    pipe = _Pipe(descriptor, head, meter, interrupted)
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "none"}
    try:
        container = av.open(AvFile(pipe.read), "r", options=options, metadata_errors="replace", buffer_size=65_536)
    except (av.error.FFmpegError, ValueError) as error:
        if interrupted.is_set():
            return
        raise _undecodable(label, getattr(error, "strerror", None) or str(error)) from error
    with container:
        title = container_title(container)
        if title is not None:
            yield title
        decoder = AudioDecoder(container, label, meter)
        try:
            for item in decoder.items():
                if interrupted.is_set():
                    return
                yield item
        except SourceError as error:
            if decoder.frames:
                raise
            raise _undecodable(label, str(error).removeprefix(f"{label}: ")) from error
    if not decoder.frames and not interrupted.is_set():
        raise _undecodable(label, "no audio arrived")


def _undecodable(label: str, reason: str) -> SourceError:
    return SourceError(
        f"{label}: begins as an audio file but cannot be decoded from a pipe ({reason}): some formats, such as M4A, "
        "have their index at the end; give the file's name instead",
        permanent=True,
        cause=Cause.NO_AUDIO,
    )


class _Pipe:
    """A descriptor as the file that PyAV reads; it cannot seek."""

    def __init__(self, descriptor: int, head: bytes, meter: Meter, interrupted: Flag) -> None:
        self._descriptor = descriptor
        self._head = head
        self._meter = meter
        self._interrupted = interrupted

    def read(self, size: int) -> bytes:
        """Gives what there is as soon as there is some, and nothing at the end or once interrupted."""
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        while not self._interrupted.is_set():
            if self._interrupted.wait_for_io(self._descriptor, _SLICE_S):
                data = os.read(self._descriptor, size)
                self._meter.received_bytes += len(data)
                return data
        return b""
