"""What each station reported last."""

from __future__ import annotations

from genred.service.board import StationBoard
from tests.outputs.events import profile, report, status


def test_a_removed_station_does_not_come_back_by_what_it_reports_late() -> None:
    board = StationBoard(["kitchen", "bath"])
    for station in ("kitchen", "bath"):
        board.handle(report(station))
        board.handle(status(station))
    board.update([profile("bath")])
    board.handle(report("kitchen"))
    board.handle(status("kitchen"))
    assert (board.report("kitchen"), board.status("kitchen")) == (None, None)
    assert board.report("bath") is not None
    board.update([profile("bath"), profile("kitchen")])
    board.handle(report("kitchen"))
    assert board.report("kitchen") is not None
