"""Chained Ogg: a new logical stream begins with every title; each link is decoded as a stream of its own.

FFmpeg goes on over the links of a chain, but copies the comments at the first only and stumbles where a link
has another rate or codec. Ogg pages, RFC 3533: capture pattern `OggS`, 27 bytes, a segment table, the body.
"""

from __future__ import annotations

CAPTURE_PATTERN = b"OggS"
_HEADER_BYTES = 27
_FLAGS_AT = 5
_SEGMENTS_AT = 26
_FIRST_PAGE = 0x02


class OggChain:
    """Finds the places in a stream of bytes where one link ends and the next begins.

    A page that begins a logical stream, coming after a page that does not, begins a link.
    """

    def __init__(self) -> None:
        self._pending = b""
        self._in_link = False
        self._body_left = 0

    def push(self, data: bytes) -> list[bytes]:
        """Takes the next bytes.

        Returns:
            Bytes that are fit to be decoded, divided where a new link begins: the first part belongs to the link
            so far and may be empty. A page header that is not yet complete is kept for the next call.
        """
        parts = [bytearray()]
        data = self._pending + data
        self._pending = b""
        position = 0
        while position < len(data):
            if self._body_left:
                taken = data[position : position + self._body_left]
                parts[-1] += taken
                self._body_left -= len(taken)
                position += len(taken)
                continue
            start = data.find(CAPTURE_PATTERN, position)
            if start != position:
                # Garbage between pages is the demuxer's business, which resynchronises as we do here.
                end = start if start >= 0 else max(position, len(data) - len(CAPTURE_PATTERN) + 1)
                parts[-1] += data[position:end]
                position = end
                if start < 0:
                    self._pending = data[position:]
                    break
            header_bytes = self._header_bytes(data, position)
            if header_bytes is None:
                self._pending = data[position:]
                break
            if data[position + _FLAGS_AT] & _FIRST_PAGE:
                if self._in_link:
                    self._in_link = False
                    parts.append(bytearray())
            else:
                self._in_link = True
            table = data[position + _HEADER_BYTES : position + header_bytes]
            parts[-1] += data[position : position + header_bytes]
            self._body_left = sum(table)
            position += header_bytes
        return [bytes(part) for part in parts]

    @staticmethod
    def _header_bytes(data: bytes, position: int) -> int | None:
        if len(data) - position < _HEADER_BYTES:
            return None
        whole = _HEADER_BYTES + data[position + _SEGMENTS_AT]
        return whole if len(data) - position >= whole else None
