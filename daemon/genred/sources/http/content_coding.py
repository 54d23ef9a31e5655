"""Bodies that were compressed for the way, as servers send them that were not asked to."""

from __future__ import annotations

import zlib

GZIP_MAGIC = b"\x1f\x8b\x08"
"""RFC 1952: two bytes of identification, and deflate, the only method there is. No audio begins so."""

SNIFF_BYTES = 16
"""Of a body's beginning, what is needed to tell: deflate has no magic, but text and audio soon are none."""

MAX_EXPANSION = 200
"""Playlists shrink to a thirtieth, audio hardly; a body that grows more than this is made to fill memory or time."""

_UNJUDGED_BYTES = 65_536
"""So much may come out of anything."""

_GZIP = 16 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class ExpansionError(ValueError):
    """Far more came out than any honest body holds."""


class Inflater:
    """Decompresses gzip or deflate, as much at a time as is asked for.

    Args:
        wbits: Of zlib: which form it is.

    Attributes:
        ended: Whether nothing of what may still come counts.
    """

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._stream: zlib._Decompress | None = zlib.decompressobj(wbits)
        self._pending = b""
        self._taken_bytes = 0
        self._given_bytes = 0
        self.ended = False

    def push(self, data: bytes) -> None:
        """Takes the next bytes as they came."""
        if not self.ended:
            self._taken_bytes += len(data)
            self._pending += data

    def take(self, size: int) -> bytes:
        """Gives up to `size` bytes; nothing where more must come first, or after the end.

        Raises:
            ExpansionError: It grows beyond all measure.
            zlib.error: It is damaged.
        """
        while self._pending and self._has_member():
            assert self._stream is not None  # noqa: S101 - as `_has_member` says
            data = self._stream.decompress(self._pending, size)
            self._pending = self._stream.unconsumed_tail
            if self._stream.eof:
                self._pending, self._stream = self._stream.unused_data, None
            self._given_bytes += len(data)
            if self._given_bytes > _UNJUDGED_BYTES + MAX_EXPANSION * self._taken_bytes:
                raise ExpansionError(f"it grows to more than {MAX_EXPANSION} times its length")
            if data:
                return data
        return b""

    def _has_member(self) -> bool:
        """Whether there is something to decompress: members may follow one another, or padding (RFC 1952, 2.2)."""
        if self._stream is not None:
            return True
        if len(self._pending) < len(GZIP_MAGIC):
            return False
        if self._wbits == _GZIP and self._pending.startswith(GZIP_MAGIC):
            self._stream = zlib.decompressobj(_GZIP)
            return True
        self.ended, self._pending = True, b""
        return False


def inflater_for(start: bytes, coding: str) -> Inflater | None:
    """Gives what decompresses a body, or None where it is to be taken as it is. The bytes decide.

    Args:
        start: Its first bytes, `SNIFF_BYTES` or all that there are.
        coding: What the server calls its coding, lower case.
    """
    if start.startswith(GZIP_MAGIC):
        return Inflater(_GZIP)
    if "deflate" not in coding or len(start) < 2:
        return None
    # RFC 9110 means zlib's format (RFC 1950); some servers send deflate alone (RFC 1951).
    has_header = start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    if has_header:
        return Inflater(zlib.MAX_WBITS)
    return Inflater(_RAW) if _is_deflate(start) else None


def _is_deflate(start: bytes) -> bool:
    try:
        zlib.decompressobj(_RAW).decompress(start)
    except zlib.error:
        return False
    return True
