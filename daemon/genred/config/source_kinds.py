"""The kinds of sources, as mappings of the configuration. Every default is here and only here."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from genred.config.annotations import Encoding, File, HttpUrl, Proxy, Seconds
from genred.config.section import Section


class StreamSource(Section, frozen=True):
    """An internet stream or playlist.

    Attributes:
        url: http:// or https:// URL. A password in it is masked wherever it is shown.
        connect_timeout_s: Time limit for name lookup, connection and the server's headers together.
        stall_timeout_s: The stream is reopened after this long without audio. The station is reported as offline after
            twelve seconds already.
        titles: Whether to ask the server for titles (ICY).
        title_encoding: Encoding of all titles, such as cp1251 or koi8-r. Empty: UTF-8, and a guess for titles that are
            not valid UTF-8.
        user_agent: User agent sent to the server. Empty: genred's own.
        proxy: URL of an HTTP proxy, `http://user:password@host:port`; a password in it is masked wherever it is shown.
            `direct`: no proxy. Empty: the proxy set by the environment variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
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
        soundcard: Name, part of a name, or index, as listed by `genred devices`. `default`: the system's default
            device.
        rate_hz: Capture rate. None: the device's own.
        channels: Number of channels to capture and mix down. None: up to two.
        stall_timeout_s: The device counts as lost after this long without a callback.
    """

    soundcard: str | int = "default"
    rate_hz: Annotated[int, Meta(ge=8_000, le=384_000)] | None = None
    channels: Annotated[int, Meta(ge=1, le=64)] | None = None
    stall_timeout_s: Seconds = 5.0

    def __post_init__(self) -> None:
        """Refuses what is a part of any name."""
        if self.soundcard == "":
            raise ValueError("soundcard is empty; `genred devices` lists what there is")


class FileSource(Section, frozen=True):
    """A file, or a folder of files as a programme.

    Attributes:
        file: Path of the file or folder. In a folder, symbolic links to folders are followed once, and hidden files are
            skipped.
        pace: `real` plays in real time, `fast` as fast as possible.
        loop: Whether to start again at the end.
    """

    file: File
    pace: Literal["real", "fast"] = "real"
    loop: bool = False

    def __post_init__(self) -> None:
        """Refuses what would be the working directory."""
        if not self.file:
            raise ValueError("file is empty; give the path of a file or folder")


class CommandSource(Section, frozen=True):
    """Raw PCM from the standard output of a command, such as rtl_fm or arecord.

    Attributes:
        command: Program and arguments as a list, which is never passed to a shell. It is restarted when it exits.
            Processes that it has started end with it.
        rate_hz: Sample rate of the command's output.
        channels: Number of channels in the output, interleaved.
        format: Sample format, little-endian.
        stall_timeout_s: The command is restarted after this long without output.
    """

    command: Annotated[tuple[str, ...], Meta(min_length=1)]
    rate_hz: Annotated[int, Meta(ge=4_000, le=384_000)] = 22_050
    channels: Annotated[int, Meta(ge=1, le=2)] = 1
    format: Literal["s16le", "f32le"] = "s16le"
    stall_timeout_s: Seconds = 10.0

    def __post_init__(self) -> None:
        """Refuses a program without a name."""
        if not self.command[0]:
            raise ValueError("command has an empty first item; it must be a program")


class PipeSource(Section, frozen=True):
    """Raw PCM on standard input. At most one station can use it.

    Attributes:
        pipe: Always `-`.
        rate_hz: Sample rate of the input.
        channels: Number of channels in the input, interleaved.
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
