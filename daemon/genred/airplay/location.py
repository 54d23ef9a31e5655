"""Where the airplay log lies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError
from genred.errors import GenredError
from genred.state_folder import SERVICE_CONFIGURATIONS
from genred.state_folder import state_folder as common_state_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genred.config.schema import AirplayConfig

FILE_NAME = "airplay.sqlite"

SERVICE_FOLDER = Path("/var/lib/genred")
"""What systemd gives the service (`StateDirectory=genred`)."""


def log_path(config: AirplayConfig, environment: Mapping[str, str] = os.environ) -> Path:
    """Gives the log that a configuration names: without a name, one in the service's state folder or the user's.

    Args:
        config: Of the log.
        environment: `STATE_DIRECTORY` is systemd's (systemd.exec(5)), `XDG_STATE_HOME` the user's (XDG Base Directory
            Specification).

    Raises:
        AirplayError: There is no home folder to put it in.
    """
    return log_in(Path(config.file)) if config.file else state_folder(environment) / FILE_NAME


def service_log(configuration: Path) -> Path | None:
    """Gives the log of the service that runs a configuration, which names no other; None where no unit runs it."""
    path = configuration.absolute()
    if path.parent != SERVICE_CONFIGURATIONS or path.suffix != ".yaml":
        return None
    folder = SERVICE_FOLDER if path.stem == "genred" else SERVICE_FOLDER / path.stem
    return folder / FILE_NAME


def log_in(path: Path) -> Path:
    """Gives the log that a path stands for: of a folder, such as `genred archive` writes, the one in it."""
    return path / FILE_NAME if path.is_dir() else path


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Gives the folder for what the daemon must keep.

    Raises:
        AirplayError: There is no home folder to have it in.
    """
    try:
        return common_state_folder(environment)
    except GenredError:
        raise AirplayError(
            "there is no home folder for the airplay log; set airplay.file, or airplay.enabled: false"
        ) from None
