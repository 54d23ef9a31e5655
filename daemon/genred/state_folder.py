"""Where the daemon keeps what it must not lose: the folder that systemd gives the service, or one of the user's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from genred.errors import GenredError

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_CONFIGURATIONS = Path("/etc/genred")
"""Where the units of systemd have their configurations."""


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Gives the folder, which need not be there yet.

    Args:
        environment: `STATE_DIRECTORY` is systemd's (systemd.exec(5)), `XDG_STATE_HOME` the user's (XDG Base Directory
            Specification).

    Raises:
        GenredError: There is no home folder to have it in.
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
        raise GenredError("there is no home folder") from None
