"""A real Icecast with ffmpeg as its source, for each codec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.config.schema import StreamSource
from genred.events import AnnouncementChanged, Gap, SourceLost, SourceRecovered, TitleChanged
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import sounds
from tests.sources.collect import collect
from tests.sources.stream.icecast import Icecast
from tests.stations.harness import Running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def icecast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Icecast]:
    with Icecast(tmp_path_factory.mktemp("icecast")) as running:
        yield running


@pytest.mark.parametrize(
    ("form", "content_type", "codec"),
    [
        (sounds.MP3, "audio/mpeg", "mp3"),
        (sounds.AAC, "audio/aac", "aac"),
        (sounds.OGG_VORBIS, "application/ogg", "vorbis"),
        (sounds.OGG_OPUS, "application/ogg", "opus"),
        (sounds.OGG_FLAC, "application/ogg", "flac"),
    ],
)
def test_every_codec_is_heard_from_a_real_icecast(
    form: tuple[str, ...], content_type: str, codec: str, icecast: Icecast
) -> None:
    url = icecast.feed(f"/{codec}", form, content_type, rate_hz=48_000)
    try:
        heard = collect(InternetStream(StreamSource(url=url)), until_s=3.0)
    finally:
        icecast.stop_source(f"/{codec}")
    assert heard.error is None
    info = heard.infos[0]
    assert (info.codec, info.rate_hz, info.name) == (codec, 48_000, "Loopback FM")
    assert heard.tone_hz() == pytest.approx(440, abs=2)


def test_an_icecast_that_is_killed_and_restarted_is_found_again_and_titles_come_through(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with Icecast(tmp_path_factory.mktemp("icecast")) as icecast:
        url = icecast.feed("/x", sounds.MP3, "audio/mpeg")
        source = InternetStream(StreamSource(url=url, connect_timeout_s=20.0, stall_timeout_s=30.0))
        with Running(source) as running:
            running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "rock")
            icecast.announce("/x", "Die Ärzte - Westerland")
            (title,) = running.recorder.wait(TitleChanged, where=lambda event: "Westerland" in str(event.title))
            assert (title.artist, title.song) == ("Die Ärzte", "Westerland")
            icecast.kill()
            running.recorder.wait(SourceLost)
            icecast.start()
            icecast.feed("/x", sounds.MP3, "audio/mpeg")
            running.recorder.wait(SourceRecovered)
            running.recorder.wait(Gap)
            running.recorder.wait(AnnouncementChanged, count=2, where=lambda event: event.announcement == "rock")
            running.stop()
        running.assert_all_time_is_accounted_for()
