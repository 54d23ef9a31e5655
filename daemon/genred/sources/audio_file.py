"""A file as an open container: its name and content taken for nothing but a file's, its length as there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

from genred.sources.wav_header import find_understatement

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer

    from genred.sources.wav_header import Understatement


def open_audio_file(path: Path) -> tuple[InputContainer, Understatement | None]:
    """Opens a file with FFmpeg.

    Returns:
        The container, to be closed by the caller, and how far a WAV file's header is short of what there is; it is read
        to its end all the same.

    Raises:
        av.error.FFmpegError: No format that FFmpeg knows.
        OSError: It cannot be read.
        ValueError: Its name is none that FFmpeg takes.
    """
    understatement = find_understatement(path)
    # The prefix and the whitelist keep FFmpeg from taking a file's name or content for the address of another.
    options = {"protocol_whitelist": "file"}
    if understatement is not None:
        options["ignore_length"] = "1"
    container = av.open(f"file:{path}", "r", metadata_errors="replace", options=options, buffer_size=65_536)
    return container, understatement
