"""What is known of a source by its configuration alone, without the libraries that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.config.schema import CommandSource, FileSource, PipeSource, SoundcardSource, StreamSource
from genred.masking import masked
from genred.printable import printable

if TYPE_CHECKING:
    from genred.config.schema import SourceConfig


def label_of(config: SourceConfig) -> str:
    """Says where the audio comes from, for people and logs; passwords masked."""
    match config:
        case StreamSource():
            return masked(config.url)
        case FileSource():
            return printable(config.file)
        case SoundcardSource():
            return f"soundcard {config.soundcard}"
        case CommandSource():
            # Its arguments may hold secrets.
            return f"command {config.command[0]}"
        case PipeSource():
            return "standard input"


def is_live(config: SourceConfig) -> bool:
    """Says whether audio that is not read in time is lost; see `Source`."""
    return not isinstance(config, FileSource) or config.pace == "real"
