"""PortAudio on PulseAudio's null sink: captured, unplugged, plugged in again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from genred.audio import AudioBlock
from genred.config.schema import SoundcardSource
from genred.errors import SourceError
from genred.events import AnnouncementChanged, Gap, SourceLost, SourceRecovered, StationReport
from genred.sources import callback_queue
from genred.sources.portaudio import COMMON_RATES_HZ, CaptureDevice, PortAudio
from genred.sources.soundcard import Soundcard, find_device, list_devices
from tests.sources.collect import collect
from tests.sources.pulse import PulseAudio
from tests.stations.harness import Running

if TYPE_CHECKING:
    from collections.abc import Iterator

DEVICES = [
    CaptureDevice(0, "HDA Intel: ALC (hw:0,0)", "ALSA", 2, 44_100),
    CaptureDevice(2, "USB Audio CODEC: - (hw:1,0)", "ALSA", 2, 48_000),
    CaptureDevice(3, "USB Audio CODEC: - (hw:2,0)", "ALSA", 2, 48_000),
    CaptureDevice(5, "pulse", "ALSA", 32, 44_100, is_default=True),
]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [("default", 5), (2, 2), ("3", 3), ("PULSE", 5), ("hw:1", 2), ("hda intel: alc (hw:0,0)", 0)],
)
def test_a_device_is_found_by_name_part_of_it_or_index(wanted: str | int, index: int) -> None:
    assert find_device(wanted, DEVICES).index == index


def test_a_device_that_is_missing_or_ambiguous_is_answered_with_what_there_is() -> None:
    with pytest.raises(SourceError, match="no such capture device; there are: 0 'HDA Intel") as missing:
        find_device("Focusrite", DEVICES)
    assert missing.value.permanent
    with pytest.raises(SourceError, match="matches more than one device") as ambiguous:
        find_device("usb audio", DEVICES)
    assert "hw:1,0" in str(ambiguous.value)
    with pytest.raises(SourceError, match="there are: none"):
        find_device("default", [])


@pytest.fixture
def pulse() -> Iterator[PulseAudio]:
    with PulseAudio() as running:
        yield running


@pytest.mark.usefixtures("pulse")
def test_devices_are_listed_with_channels_and_the_rates_that_work() -> None:
    devices = {device.name: device for device in list_devices()}
    assert devices["default"].is_default
    assert devices["pulse"].channels >= 2
    assert set(devices["pulse"].rates_hz) == set(COMMON_RATES_HZ)


@pytest.mark.usefixtures("pulse")
@pytest.mark.parametrize(("rate_hz", "channels"), [(None, None), (48_000, 1), (22_050, 2), (96_000, 6)])
def test_any_rate_and_channel_count_is_captured(rate_hz: int | None, channels: int | None) -> None:
    heard = collect(Soundcard(SoundcardSource(rate_hz=rate_hz, channels=channels)), until_s=2.0)
    assert heard.error is None
    assert (heard.infos[0].rate_hz, heard.infos[0].channels) == (rate_hz or 44_100, channels or 2)
    assert heard.tone_hz() == pytest.approx(440, abs=5)


@pytest.mark.usefixtures("pulse")
def test_more_channels_than_the_device_has_are_refused_in_words() -> None:
    error = collect(Soundcard(SoundcardSource(soundcard="pulse", channels=33))).error
    assert isinstance(error, SourceError)
    assert "has 32 channels, not 33" in str(error)


@pytest.mark.parametrize("fault", ["unplug", "freeze"])
def test_a_soundcard_that_goes_is_noticed_and_found_again_when_it_is_back(pulse: PulseAudio, fault: str) -> None:
    source = Soundcard(SoundcardSource(stall_timeout_s=1.0))
    with Running(source) as running:
        running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "rock")
        getattr(pulse, fault)()
        (lost,) = running.recorder.wait(SourceLost)
        assert lost.cause in {"stalled", "not_opened", "no_device", "portaudio"}
        pulse.unplug()
        pulse.plug_in()
        running.recorder.wait(SourceRecovered)
        running.recorder.wait(Gap)
        running.recorder.wait(AnnouncementChanged, count=2, where=lambda event: event.announcement == "rock")
        running.stop()
    running.assert_all_time_is_accounted_for()


@pytest.mark.usefixtures("pulse")
def test_a_station_that_looks_for_its_device_does_not_end_another_ones_capture() -> None:
    with (
        Running(Soundcard(SoundcardSource(soundcard="default"))) as good,
        Running(Soundcard(SoundcardSource(soundcard="not there"))) as bad,
    ):
        good.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "rock")
        bad.recorder.wait(SourceLost)
        windows = good.recorder.of(StationReport)[-1].windows
        good.recorder.wait(StationReport, where=lambda report: report.windows > windows + 20)
        assert not good.recorder.of(SourceLost)
        assert sum(gap.duration_s for gap in good.recorder.of(Gap)[1:]) < 1.0


@pytest.mark.usefixtures("pulse")
def test_what_a_slow_reader_misses_is_counted_and_said_to_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback_queue, "QUEUED_BLOCKS", 3)
    source = Soundcard(SoundcardSource())
    items = source.session()
    lost_s = 0.0
    for number, item in enumerate(items):
        if number == 1:
            threading.Event().wait(2.0)
        if isinstance(item, AudioBlock):
            lost_s += item.lost_s
        if lost_s > 0 or number > 100:
            break
    items.close()  # type: ignore[attr-defined]
    assert lost_s > 0
    assert source.meter.overflows > 0


def test_a_device_whose_own_rate_does_not_work_is_opened_at_one_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    class FakeModule:
        PortAudioError = OSError

        @staticmethod
        def check_input_settings(*, samplerate: int, **_settings: object) -> None:
            if samplerate != 48_000:
                raise OSError("Invalid sample rate")

    monkeypatch.setattr(PortAudio, "module", property(lambda _self: FakeModule))
    assert PortAudio().working_rate_hz(DEVICES[0], 2) == 48_000


def test_portaudio_that_did_not_start_again_is_started_at_the_next_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    class FakeModule:
        """Counts its starts as PortAudio does: none may be ended that was not made."""

        PortAudioError = OSError
        starts = 1
        failures = 1

        @classmethod
        def _terminate(cls) -> None:
            if not cls.starts:
                raise OSError("PortAudio not initialized")
            cls.starts -= 1

        @classmethod
        def _initialize(cls) -> None:
            if cls.failures:
                cls.failures -= 1
                raise OSError("Unanticipated host error")
            cls.starts += 1

    monkeypatch.setattr(PortAudio, "module", property(lambda _self: FakeModule))
    portaudio = PortAudio()
    with pytest.raises(SourceError, match="does not start again"):
        portaudio.refresh()
    portaudio.refresh()
    assert FakeModule.starts == 1
    portaudio.refresh()
    assert FakeModule.starts == 1
