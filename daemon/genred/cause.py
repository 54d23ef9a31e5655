"""Why a station gives nothing: one vocabulary for sources, events, payloads and metrics."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

_HTTP_PREFIX = "http_"
_HTTP_STATUSES = range(100, 1_000)


class Cause(StrEnum):
    """Why a source was lost or a stretch of time was not analysed.

    Beside the members below there is one for each HTTP status, `http_404` and so on, made by `for_http_status` or by
    value, as `Cause("http_404")`. Values are an interface: subscribers match on them.
    """

    # Of the daemon itself.
    STARTING = "starting"
    """Nothing came yet since the station was started."""
    STOPPING = "stopping"
    """The daemon ends, or a reload ends the station."""
    DISABLED = "disabled"
    """The station was switched off."""
    FAULT = "fault"
    """A fault of genred."""
    OVERRUN = "overrun"
    """Analysis was slower than real time."""
    NOT_RUNNING = "not_running"
    """The daemon did not run."""
    NOT_CONFIGURED = "not_configured"
    """The daemon ran without this station."""

    # Of the machine and its clock.
    SUSPENDED = "suspended"
    """The machine slept."""
    CLOCK_STEP = "clock_step"
    """No time at all: the wall clock was set forward over it."""

    # Of recordings.
    DISK_FULL = "disk_full"
    """Recording stopped so that others have room on the disk."""
    DISK_FAILED = "disk_failed"
    """The disk cannot be written to."""
    DISK_SLOW = "disk_slow"
    """The disk was not written to as fast as audio came."""

    # Of archives.
    NOT_RECORDED = "not_recorded"
    """No file of the archive is of that time."""

    # Of audio that was to come.
    LATE = "late"
    """Audio came later than it sounds."""
    LOST = "lost"
    """Packets or samples are missing in the audio that came."""
    STALLED = "stalled"
    """Nothing came for longer than the source's timeout, or only bytes without audio."""
    ENDED = "ended"
    """The source came to an end."""
    RESET = "reset"
    """The connection broke; of a gap, also that somebody asked the station to begin afresh."""
    BROKEN = "broken"
    """What came is damaged beyond what can be skipped."""
    FAILED = "failed"
    """A failure of no other kind."""

    # Of connections.
    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    CLOSED = "closed"
    """The other side closed the connection before it gave anything."""

    # Of servers and what they send.
    NOT_HTTP = "not_http"
    REDIRECTS = "redirects"
    UNUSABLE = "unusable"
    """The address cannot be used."""
    PLAYLIST = "playlist"
    """A playlist is damaged, or leads nowhere."""
    TOO_LONG = "too_long"
    ENCRYPTED = "encrypted"
    NOT_AUDIO = "not_audio"
    """What is sent is no audio: a web page, text, an unknown format."""

    # Of files and pipes.
    NO_AUDIO = "no_audio"
    """A file that holds no audio."""
    MISSING = "missing"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TERMINAL = "terminal"
    """Standard input is a terminal."""

    # Of commands.
    NOT_STARTED = "not_started"
    EXITED = "exited"

    # Of soundcards.
    NO_DEVICE = "no_device"
    AMBIGUOUS_DEVICE = "ambiguous_device"
    NOT_OPENED = "not_opened"
    NO_PORTAUDIO = "no_portaudio"
    PORTAUDIO = "portaudio"

    @classmethod
    def for_http_status(cls, status: int) -> Self:
        """Gives the cause of an answer that is no success.

        Args:
            status: Three digits, as the server sent them.
        """
        return cls(f"{_HTTP_PREFIX}{status}")

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        """Makes the member of an HTTP status on its first use, as `enum.Flag` makes those of combined flags."""
        digits = str(value).removeprefix(_HTTP_PREFIX)
        if not str(value).startswith(_HTTP_PREFIX) or not digits.isascii() or not digits.isdecimal():
            return None
        if len(digits) != 3 or int(digits) not in _HTTP_STATUSES:
            return None
        member = str.__new__(cls, value)
        member._name_ = f"HTTP_{digits}"
        member._value_ = str(value)
        made = cls._value2member_map_.setdefault(str(value), member)
        assert isinstance(made, cls)  # noqa: S101 - the map holds members of this class only
        return made
