from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from genred.sources.stream.ogg_chain import OggChain
from tests.sources import sounds


def split(data: bytes, sizes: list[int]) -> list[bytes]:
    chain = OggChain()
    links = [b""]
    position = index = 0
    while position < len(data):
        size = sizes[index % len(sizes)]
        first, *others = chain.push(data[position : position + size])
        links[-1] += first
        links += others
        position, index = position + size, index + 1
    return links


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 5_000), min_size=1, max_size=5))
def test_a_chain_is_divided_at_its_links_whatever_the_pieces(sizes: list[int]) -> None:
    one, two = (
        sounds.encoded(sounds.OGG_VORBIS, 2.0, tags=(("title", "One"),)),
        sounds.encoded(sounds.OGG_OPUS, 2.0, rate_hz=48_000, tags=(("title", "Two"),)),
    )
    assert split(one + two + one, sizes) == [one, two, one]


@given(st.binary(max_size=2_000), st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_garbage_goes_through_but_for_an_unfinished_page_header(data: bytes, sizes: list[int]) -> None:
    assert data.startswith(b"".join(split(data, sizes)))


def test_garbage_between_links_is_left_to_the_demuxer() -> None:
    one = sounds.encoded(sounds.OGG_VORBIS, 2.0)
    assert split(one + b"garbage!" * 20 + one, [700]) == [one + b"garbage!" * 20, one]
