"""The sections `recording` and `stations.ID.recording`: the sound itself, kept. Every default is here and only here."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from genred.config.annotations import File, KeptSeconds, SizeBytes
from genred.config.section import Section

Kilobits = Annotated[int, Meta(ge=24, le=64, description="a whole number from 24 to 64")]


class RecordingConfig(Section, frozen=True):
    """What all recordings have in common; which stations are recorded stands at each.

    Attributes:
        folder: Where recordings are kept; empty for `recordings` in the state folder that systemd gives, else in the
            user's. Files in it are named `STATION/2026-11-29/12-00-00Z.mka`.
        keep_s: Recordings are deleted when they are so old.
        at_most_bytes: When all recordings together are larger, the oldest are deleted: `20GB`, `500MiB`; none for as
            much as there is room.
        reserve_bytes: Recording stops while less of the disk is free; none for 1 GB, or a twentieth of a disk that is
            smaller than 20 GB.
    """

    folder: File = ""
    keep_s: KeptSeconds = 42 * 86_400.0
    at_most_bytes: SizeBytes | None = None
    reserve_bytes: SizeBytes | None = None


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
