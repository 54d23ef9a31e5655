"""Who is told of what: the entries of `alerts`."""

from __future__ import annotations

from genred.config.annotations import (
    AfterSeconds,
    Between,
    File,
    RepeatSeconds,
    Secrets,
    StationIds,
    Subjects,
    ZoneName,
)
from genred.config.section import Section


class AlertConfig(Section, frozen=True, rename={"after_s": "after", "every_s": "every"}):
    """Who is told of what (extra `alerts`): one message a fault, and one when it is over.

    Attributes:
        what: Of which faults, one or several: `dead_air`, `offline` (no audio comes), `expectation` (one is broken),
            `log` (the airplay log cannot be written), `restart` (the daemon ended without being asked, and runs again).
        stations: Of which stations, by id; all where none are given.
        after_s: A fault is told when it has lasted so long; it is over when it has stayed away as long, but a minute at
            most. `restart` is told at once.
        every_s: A fault that goes on is told again this often; never where it is not given.
        quiet: In this span of each day nothing is told; what is still so at its end is told then.
        time_zone: Of `quiet`, and of the times in messages; empty for the machine's.
        to: To whom: one URL of Apprise or several, such as `ntfys://ntfy.sh/topic`. Better given by `to_file` or a
            `${VARIABLE}`, since most have a secret in them; masked wherever the configuration is shown.
        to_file: File with such URLs, one a line. A systemd credential of the same name goes first; a relative name lies
            beside the configuration.
    """

    what: Subjects
    stations: StationIds | None = None
    after_s: AfterSeconds = 30.0
    every_s: RepeatSeconds | None = None
    quiet: Between | None = None
    time_zone: ZoneName = ""
    to: Secrets | None = None
    to_file: File | None = None

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        if self.to is None and not self.to_file:
            raise ValueError("needs to or to_file: the addresses of those who are told, such as ntfys://ntfy.sh/topic")
        if self.to is not None and self.to_file is not None:
            raise ValueError("to and to_file exclude each other")
