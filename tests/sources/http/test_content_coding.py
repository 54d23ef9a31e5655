from __future__ import annotations

import contextlib
import gzip
import itertools
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.cause import Cause
from genred.errors import SourceError
from genred.sources.http.response import Response, read_all
from tests.sources.http.wire import later, wire

TEXT = b"".join(b"http://host/%d\n" % number for number in range(2_000))


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


FORMS = [
    ("gzip", gzip.compress(TEXT)),
    ("x-gzip", gzip.compress(TEXT)),
    ("", gzip.compress(TEXT)),
    ("identity", gzip.compress(TEXT)),
    ("deflate", zlib.compress(TEXT)),
    ("deflate", raw_deflate(TEXT)),
    ("gzip", gzip.compress(TEXT[:500]) + gzip.compress(TEXT[500:]) + b"\x00" * 100),
    ("gzip", TEXT),
    ("deflate", TEXT),
    ("br", TEXT),
]


def body(sent: bytes, coding: str, *, sizes: list[int], piece_bytes: int) -> bytes:
    response = Response(wire(sent, piece_bytes), "http://h/x", {"content-encoding": coding}, b"")
    size = itertools.cycle(sizes)
    return b"".join(iter(lambda: response.read(next(size), later, "late"), b""))


@pytest.mark.parametrize(("coding", "sent"), FORMS)
@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.integers(1, 5_000), min_size=1, max_size=5), piece_bytes=st.integers(1, 3_000))
def test_the_bytes_decide_how_a_body_is_read_and_any_pieces_give_the_same(
    coding: str, sent: bytes, sizes: list[int], piece_bytes: int
) -> None:
    assert body(sent, coding, sizes=sizes, piece_bytes=piece_bytes) == TEXT


@pytest.mark.parametrize("coding", ["", "gzip", "deflate"])
@given(data=st.binary(max_size=300))
def test_what_is_damaged_raises_no_other_error(coding: str, data: bytes) -> None:
    for sent in (data, b"\x1f\x8b\x08" + data, zlib.compress(b"x" * 50)[:6] + data):
        with contextlib.suppress(SourceError):
            body(sent, coding, sizes=[100], piece_bytes=64)


@pytest.mark.parametrize(
    ("coding", "sent"), [("gzip", gzip.compress(bytes(50 << 20))), ("deflate", zlib.compress(bytes(50 << 20)))]
)
def test_a_body_that_grows_beyond_measure_is_refused_before_it_has(coding: str, sent: bytes) -> None:
    response = Response(wire(sent), "http://h/x", {"content-encoding": coding}, b"")
    with pytest.raises(SourceError, match="times its length"):
        read_all(response, 20 << 20, 60.0)


def test_a_compressed_body_that_goes_on_for_ever_without_giving_anything_is_a_stall() -> None:
    response = Response(wire(b"\x1f\x8b\x08\x08" + bytes(6) + b"name" * 1_000_000), "http://h/x", {}, b"")
    with pytest.raises(SourceError, match="too late") as error:
        response.read(100, lambda: 0.0, "too late")
    assert error.value.cause is Cause.STALLED


def test_what_follows_a_compressed_body_is_not_waited_for() -> None:
    response = Response(wire(gzip.compress(b"all") + bytes(1_000_000), 20_000), "http://h/x", {}, b"")
    assert response.read(100, later, "late") == b"all"
    assert response.read(100, later, "late") == b""
