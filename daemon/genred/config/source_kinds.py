"""The kinds of sources, as mappings of the configuration. Every default is here and only here."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from genred.config.annotations import Encoding, File, HttpUrl, Proxy, Seconds
from genred.config.section import Section


class StreamSource(Section, frozen=True):
    """An internet stream or playlist.

    Attributes:
        url: http:// or https://; a password in it is masked wherever it is shown.
        connect_timeout_s: For name, connection and the server's headers together.
        stall_timeout_s: Without audio for so long, the stream is opened again; the station calls itself offline after
            twelve seconds already.
        titles: Whether to ask the server for titles (ICY).
        title_encoding: Of all titles, such as cp1251 or koi8-r; empty for UTF-8, and a guess where they are none.
        user_agent: As sent to the server; empty for genred's own.
        proxy: Address of an HTTP proxy, `http://user:password@host:port`, its password masked wherever it is shown;
            `direct` for none; empty for what HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment say.
    """

    url: HttpUrl
    connect_timeout_s: Seconds = 10.0
    stall_timeout_s: Seconds = 15.0
    titles: bool = True
    title_encoding: Encoding = ""
    user_agent: str = ""
    proxy: Proxy = ""


class SoundcardSource(Section, frozen=True):
    """A capture device.

    Attributes:
        soundcard: Name, part of a name, or index, as `genred devices` lists them; `default` for the system's.
        rate_hz: Capture rate; None for the device's own.
        channels: How many to capture and mix down; None for up to two.
        stall_timeout_s: Without a callback for so long, the device counts as lost.
    """

    soundcard: str | int = "default"
    rate_hz: Annotated[int, Meta(ge=8_000, le=384_000)] | None = None
    channels: Annotated[int, Meta(ge=1, le=64)] | None = None
    stall_timeout_s: Seconds = 5.0


class FileSource(Section, frozen=True):
    """A file, or a folder of files as a programme.

    Attributes:
        file: Path of the file or folder. Of a folder, linked folders are followed once, and hidden files are left out.
        pace: `real` plays at the speed of time, `fast` as fast as possible.
        loop: Whether to begin again at the end.
    """

    file: File
    pace: Literal["real", "fast"] = "real"
    loop: bool = False


class CommandSource(Section, frozen=True):
    """Raw PCM from the standard output of a command, such as rtl_fm or arecord.

    Attributes:
        command: Program and arguments as a list; it is never given to a shell. Restarted when it ends; what
            it starts ends with it.
        rate_hz: Of what the command writes.
        channels: Likewise, interleaved.
        format: Sample format, little-endian.
        stall_timeout_s: Without a byte for so long, the command is ended and started again.
    """

    command: Annotated[tuple[str, ...], Meta(min_length=1)]
    rate_hz: Annotated[int, Meta(ge=4_000, le=384_000)] = 22_050
    channels: Annotated[int, Meta(ge=1, le=2)] = 1
    format: Literal["s16le", "f32le"] = "s16le"
    stall_timeout_s: Seconds = 10.0


class PipeSource(Section, frozen=True):
    """Raw PCM on the standard input: one station at most can have it.

    Attributes:
        pipe: Always `-`.
        rate_hz: Of what is written to it.
        channels: Likewise, interleaved.
        format: Sample format, little-endian.
    """

    pipe: Literal["-"] = "-"
    rate_hz: Annotated[int, Meta(ge=4_000, le=384_000)] = 22_050
    channels: Annotated[int, Meta(ge=1, le=2)] = 1
    format: Literal["s16le", "f32le"] = "s16le"


SourceConfig = StreamSource | SoundcardSource | FileSource | CommandSource | PipeSource

SOURCE_KINDS: dict[str, type[SourceConfig]] = {
    "url": StreamSource,
    "soundcard": SoundcardSource,
    "file": FileSource,
    "command": CommandSource,
    "pipe": PipeSource,
}
"""The key that tells a source's kind, and the kind."""
