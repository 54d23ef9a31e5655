"""The sections `recording` and `stations.ID.recording`: the sound itself, kept. Every default is here and only here."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from genred.config.annotations import AgeSeconds, DiskBytes, File
from genred.config.section import Section

Kilobits = Annotated[int, Meta(ge=24, le=64, description="a whole number from 24 to 64")]


class RecordingConfig(Section, frozen=True):
    """What all recordings have in common; which stations are recorded stands at each.

    Attributes:
        folder: Where recordings are kept; empty for `recordings` in the state folder that systemd gives, else in the
            user's. Files in it are named `STATION/2026-11-29/12-00-00Z.mka`.
        keep: Older recordings are deleted; null keeps all that has room.
        at_most: The oldest recordings are deleted when all together are larger; none lets them grow to the reserve.
        reserve: Recording stops while less of the disk is free; none for 1 GB, or a twentieth of a disk that is
            smaller than 20 GB.
    """

    folder: File = ""
    keep: AgeSeconds | None = 42 * 86_400.0
    at_most: DiskBytes | None = None
    reserve: DiskBytes | None = None


class StationRecordingConfig(Section, frozen=True):
    """Whether and how a station's sound is recorded.

    Attributes:
        enabled: Whether it is.
        mode: `copy` keeps the packets as the server sent them, for next to no CPU; what has none that can be kept (a
            soundcard, a pipe) is encoded as `opus`, which takes anything.
        bitrate_kbps: Of Opus.
    """

    enabled: bool = False
    mode: Literal["copy", "opus"] = "copy"
    bitrate_kbps: Kilobits = 48
