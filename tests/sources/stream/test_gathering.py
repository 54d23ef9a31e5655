"""How late audio is that was gathered: a second of it is read at once, and none of that is late."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from genred.audio import AudioBlock
from genred.sources.source import Meter
from genred.sources.stream import arrival, stall_clock
from genred.sources.stream.feed import GATHER_S, AudioFeed
from tests.sources import sounds

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 20.0
FORMS = {
    "MP3": sounds.MP3,
    "AAC": sounds.AAC,
    "MPEG-TS": sounds.MPEG_TS_AAC,
    "Ogg Opus": sounds.OGG_OPUS,
    "FLAC": sounds.FLAC,
}


class Gathered:
    """An answer that comes at the pace of time: each look takes all that came while it was gathered.

    Args:
        form: Of the audio.
        busy_s: For how long the machine does other things before each look.
    """

    def __init__(self, form: tuple[str, ...], busy_s: float) -> None:
        self.headers: dict[str, str] = {}
        self.content_type = "audio/any"
        self.now = self.emptied_at = 100.0
        self.gather_s = 0.0
        self._busy_s = busy_s
        self._data = sounds.encoded(form, SECONDS)
        self._pending = b""
        self._sent = 0

    def monotonic(self) -> float:
        return self.now

    def take_received(self) -> int:
        return 0

    def read(self, size: int, _deadline: Callable[[], float], _late: str) -> bytes:
        if not self._pending:
            self.emptied_at = self.now
            self.now += (self.gather_s or 0.1) + self._busy_s
            end = round(len(self._data) * min(1.0, (self.now - 100.0) / SECONDS))
            self._pending, self._sent = self._data[self._sent : end], end
        data, self._pending = self._pending[:size], self._pending[size:]
        return data


def heard(form: tuple[str, ...], busy_s: float, monkeypatch: pytest.MonkeyPatch) -> list[AudioBlock]:
    response = Gathered(form, busy_s)
    for module in (arrival, stall_clock):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=response.monotonic))
    items = AudioFeed(response, "it", 60.0, Meter(), titles=False).items()  # type: ignore[arg-type]
    blocks = [item for item in items if isinstance(item, AudioBlock)]
    assert sum(block.seconds for block in blocks) == pytest.approx(SECONDS, abs=0.2)
    # The first second is looked for the form of the audio, and at the end nothing more comes.
    return blocks[8:-8] if len(blocks) > 40 else blocks[2:-2]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_audio_that_was_gathered_has_waited_and_is_not_late(
    form: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = heard(form, 0.0, monkeypatch)
    assert max(block.waited_s for block in blocks) < GATHER_S + 0.2
    late_s = [block.waited_s - block.gathered_s for block in blocks]
    assert max(late_s) < 0.2
    assert min(late_s) >= 0.0


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_audio_that_waits_for_longer_than_it_was_meant_to_is_late(
    form: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = heard(form, 2.0, monkeypatch)
    late_s = [block.waited_s - block.gathered_s for block in blocks]
    assert max(late_s) > 1.0
