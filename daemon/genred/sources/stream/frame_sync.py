"""The first whole frame of MP3 or AAC in a stream that was joined in the middle of one.

FFmpeg finds it too, but takes 64 KB to be sure of the format: eight seconds at 64 kbit/s, if the server sends nothing
in advance. Three frame headers in a chain, each where the one before says, are as sure.

Frame headers: ISO/IEC 11172-3 section 2.4.1.3 and 13818-3 (MPEG audio), ISO/IEC 13818-7 section 6.2 (ADTS).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CHAIN_FRAMES = 3
"""Headers that must follow one another; chance makes two of them within some KB of noise, hardly three."""

_MPEG1_LAYER3_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_LAYER3_KBPS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG1_LAYER2_KBPS = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_MPEG1_RATES_HZ = (44_100, 48_000, 32_000)
_ADTS_HEADER_BYTES = 7
_LAYER_2 = 2


def find_frames(data: bytes) -> tuple[int, str] | None:
    """Looks for the first chain of frames.

    Args:
        data: From the middle of a stream.

    Returns:
        Where it begins, and what it is: `mp3` (layer III), `mp2` or `aac` (ADTS); None where there is no chain.
    """
    position = data.find(b"\xff")
    while 0 <= position < len(data) - _ADTS_HEADER_BYTES:
        for name, size_of in (("mp3", _mpeg_frame_bytes), ("aac", _adts_frame_bytes)):
            if _is_chain(data, position, size_of):
                is_layer_2 = name == "mp3" and data[position + 1] >> 1 & 3 == _LAYER_2
                return position, "mp2" if is_layer_2 else name
        position = data.find(b"\xff", position + 1)
    return None


def _is_chain(data: bytes, position: int, size_of: Callable[[bytes], int]) -> bool:
    for _ in range(CHAIN_FRAMES):
        size = size_of(data[position : position + _ADTS_HEADER_BYTES])
        if not size:
            return False
        position += size
    return True


def _mpeg_frame_bytes(header: bytes) -> int:
    """Bytes of an MPEG audio frame of layer II or III; 0 where the header is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate_index, bits_index, padding = header[2] >> 2 & 3, header[2] >> 4, header[2] >> 1 & 1
    if version == 1 or layer not in {1, 2} or rate_index == 3 or bits_index in {0, 15}:
        return 0
    mpeg1, layer3 = version == 3, layer == 1
    rate_hz = _MPEG1_RATES_HZ[rate_index] // {3: 1, 2: 2, 0: 4}[version]
    table = (_MPEG1_LAYER3_KBPS if layer3 else _MPEG1_LAYER2_KBPS) if mpeg1 else _MPEG2_LAYER3_KBPS
    bytes_per_slot_rate = 144_000 if mpeg1 or not layer3 else 72_000
    return bytes_per_slot_rate * table[bits_index] // rate_hz + padding


def _adts_frame_bytes(header: bytes) -> int:
    """Bytes of an ADTS frame; 0 where the header is none."""
    if len(header) < _ADTS_HEADER_BYTES or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return 0
    if header[2] >> 2 & 0xF > 12:
        return 0
    size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return size if size > _ADTS_HEADER_BYTES else 0
