"""What a recording's tags say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av.error

from genred.archive.remote import HEAD_BYTES, fetched
from genred.errors import SourceError
from genred.printable import printable
from genred.sources.audio_file import open_audio_file

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_tags(path: str) -> Mapping[str, str]:
    """Gives the tags of a recording, their names in lower case; none where it cannot be read."""
    try:
        with fetched(path, HEAD_BYTES) as local:
            container, _ = open_audio_file(local)
            with container:
                streams = [stream.metadata for stream in container.streams.audio]
                return {
                    name.lower(): printable(text)
                    for tags in (container.metadata, *streams)
                    for name, text in tags.items()
                }
    except (av.error.FFmpegError, SourceError, OSError, ValueError):
        return {}
