"""How one station is recorded, read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from genred.errors import ConfigError, GenredError
from genred.state_folder import state_folder

if TYPE_CHECKING:
    from genred.config.schema import Config, RecordingConfig

FOLDER_NAME = "recordings"


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
    return RecordingSettings(str(folder_of(common)), common.reserve, own.mode, own.bitrate_kbps)


def folder_of(config: RecordingConfig) -> Path:
    """Gives where recordings are kept, absolute: as configured, or in the state folder of the service or the user.

    Raises:
        ConfigError: There is no home folder to have them in.
    """
    if config.folder:
        return Path(config.folder).absolute()
    try:
        return state_folder().absolute() / FOLDER_NAME
    except GenredError as error:
        raise ConfigError(f"recording.folder: {error} to keep recordings in; set one") from error
