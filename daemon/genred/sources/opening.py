"""From a configured source to one that can be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.config.schema import CommandSource, FileSource, PipeSource, SoundcardSource, SourceConfig, StreamSource

if TYPE_CHECKING:
    from genred.sources.source import Source


def open_source(config: SourceConfig) -> Source:
    """Makes the source that a configuration describes; nothing is opened before its `session`.

    The libraries behind each kind (FFmpeg, PortAudio) are loaded only when one of that kind is made.
    """
    match config:
        case StreamSource():
            from genred.sources.stream.internet_stream import InternetStream  # noqa: PLC0415

            return InternetStream(config)
        case FileSource():
            from genred.sources.file import FilePlayer  # noqa: PLC0415

            return FilePlayer(config)
        case SoundcardSource():
            from genred.sources.soundcard import Soundcard  # noqa: PLC0415

            return Soundcard(config)
        case CommandSource():
            from genred.sources.command import Command  # noqa: PLC0415

            return Command(config)
        case PipeSource():
            from genred.sources.pipe import StandardInput  # noqa: PLC0415

            return StandardInput(config)
