"""Files as a source: one, or a folder of them as a programme; at the pace of time or as fast as possible."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import av.error

from genred.audio import SAMPLE_RATE_HZ, AudioBlock, SourceInfo
from genred.cause import Cause
from genred.engine.flag import Flag
from genred.errors import SourceError
from genred.printable import printable
from genred.sources.audio_file import open_audio_file
from genred.sources.decode import AudioDecoder, container_title
from genred.sources.folder import list_folder
from genred.sources.label import is_live, label_of
from genred.sources.pacing import Pacer
from genred.sources.path_check import check_readable, is_folder, refuse_playlist, unreadable
from genred.sources.sandbox import sandbox_remedy
from genred.sources.source import Meter
from genred.sources.titles import NO_TITLE, make_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

    from genred.config.schema import FileSource
    from genred.sources.source import SourceItem, Title

_LOGGER = logging.getLogger(__name__)

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
        self.label = label_of(config)
        self.live = is_live(config)
        self.patience_s = None
        self.own_thread = self.contiguous = True
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
                    f"{self.label}: {round_s:.3f} s of audio is too short to be played in a loop; "
                    f"give a file of {MIN_ROUND_S:g} s or more",
                    permanent=True,
                    cause=Cause.TOO_SHORT,
                )

    def interrupt(self) -> None:
        """Ends the session at its next block."""
        self._interrupted.set()

    def _programme(self) -> Iterator[SourceItem]:
        if not is_folder(self._path, self.label):
            yield from play_file(self._path, self.label, self.meter)
            return
        try:
            folder = list_folder(self._path)
        except OSError as error:
            raise unreadable(self._path, self.label, error) from error
        for fault in folder.faults:
            _LOGGER.warning("skipped: %s", printable(fault))
        files = folder.files
        if not files:
            remedy = sandbox_remedy(self._path)
            raise SourceError(
                f"{self.label}: the folder contains no audio files" + (f": {remedy}" if remedy else ""),
                permanent=True,
                cause=Cause.EMPTY,
            )
        played = False
        for path in files:
            try:
                yield from play_file(path, printable(str(path)), self.meter, untitled=path.stem)
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
    check_readable(path, label)
    refuse_playlist(path, label)
    try:
        container, understatement = open_audio_file(path)
    except (av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(
            f"{label}: not an audio format that FFmpeg supports ({reason})", permanent=True, cause=Cause.NO_AUDIO
        ) from error
    with container:
        if understatement is not None:
            _LOGGER.info("%s: %s", label, understatement.text)
        decoder = AudioDecoder(container, label, meter, whole=True)
        corrupt_before = meter.corrupt_packets
        title = _title(container, untitled)
        if title is not None:
            yield title
        meter.received_bytes += max(0, container.size)
        try:
            for item in decoder.items():
                if understatement is not None and isinstance(item, SourceInfo):
                    yield replace(item, duration_s=understatement.found_s, note=understatement.text)
                else:
                    yield item
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


def _title(container: InputContainer, untitled: str | None) -> Title | None:
    """The title of an open file, and where it has none the one for such files, if there is to be one."""
    title = container_title(container) or NO_TITLE
    if title.text or untitled is None:
        return title if title.text else None
    return make_title(untitled)
