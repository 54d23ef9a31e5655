"""How one station is recorded, read and checked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from genred.config.schema import Config, RecordingConfig


class RecordingSettings(msgspec.Struct, frozen=True):
    """All that a recorder needs to know of a station; fit for a pipe to another process.

    Attributes:
        folder: Absolute path of all recordings.
        reserve_bytes: Room that is left to others on the disk; None for what suits the disk.
        mode: `copy` or `opus`, as configured.
        bitrate_kbps: Of Opus.
    """

    folder: str
    reserve_bytes: int | None
    mode: Literal["copy", "opus"]
    bitrate_kbps: int


def settings_of(config: Config, station: str) -> RecordingSettings | None:
    """Gives how a station is to be recorded; None for one that is not."""
    own = config.stations[station].recording
    if not own.enabled:
        return None
    common = config.recording
    return RecordingSettings(str(folder_of(common)), common.reserve_bytes, own.mode, own.bitrate_kbps)


def folder_of(config: RecordingConfig) -> Path:
    """Gives where recordings are kept, absolute: as configured, or in the state folder of the service or the user."""
    if config.folder:
        return Path(config.folder).absolute()
    # systemd.exec(5): a list where the unit has several.
    state = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if state:
        return Path(state).absolute() / "recordings"
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home).absolute() / "genred" / "recordings"
