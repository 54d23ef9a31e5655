"""The sections `recording` and `stations.ID.recording`: the sound itself, kept. Every default is here and only here."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from genred.config.annotations import AgeSeconds, DiskBytes, File
from genred.config.section import Section

Kilobits = Annotated[int, Meta(ge=24, le=64, description="a whole number from 24 to 64")]


class RecordingConfig(Section, frozen=True):
    """Settings common to all recordings. Whether a station is recorded is set for each station.

    Attributes:
        folder: Where recordings are kept. Empty: `recordings` in the state folder of the service or the user. Files in
            it are named `STATION/2026-11-29/12-00-00Z.mka`.
        keep: Older recordings are deleted. null: recordings are not deleted because of their age.
        at_most: The oldest recordings are deleted when the total is larger. None: they grow up to the reserve.
        reserve: Recording stops while less disk space than this is free. None: 1 GB, or a twentieth of a disk that is
            smaller than 20 GB.
    """

    folder: File = ""
    keep: AgeSeconds | None = 42 * 86_400.0
    at_most: DiskBytes | None = None
    reserve: DiskBytes | None = None


class StationRecordingConfig(Section, frozen=True):
    """Whether and how a station's audio is recorded.

    Attributes:
        enabled: Whether the station is recorded.
        mode: `copy` keeps the packets as the server sent them and takes almost no CPU. Audio without packets that can
            be kept (a soundcard, a pipe) is encoded as `opus`, which accepts anything.
        bitrate_kbps: Bit rate of Opus.
    """

    enabled: bool = False
    mode: Literal["copy", "opus"] = "copy"
    bitrate_kbps: Kilobits = 48
