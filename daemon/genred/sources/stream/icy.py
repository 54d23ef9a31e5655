"""ICY: titles that SHOUTcast and Icecast mix into the audio, every `icy-metaint` bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genred.sources.numbers import whole_number
from genred.sources.titles import make_title

if TYPE_CHECKING:
    from genred.sources.source import Title
    from genred.sources.title_encoding import TitleDecoder

MAX_RATE_BPS = 10_000_000
"""A larger announced bit rate is a mistake of the server."""

MAX_INTERVAL_BYTES = 1 << 20
"""A larger `icy-metaint` is a mistake of the server."""

_LENGTH_UNIT = 16
"""The length byte of a metadata block counts units of 16 bytes, so that a block has at most 4,080."""

_ADVERT = b"adw_ad='true'"
"""How players of adverts (AdsWizz) mark one."""

_TITLE_FIELD = b"StreamTitle='"
# The title may hold quotes itself: it ends at a quote before the next field or before the end. An attempt stops at the
# next quote at the latest, so that all of them together read the block once.
_TITLE_END = re.compile(rb"'(?:;\s*+\w++=|;?[\s\x00]*+\Z)")


@dataclass(slots=True)
class IcyDemuxer:
    """Takes the titles out of a stream of bytes.

    Args:
        interval_bytes: The server's `icy-metaint`: audio bytes between two metadata blocks; 0 for none.
    """

    interval_bytes: int
    _audio_left: int = field(init=False)
    _block: bytearray = field(init=False, default_factory=bytearray)
    _block_bytes: int | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._audio_left = self.interval_bytes

    def push(self, data: bytes) -> tuple[bytes, list[bytes]]:
        """Takes the next bytes as they came.

        Returns:
            The audio among them, and the metadata blocks that are complete now and name a title.
        """
        if not self.interval_bytes:
            return data, []
        audio, blocks = bytearray(), []
        position = 0
        while position < len(data):
            if self._audio_left:
                taken = data[position : position + self._audio_left]
                audio += taken
                self._audio_left -= len(taken)
                position += len(taken)
            elif self._block_bytes is None:
                self._block_bytes = _LENGTH_UNIT * data[position]
                position += 1
            else:
                taken = data[position : position + self._block_bytes - len(self._block)]
                self._block += taken
                position += len(taken)
            if self._block_bytes is not None and len(self._block) == self._block_bytes:
                if _TITLE_FIELD in self._block:
                    blocks.append(bytes(self._block))
                self._block.clear()
                self._block_bytes = None
                self._audio_left = self.interval_bytes
        return bytes(audio), blocks


def parse_block(block: bytes, decoder: TitleDecoder) -> Title | None:
    """Reads one metadata block, `StreamTitle='…';StreamUrl='…';` padded with NUL.

    Args:
        block: Whole.
        decoder: Decodes the title.

    Returns:
        The title, `NO_TITLE` where it was emptied, or None where the block says nothing of it.
    """
    field_at = block.find(_TITLE_FIELD)
    if field_at < 0:
        return None
    begin = field_at + len(_TITLE_FIELD)
    end = _TITLE_END.search(block, begin)
    if end is None:
        return None
    return make_title(decoder.decode(block[begin : end.start()]), is_song=_ADVERT not in block[end.start() :])


def metadata_interval(header: str) -> int:
    """Reads an `icy-metaint` header; 0 where it is missing or makes no sense."""
    interval = whole_number(header) or 0
    return interval if interval <= MAX_INTERVAL_BYTES else 0


def announced_bitrate_bps(header: str) -> int | None:
    """Reads an `icy-br` header, which may name several; None where it is missing or makes no sense."""
    rate_bps = 1_000 * (whole_number(header.partition(",")[0].strip()) or 0)
    return rate_bps if 0 < rate_bps <= MAX_RATE_BPS else None
