"""What the views show of a station."""

from __future__ import annotations

import errno
import io
import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from genred.analysis.estimate import Level, State
from genred.analysis.signal_faults import SignalFault
from genred.cause import Cause
from genred.cli.live_view import LiveView
from genred.cli.plain_view import JsonView, LineWriter, PlainView
from genred.events import (
    AnnouncementChanged,
    ClippingEnded,
    ClippingStarted,
    Event,
    Gap,
    SignalFaultEnded,
    SignalFaultStarted,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationSwitched,
    TitleChanged,
)
from genred.payloads.state import timestamp
from tests.outputs.events import moment

if TYPE_CHECKING:
    from genred.clock import Moment

NOW = moment(0)
LABELS = ("jazz", "metal", "speech")


class Broken(io.StringIO):
    """Takes a line, then none."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        if "\n" in self.getvalue():
            raise self.error
        return super().write(text)


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC, errno.EIO])
def test_lines_that_cannot_be_written_end_the_command_and_are_kept_as_its_error(number: int) -> None:
    error, gone = OSError(number, "as the system says"), []
    lines = LineWriter(Broken(error), on_gone=lambda: gone.append(True))
    lines.write("one")
    lines.check()
    assert not gone
    lines.write("two")
    lines.write("three")
    assert gone == [True]
    with pytest.raises(type(error)) as raised:
        lines.check()
    assert raised.value is error


def report(genre: str = "jazz", at: Moment = NOW) -> StationReport:
    return StationReport(
        station="radio",
        at=at,
        state=State.MUSIC,
        genre=genre,
        confidence=0.83,
        probabilities={"jazz": 0.83, "metal": 0.12, "speech": 0.05},
        since=NOW,
        level=Level(-18.2, -3.1, 0.02),
        title="An Artist - A Song",
        model="tiny",
        windows=9,
        dropped_windows=0,
        reconnects=0,
    )


OFFLINE = StationReport(
    station="radio",
    at=NOW,
    state=State.OFFLINE,
    genre=None,
    confidence=None,
    probabilities={},
    since=NOW,
    level=None,
    title=None,
    model="tiny",
    windows=0,
    dropped_windows=0,
    reconnects=0,
)

EVENTS: list[tuple[Event, str]] = [
    (
        AnnouncementChanged(
            station="radio", at=NOW, previous="metal", previous_since=NOW, announcement="jazz", confidence=0.8
        ),
        "on air: jazz (0.80), before that metal",
    ),
    (
        AnnouncementChanged(
            station="radio", at=NOW, previous=None, previous_since=None, announcement="offline", confidence=None
        ),
        "on air: offline",
    ),
    (StationSwitched(station="radio", at=NOW, enabled=False), "switched off"),
    (SilenceStarted(station="radio", at=NOW, level_dbfs=-95.0), "dead air started, -95 dBFS"),
    (
        SilenceEnded(station="radio", at=moment(61), started_at=NOW, level_dbfs=-20.0),
        "dead air ended after 61.0 s",
    ),
    (ClippingStarted(station="radio", at=NOW, clipped_share=0.25), "the input is clipping: 25.0% of samples"),
    (
        SignalFaultStarted(station="radio", at=NOW, fault=SignalFault.INVERTED_CHANNEL, channel=1, value=-0.9),
        "signal: a channel is inverted (correlation -0.90); only the left one is analysed",
    ),
    (
        SignalFaultStarted(station="radio", at=NOW, fault=SignalFault.DEAD_CHANNEL, channel=2, value=-90.0),
        "signal: the right channel is dead, -90 dBFS",
    ),
    (
        SignalFaultStarted(station="radio", at=NOW, fault=SignalFault.IMBALANCE, channel=2, value=20.0),
        "signal: the right channel is 20 dB weaker than the other",
    ),
    (
        SignalFaultStarted(station="radio", at=NOW, fault=SignalFault.DC_OFFSET, channel=3, value=-0.1),
        "signal: the number 3 channel has a DC offset of -10.0% of full scale",
    ),
    (
        SignalFaultEnded(station="radio", at=moment(9), started_at=NOW, fault=SignalFault.DC_OFFSET),
        "signal: cleared after 9.0 s: a channel has a DC offset",
    ),
    (ClippingEnded(station="radio", at=moment(9), started_at=NOW), "clipping ended after 9.0 s"),
    (TitleChanged(station="radio", at=NOW, title="A - B", artist="A", song="B", previous=None), "title: A - B"),
    (
        SourceLost(station="radio", at=NOW, cause=Cause("http_404"), message="http://host/x: 404 Not Found"),
        "source lost (http_404): http://host/x",
    ),
    (
        SourceRecovered(station="radio", at=moment(3), lost_at=NOW, cause=Cause("http_404"), attempts=2),
        "source back after 3.0 s",
    ),
    (Gap(station="radio", at=moment(4), started_at=NOW, cause=Cause.STALLED), "gap of 4.0 s (stalled)"),
]


@pytest.mark.parametrize(("event", "said"), EVENTS)
def test_every_event_is_a_line_for_people_and_an_object_for_machines(event: Event, said: str) -> None:
    plain, machine = io.StringIO(), io.StringIO()
    PlainView(LineWriter(plain)).handle(event)
    JsonView("attic", LineWriter(machine)).handle(event)
    assert said in plain.getvalue()
    fields = json.loads(machine.getvalue())
    assert fields["station"] == "radio"
    assert fields["at"] == timestamp(event.at)


def test_reports_come_as_lines_only_now_and_then() -> None:
    output = io.StringIO()
    view = PlainView(LineWriter(output), report_every_s=5)
    for second in range(11):
        view.handle(report(at=moment(second)))
    assert output.getvalue().count("jazz 0.83") == 2 * 3


def drawn(view: LiveView, console: Console) -> str:
    with console.capture() as capture:
        console.print(view.render())
    return capture.get()


@pytest.fixture
def console() -> Console:
    return Console(width=110, height=40, force_terminal=True, color_system=None, file=io.StringIO())


def test_the_live_view_shows_word_level_bars_title_and_events(console: Console) -> None:
    view = LiveView("http://host/x", LABELS, "streaming · mp3", "published", console)
    assert "waiting for the first five seconds" in drawn(view, console)
    view.handle(report())
    view.handle(EVENTS[0][0])
    view.side_line("genred/genred/listen/genre jazz")
    text = drawn(view, console)
    for part in ("jazz  83% sure", "-18.2 dBFS", "2.0% clipped", "An Artist - A Song", "streaming · mp3", "metal"):
        assert part in text
    assert "on air: jazz (0.80)" in text
    assert "genred/genred/listen/genre jazz" in text
    assert max(len(line) for line in text.splitlines()) <= 110


def test_the_live_view_of_an_offline_station_says_so(console: Console) -> None:
    view = LiveView("http://host/x", LABELS, "next attempt in 4 s · refused", console=console)
    view.handle(OFFLINE)
    text = drawn(view, console)
    assert "offline" in text
    assert "next attempt in 4 s" in text


def test_a_small_terminal_is_no_error() -> None:
    small = Console(width=30, height=6, force_terminal=True, file=io.StringIO())
    view = LiveView("a very long address " * 9, LABELS, "x" * 200, "side", small)
    view.handle(report())
    assert drawn(view, small)


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("height", [24, 40])
def test_the_live_view_fits_any_terminal_with_all_bars_and_an_event(width: int, height: int) -> None:
    console = Console(width=width, height=height, force_terminal=True, color_system=None, file=io.StringIO())
    labels = tuple(f"genre{number}" for number in range(11))
    view = LiveView("song.mp3", labels, "streaming", "published to localhost", console)
    view.handle(EVENTS[0][0])
    view.side_line("genred/genred/listen/genre jazz")
    lines = drawn(view, console).rstrip("\n").splitlines()
    assert len(lines) < height
    assert max(len(line) for line in lines) <= width
    assert all(any(label in line for line in lines) for label in labels)
    assert sum("genred/genred" in line for line in lines) == 1


def test_ascii_terminals_get_ascii_only() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    console = Console(width=110, height=30, force_terminal=True, color_system=None, file=stream)
    view = LiveView("Müsik", LABELS, "streaming · mp3 …", "published", console)
    view.handle(report())
    assert "streaming | mp3 ..." in drawn(view, console)
    assert drawn(view, console).isascii()


def test_what_is_wrong_with_the_broker_stands_above_the_lines(console: Console) -> None:
    problems: list[str | None] = ["no broker: it cannot be reached"]
    view = LiveView("http://host/x", LABELS, "streaming", "published", console, problem=lambda: problems[0])
    assert "it cannot be reached" in drawn(view, console)
    problems[0] = None
    assert "it cannot be reached" not in drawn(view, console)


def test_what_was_on_air_last_stays(console: Console) -> None:
    view = LiveView("http://host/x", LABELS, "streaming", console=console)
    with view:
        view.handle(report())
        view.handle(OFFLINE)
        assert "offline" in drawn(view, console)
    assert "jazz" in drawn(view, console)
    assert "offline" not in drawn(view, console)
