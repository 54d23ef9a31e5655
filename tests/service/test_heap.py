"""The heap's setting is taken by this machine's C library, and can be asked for again."""

from __future__ import annotations

import ctypes

from genred.service.heap import share_one_arena


def test_it_is_harmless_and_taken() -> None:
    share_one_arena()
    share_one_arena()
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    assert mallopt is None or mallopt(-8, 1) == 1
