"""Notices as one message for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.duration_text import units_text
from genred.outputs.alerts.desk import NoticeKind
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from genred.outputs.alerts.desk import Notice
    from genred.outputs.alerts.sender import Tone

MAX_LINES = 30
MAX_CHARACTERS = 3_500
"""Less than what ntfy and Telegram take in one message."""

_MAX_TITLE_CHARACTERS = 120


class Digest:
    """Words notices.

    Args:
        node: Id of this machine.
        zone: Of the times.
        name_of: Gives the name of a station.
    """

    def __init__(self, node: str, zone: ZoneInfo, name_of: Callable[[str], str]) -> None:
        self._heading = "genred" if node == "genred" else f"genred {node}"
        self._zone = zone
        self._name_of = name_of

    def message(self, notices: Sequence[Notice], dropped: int = 0) -> tuple[str, str, Tone]:
        """Gives title, text and tone of one message.

        Args:
            notices: One at least.
            dropped: Of how many more nothing is known any longer.
        """
        lines: list[str] = []
        room = MAX_CHARACTERS
        for notice in notices[:MAX_LINES]:
            line = self.line(notice)
            room -= len(line) + 1
            if room < 0:
                break
            lines.append(line)
        left_out = len(notices) - len(lines) + dropped
        if left_out:
            lines.append(f"… and {left_out} more")
        over = sum(notice.kind is NoticeKind.OVER for notice in notices)
        return self._title(notices, over), "\n".join(lines), "success" if over == len(notices) else "failure"

    def line(self, notice: Notice) -> str:
        """One notice on one line."""
        fault, began = notice.fault, self._time(notice.fault.at.utc, notice.at.utc)
        lasted = units_text(max(0, round(notice.at.monotonic_s - fault.at.monotonic_s)), most=2)
        who = self._who(notice)
        detail = f" ({fault.detail})" if fault.detail else ""
        match notice.kind:
            case NoticeKind.BEGAN:
                return f"{who}: {fault.problem}, since {began}{detail}"
            case NoticeKind.GOES_ON:
                return f"{who}: still {fault.problem}, for {lasted}, since {began}{detail}"
            case NoticeKind.OVER:
                return f"{who}: over after {lasted}: {fault.problem} ({began} to {self._time(notice.at.utc)})"

    def _title(self, notices: Sequence[Notice], over: int) -> str:
        if len(notices) == 1:
            (notice,) = notices
            word = {NoticeKind.BEGAN: "", NoticeKind.GOES_ON: "still ", NoticeKind.OVER: "over: "}[notice.kind]
            who = f"{self._who(notice)}: " if notice.fault.key.station else ""
            return f"{self._heading}: {who}{word}{notice.fault.problem}"[:_MAX_TITLE_CHARACTERS]
        faults = len(notices) - over
        parts = [f"{faults} fault{'s' if faults > 1 else ''}"] if faults else []
        parts += [f"{over} over"] if over else []
        return f"{self._heading}: {', '.join(parts)}"

    def _who(self, notice: Notice) -> str:
        station = notice.fault.key.station
        return printable(self._name_of(station)) if station else self._heading

    def _time(self, at: datetime, beside: datetime | None = None) -> str:
        local = at.astimezone(self._zone)
        same_day = beside is None or beside.astimezone(self._zone).date() == local.date()
        return f"{local:%H:%M:%S}" if same_day else f"{local:%Y-%m-%d %H:%M:%S}"
