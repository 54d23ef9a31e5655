"""The section `airplay`: the log of what was on air. Every default is here and only here."""

from __future__ import annotations

from genred.config.annotations import AgeSeconds, DiskBytes, File
from genred.config.section import Section


class AirplayConfig(Section, frozen=True):
    """The airplay log: what was on air on each station, with times, confidence, level and every gap.

    Attributes:
        enabled: Whether `genred run` writes the log.
        file: SQLite database. Empty: `airplay.sqlite` in the state folder of the service or the user
            (`~/.local/state/genred`).
        keep: Older entries are deleted. null: entries are not deleted because of their age.
        at_most: The oldest entries are deleted when the file is larger.
        daily_folder: Folder in which a report (HTML) and the entries (CSV) of each station's day are written after its
            midnight. Empty: none.
    """

    enabled: bool = True
    file: File = ""
    keep: AgeSeconds | None = None
    at_most: DiskBytes = 4_000_000_000
    daily_folder: File = ""
