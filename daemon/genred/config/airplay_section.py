"""The section `airplay`: the log of what was on air. Every default is here and only here."""

from __future__ import annotations

from genred.config.annotations import AgeSeconds, DiskBytes, File
from genred.config.section import Section


class AirplayConfig(Section, frozen=True):
    """The airplay log: what was on air on each station, when, how sure, how loud, and every gap.

    Attributes:
        enabled: Whether `genred run` writes it.
        file: An SQLite database. Empty for `airplay.sqlite` in the service's state folder, or in the user's
            (`~/.local/state/genred`).
        keep: Older entries are deleted; null keeps all that has room.
        at_most: The oldest entries are deleted when the file is larger.
        daily_folder: Where the report (HTML) and the entries (CSV) of each station's day are written after its
            midnight; empty for nowhere.
    """

    enabled: bool = True
    file: File = ""
    keep: AgeSeconds | None = None
    at_most: DiskBytes = 4_000_000_000
    daily_folder: File = ""
