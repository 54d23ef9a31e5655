"""Files as a source: one, or a folder of them as a programme; at the pace of time or as fast as possible."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error

from genred.audio import SAMPLE_RATE_HZ, AudioBlock
from genred.cause import Cause
from genred.engine.flag import Flag
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.decode import AudioDecoder, container_title
from genred.sources.http.response import PEEK_BYTES
from genred.sources.pacing import Pacer
from genred.sources.source import Meter
from genred.sources.stream.playlist import MAX_PLAYLIST_BYTES, PlaylistKind, playlist_kind, read_playlist
from genred.sources.titles import NO_TITLE, make_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.config.schema import FileSource
    from genred.sources.source import SourceItem

_LOGGER = logging.getLogger(__name__)

AUDIO_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("aac", "aif", "aiff", "ape", "au", "caf", "flac", "m4a", "m4b", "mka", "mp2", "mp3", "mp4", "mpc"),
        *("oga", "ogg", "opus", "spx", "tta", "wav", "weba", "webm", "wma", "wv"),
    )
)
"""What of a folder counts as its programme; a file given by name may be called anything."""

MIN_ROUND_S = 0.1
"""A loop that is shorter would do nothing but open its file."""

MAX_LATENESS_S = 2.0
"""Playing at real pace, a reader that is further behind (a suspended machine) is not made up for."""


class FilePlayer:
    """Plays a file, or the audio files of a folder in the order of their names.

    Args:
        config: What to play and how.

    Attributes:
        label: The path as given.
        live: True at real pace: what is not read in time is lost, as it would be on air.
        endless: Whether it loops.
        meter: Corrupt packets; bytes are those of the files that were opened.
    """

    def __init__(self, config: FileSource) -> None:
        self._path = Path(config.file).expanduser()
        self._real_pace = config.pace == "real"
        self.label = config.file
        self.live = self._real_pace
        self.patience_s = None
        self.own_thread = True
        self.endless = config.loop
        self.meter = Meter()
        self._interrupted = Flag()

    def session(self) -> Iterator[SourceItem]:
        """Yields what `Source.session` says; in a folder, files that cannot be decoded are skipped with a warning.

        Raises:
            SourceError: The file is missing or holds no audio that can be decoded, or a folder holds none at all.
        """
        self._interrupted.clear()
        pacer = Pacer(self._interrupted, forgiven_s=MAX_LATENESS_S) if self._real_pace else None
        while not self._interrupted.is_set():
            round_s = 0.0
            for item in self._programme():
                if isinstance(item, AudioBlock):
                    round_s += item.samples.size / SAMPLE_RATE_HZ
                    if pacer is not None:
                        pacer.hold(item)
                if self._interrupted.is_set():
                    return
                yield item
            if not self.endless:
                return
            if round_s < MIN_ROUND_S:
                raise SourceError(
                    f"{self.label}: {round_s:.3f} s of audio are too short to be played in a loop; "
                    f"give a file of {MIN_ROUND_S:g} s or more",
                    permanent=True,
                    cause=Cause.TOO_SHORT,
                )

    def interrupt(self) -> None:
        """Ends the session at its next block."""
        self._interrupted.set()

    def _programme(self) -> Iterator[SourceItem]:
        if not self._path.is_dir():
            yield from play_file(self._path, self.label, self.meter)
            return
        files = sorted(path for path in self._path.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
        if not files:
            raise SourceError(f"{self.label}: the folder holds no audio files", permanent=True, cause=Cause.EMPTY)
        played = False
        for path in files:
            try:
                yield from play_file(path, str(path), self.meter, untitled=path.stem)
            except SourceError as error:
                _LOGGER.warning("skipped: %s", error)
            else:
                played = True
        if not played:
            raise SourceError(
                f"{self.label}: none of the folder's {len(files)} audio files can be decoded",
                permanent=True,
                cause=Cause.NO_AUDIO,
            )


def play_file(path: Path, label: str, meter: Meter, *, untitled: str | None = None) -> Iterator[SourceItem]:
    """Decodes one file from beginning to end.

    Args:
        path: Of the file.
        label: For messages.
        meter: Counts on.
        untitled: The title of a file whose tags give none; None for no title.

    Raises:
        SourceError: It is missing, unreadable, no audio, or damaged so that nothing of it can be decoded.
    """
    _check_readable(path, label)
    _refuse_playlist(path, label)
    try:
        # The prefix and the whitelist keep FFmpeg from taking a file's name or content for the address of another.
        container = av.open(
            f"file:{path}", "r", metadata_errors="replace", options={"protocol_whitelist": "file"}, buffer_size=65_536
        )
    except (av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(
            f"{label}: no audio format that FFmpeg knows ({reason})", permanent=True, cause=Cause.NO_AUDIO
        ) from error
    with container:
        decoder = AudioDecoder(container, label, meter, whole=True)
        corrupt_before = meter.corrupt_packets
        title = container_title(container) or NO_TITLE
        if not title.text and untitled is not None:
            title = make_title(untitled)
        if title.text or untitled is not None:
            yield title
        meter.received_bytes += max(0, container.size)
        try:
            yield from decoder.items()
        except SourceError:
            # Broken off late, it is still so much of a file; the caller hears of it below if there was nothing.
            if not decoder.frames:
                raise
        corrupt = meter.corrupt_packets - corrupt_before
        if not decoder.frames:
            raise SourceError(
                f"{label}: nothing in it could be decoded as audio ({corrupt} corrupt packets)",
                permanent=True,
                cause=Cause.NO_AUDIO,
            )
        if corrupt:
            _LOGGER.warning("%s: skipped %d corrupt packets", label, corrupt)


def _check_readable(path: Path, label: str) -> None:
    if path.is_fifo() or path.is_char_device():
        # Opening it would wait for a writer, perhaps for ever.
        raise SourceError(
            f"{label}: is a pipe or device, no file; read it with `command: [cat, {label}]`",
            permanent=True,
            cause=Cause.UNREADABLE,
        )
    try:
        with path.open("rb") as file:
            if path.is_file() and not file.read(1):
                raise SourceError(f"{label}: the file is empty (0 bytes)", permanent=True, cause=Cause.NO_AUDIO)
    except FileNotFoundError as error:
        raise SourceError(f"{label}: no such file", permanent=True, cause=Cause.MISSING) from error
    except OSError as error:
        message = f"{label}: cannot be read: {error.strerror}"
        raise SourceError(message, permanent=True, cause=Cause.UNREADABLE) from error


def _refuse_playlist(path: Path, label: str) -> None:
    with path.open("rb") as file:
        head = file.read(PEEK_BYTES)
        kind = playlist_kind(head, "", f"file:///x{path.suffix}")
        if kind is None:
            return
        body = head + file.read(MAX_PLAYLIST_BYTES)
    urls = [] if kind is PlaylistKind.HLS else read_playlist(kind, body, "")
    advice = (
        f"write `url: {masked(urls[0])}` instead, as it names that stream"
        if urls
        else "give `url:` with the address that it came from, or `file:` with the folder or file that it names"
    )
    raise SourceError(f"{label}: is a playlist, no audio; {advice}", permanent=True, cause=Cause.PLAYLIST)
