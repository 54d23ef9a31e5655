"""The formats that a server may send, as FFmpeg is told to read them, and how their first bytes look."""

from __future__ import annotations

STREAM_FORMATS = "mp3,aac,loas,ogg,flac,mpegts,mov,wav,aiff,au,matroska,asf,ac3,eac3"
"""FFmpeg's demuxers that a server may choose by what it sends; none of them opens other addresses by itself."""

OPEN_OPTIONS = {
    "probesize": "65536",  # bytes; what Icecast sends at once
    "analyzeduration": "1000000",  # microseconds; the default of five seconds is five seconds of waiting
    "format_whitelist": STREAM_FORMATS,
    "protocol_whitelist": "none",
}

SYNCED_PROBE_BYTES = "4096"
"""What FFmpeg needs to see of a stream whose format is known and that begins with a frame."""

_MAGIC = (b"OggS", b"fLaC", b"ID3", b"RIFF", b"FORM", b".snd", b"\x1a\x45\xdf\xa3", b"\x30\x26\xb2\x75")
_TS_PACKET_BYTES = 188
_TS_SYNC = 0x47


def is_container(head: bytes) -> bool:
    """Whether the first bytes are those of a file or a container, in which frames need not be looked for."""
    if head.startswith(_MAGIC) or head[4:8] == b"ftyp":
        return True
    return len(head) > _TS_PACKET_BYTES and head[0] == head[_TS_PACKET_BYTES] == _TS_SYNC
