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
    """Who is notified of what (extra `alerts`): one message per fault, and one when it is over.

    Attributes:
        what: One or more kinds of fault: `dead_air`, `offline` (no audio arrives), `expectation` (one is broken), `log`
            (the airplay log cannot be written), `restart` (the daemon ended unexpectedly and is running again).
        stations: Ids of the stations. None: all.
        after_s: A fault is reported when it has lasted this long. It is over when it has stayed away as long, but at
            most a minute. `restart` is reported at once.
        every_s: A fault that persists is reported again this often. None: never.
        quiet: Span of each day in which nothing is sent. Faults that persist at its end are reported then.
        time_zone: Time zone of `quiet` and of the times in messages. Empty: the machine's.
        to: One or more Apprise URLs, such as `ntfys://ntfy.sh/topic`. Most contain a secret, so prefer `to_file` or a
            `${VARIABLE}`. They are masked wherever the configuration is shown.
        to_file: File with one such URL per line. A systemd credential of the same name takes precedence. A relative
            path starts from the configuration's folder.
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
            raise ValueError("needs to or to_file: URLs of the recipients, such as ntfys://ntfy.sh/topic")
        if self.to is not None and self.to_file is not None:
            raise ValueError("give to or to_file, not both")
