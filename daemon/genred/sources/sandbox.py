"""Why a service does not see a path that is there: systemd's sandbox, and what to do about it."""

from __future__ import annotations

import getpass
import os
import re
from pathlib import Path

_ESCAPE = re.compile(r"\\([0-7]{3})")
_HOMES = frozenset({"/home", "/root", "/run/user"})
_MAX_TABLE_BYTES = 4 << 20
_MOUNTS = Path("/proc/self/mountinfo")
_CGROUP = Path("/proc/self/cgroup")


def sandbox_remedy(path: Path, mounts: Path = _MOUNTS, cgroup: Path = _CGROUP) -> str | None:
    """Says what to do where systemd hides a path from this process, or None where it does not.

    It hides by mounts, which are looked at, not by settings, of which a process knows nothing: `ProtectHome=` and
    `InaccessiblePaths=` mount an empty node of systemd's own over a folder, or an empty tmpfs, and `PrivateTmp=` a
    folder of the service's own.

    Args:
        path: Of a file or folder that is not to be read, or holds less than it should.
        mounts: The process's mount table, as proc(5) describes it.
        cgroup: The process's control groups, of which the last names its unit.
    """
    absolute = path if path.is_absolute() else Path.cwd() / path
    place, root, kind = _mount_of(absolute, mounts)
    unit = _unit(cgroup)
    edit = f"`sudo systemctl edit {unit}`"
    if "/systemd-private-" in root:
        return f"the service has its own {place} (PrivateTmp); put the file elsewhere, for example under /srv"
    if "/systemd/inaccessible/" in root or (kind == "tmpfs" and str(place) in _HOMES):
        setting = "ProtectHome=tmpfs and " if str(place) in _HOMES else ""
        return (
            f"the service's sandbox hides {place}; add {setting}BindReadOnlyPaths={absolute} "
            f"under [Service] with {edit}, or put the file elsewhere, for example under /srv"
        )
    return None


def permission_remedy() -> str:
    """Says who needs a right to read."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"user {user} needs permission to read it and to enter the folders above it"


def _mount_of(path: Path, mounts: Path) -> tuple[Path, str, str]:
    """Where the file system of a path is mounted, what of it, and its type."""
    found = (Path("/"), "/", "")
    try:
        with mounts.open("rb") as file:
            table = file.read(_MAX_TABLE_BYTES).decode("utf-8", "surrogateescape")
    except OSError:
        return found
    for line in table.splitlines():
        fields, _, kind = line.partition(" - ")
        parts = fields.split(" ")
        if len(parts) < 5:
            continue
        place = Path(_ESCAPE.sub(lambda digits: chr(int(digits[1], 8)), parts[4]))
        # Of two mounts at one place the later one is on top.
        if path.is_relative_to(place) and place.is_relative_to(found[0]):
            found = (place, parts[3], kind.partition(" ")[0])
    return found


def _unit(cgroup: Path) -> str:
    try:
        last = cgroup.read_text(encoding="utf-8", errors="replace")[:4_096].splitlines()[-1].rpartition("/")[2]
    except (OSError, IndexError):
        return "genred"
    return last.removesuffix(".service") if last.endswith(".service") else "genred"
