"""Where the airplay log lies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError

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
    return Path(config.file) if config.file else state_folder(environment) / FILE_NAME


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Gives the folder for what the daemon must keep.

    Raises:
        AirplayError: There is no home folder to have it in.
    """
    service = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if service:
        return Path(service)
    user = environment.get("XDG_STATE_HOME", "")
    if user.startswith("/"):
        return Path(user) / "genred"
    try:
        return Path.home() / ".local" / "state" / "genred"
    except RuntimeError:
        raise AirplayError(
            "there is no home folder for the airplay log; name a file in airplay.file, or set airplay.enabled: false"
        ) from None
