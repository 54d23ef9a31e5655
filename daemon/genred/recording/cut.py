"""Cuts a span out of recordings, by copy: no packet is decoded, and what is in the new file was on the air."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

import av
import av.error

from genred.errors import InputError, UsageError
from genred.printable import printable
from genred.sources.tap import PacketForm
from genred.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer

    from genred.recording.index import FilePart

CONTAINERS: dict[str, tuple[str, frozenset[str] | None]] = {
    ".mka": ("matroska", None),
    ".ogg": ("ogg", frozenset({"opus", "vorbis", "flac"})),
    ".opus": ("ogg", frozenset({"opus"})),
    ".mp3": ("mp3", frozenset({"mp3"})),
    ".m4a": ("ipod", frozenset({"aac"})),
    ".aac": ("adts", frozenset({"aac"})),
    ".flac": ("flac", frozenset({"flac"})),
}
"""By the name's ending: FFmpeg's format, and the codecs that may be in it; None for all that are recorded."""

_SEEK_BACK_S = 2.0
_MICROSECOND = Fraction(1, 1_000_000)


class CutError(InputError):
    """What was asked for cannot be cut out."""


@dataclass(frozen=True, slots=True)
class CutPiece:
    """What a part gave.

    Attributes:
        started_at: When its first sample was on air.
        ended_at: When its last was.
    """

    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Cut:
    """What was written.

    Attributes:
        codec: As FFmpeg calls it.
        seconds: Of sound.
        pieces: In order; what lies between them was not recorded.
    """

    codec: str
    seconds: float
    pieces: tuple[CutPiece, ...]


def cut(parts: Sequence[FilePart], output: Path, tags: Mapping[str, str], *, sync: bool = True) -> Cut:
    """Writes parts of recordings to one file, one after the other.

    Args:
        parts: In order, one at least.
        output: Its name's ending says what it is to be. A file that is there is replaced when all is written.
        tags: Of the new file.
        sync: Whether to wait until it is on the disk.

    Raises:
        CutError: The file cannot hold the codec; the codec changes on the way; a recording cannot be read; there is no
            sound in the parts.
        UsageError: The ending is none that is known, or there is no such folder.
        OSError: The new file cannot be written.
    """
    suffix = output.suffix.lower()
    if suffix not in CONTAINERS:
        raise UsageError(f"{printable(str(output))}: the extension must be one of {', '.join(CONTAINERS)}")
    if not output.parent.is_dir():
        raise UsageError(f"{printable(str(output))}: there is no folder {printable(str(output.parent))}")
    with replacing(output, sync=sync) as draft, _Writer(draft.name, output, tags) as writer:
        for part in parts:
            writer.add(part)
        return writer.result()


class _Writer:
    """The new file; it is opened with the first packet, whose codec is known."""

    def __init__(self, draft: str, output: Path, tags: Mapping[str, str]) -> None:
        self._draft = draft
        self._output = output
        self._tags = dict(tags)
        self._container: OutputContainer | None = None
        self._stream: AudioStream | None = None
        self._form: PacketForm | None = None
        self._seconds = 0.0
        self._pieces: list[CutPiece] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._container is not None:
            with self._naming_output():
                self._container.close()

    def result(self) -> Cut:
        if self._form is None:
            raise CutError(f"{printable(str(self._output))}: the recordings contain nothing from that time")
        return Cut(self._form.codec, self._seconds, tuple(self._pieces))

    def add(self, part: FilePart) -> None:
        name = printable(str(part.file.path))
        try:
            with av.open(str(part.file.path), "r", metadata_errors="replace") as container:
                self._copy(container, part)
        except FileNotFoundError:
            return  # deleted since it is too old
        except av.error.FFmpegError as error:
            raise CutError(f"{name}: cannot be read ({error.strerror})") from error

    def _copy(self, source: InputContainer, part: FilePart) -> None:
        stream = source.streams.audio[0]
        first_s = last_s = None
        for packet, at_s, seconds in _packets(source, stream, part.from_s):
            if at_s + seconds / 2 < part.from_s:
                continue
            if part.to_s is not None and at_s + seconds / 2 > part.to_s:
                break
            if first_s is None:
                first_s = at_s
                self._begin(stream, part)
            last_s = at_s + seconds
            self._write(packet, self._seconds + at_s - first_s, seconds)
        if first_s is None or last_s is None:
            return
        self._seconds += last_s - first_s
        self._pieces.append(CutPiece(part.file.at(first_s), part.file.at(last_s)))

    def _begin(self, stream: AudioStream, part: FilePart) -> None:
        codec = stream.codec_context
        form = PacketForm(
            codec.codec.canonical_name, codec.sample_rate, codec.layout.nb_channels, codec.extradata or b""
        )
        if self._form is not None:
            if not self._form.goes_on(form):
                raise CutError(
                    f"{printable(str(part.file.path))}: is {_described(form)}, and what comes before it is "
                    f"{_described(self._form)}; cut them out one by one: the second begins at {part.file.started_at}"
                )
            return
        suffix = self._output.suffix.lower()
        kind, codecs = CONTAINERS[suffix]
        if codecs is not None and form.codec not in codecs:
            fitting = [name for name, (_, held) in CONTAINERS.items() if held is None or form.codec in held]
            raise CutError(
                f"{printable(str(self._output))}: {suffix} cannot hold {form.codec} as it is; "
                f"give a name that ends in {' or '.join(fitting)}"
            )
        self._form = form
        with self._naming_output():
            self._container = av.open(self._draft, "w", format=kind)
        self._container.metadata.update(self._tags)
        self._stream = self._container.add_stream_from_template(stream)

    def _write(self, packet: bytes, at_s: float, seconds: float) -> None:
        assert self._container is not None and self._stream is not None  # noqa: S101, PT018 - it was begun
        made: Any = av.Packet(packet)
        made.stream = self._stream
        made.time_base = _MICROSECOND
        made.pts = made.dts = round(at_s * 1e6)
        made.duration = round(seconds * 1e6)
        made.is_keyframe = True
        with self._naming_output():
            self._container.mux(made)

    @contextlib.contextmanager
    def _naming_output(self) -> Iterator[None]:
        """Tells what cannot be written from what cannot be read."""
        try:
            yield
        except av.error.FFmpegError as error:
            raise OSError(error.errno, error.strerror, str(self._output)) from None


def _packets(source: InputContainer, stream: AudioStream, from_s: float) -> Iterator[tuple[bytes, float, float]]:
    """Gives the packets from about a time on, as far as the file goes: each with its time and its seconds."""
    base = stream.time_base
    assert base is not None  # noqa: S101 - a demuxer gives one
    if from_s > _SEEK_BACK_S:
        with contextlib.suppress(av.error.FFmpegError):  # then from the beginning
            source.seek(round((from_s - _SEEK_BACK_S) / base), stream=stream, backward=True)
    held: tuple[bytes, float, float] | None = None
    try:
        for packet in source.demux(stream):
            if packet.pts is None or not packet.size:
                continue
            at_s = float(packet.pts * base)
            if held is not None:
                yield held[0], held[1], held[2] or at_s - held[1]
            held = bytes(packet), at_s, float((packet.duration or 0) * base)
    except av.error.FFmpegError:
        # The end of a file whose writer was killed, or that is being written.
        pass
    if held is not None:
        yield held


def _described(form: PacketForm) -> str:
    return f"{form.codec} at {form.rate_hz} Hz, {form.channels} channel{'s' if form.channels > 1 else ''}"
