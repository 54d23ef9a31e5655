"""A live HLS programme that grows with time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.sources import hostile, sounds

if TYPE_CHECKING:
    from tests.sources.hostile import HostileServer, Line

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"


def playlist(*lines: str, target_s: int = 2, first: int = 0, ended: bool = True) -> bytes:
    head = ["#EXTM3U", "#EXT-X-VERSION:4", f"#EXT-X-TARGETDURATION:{target_s}", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    return "\n".join([*head, *lines, *(["#EXT-X-ENDLIST"] if ended else [])]).encode() + b"\n"


class LiveHls:
    """A live playlist of three segments of a second each, which grows with time and can be jumped."""

    def __init__(self, server: HostileServer) -> None:
        self.started_at = time.monotonic()
        self.offset = 0
        for name, form in (("a", sounds.MPEG_TS_AAC), ("m", sounds.MPEG_TS_MP3)):
            server.on(f"/{name}.ts", hostile.body(sounds.encoded(form, 1.0)))
        self.url = server.on("/live.m3u8", self._serve)

    def _serve(self, line: Line) -> None:
        newest = int(time.monotonic() - self.started_at) + 10 + self.offset
        numbers = range(max(0, newest - 3), newest)
        # Every tenth segment is of another codec, as where a station puts in advertisements.
        lines = [text for number in numbers for text in ("#EXTINF:1,", "m.ts" if number % 10 == 3 else "a.ts")]
        hostile.body(playlist(*lines, target_s=1, first=numbers[0], ended=False), PLAYLIST_TYPE)(line)
