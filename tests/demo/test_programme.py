"""The programme gives each style the time that a model needs to be sure of it."""

from __future__ import annotations

import pytest

from genred.demo.programme import STYLE_S, STYLES, DemoProgramme


@pytest.mark.parametrize(
    ("seconds", "count"), [(1.0, 1), (20.0, 1), (30.0, 2), (59.0, 3), (60.0, len(STYLES)), (600.0, len(STYLES))]
)
def test_a_short_programme_has_fewer_styles(seconds: float, count: int) -> None:
    programme = DemoProgramme(seconds)
    assert programme.styles == tuple(STYLES)[:count]
    assert count == 1 or seconds / count >= STYLE_S
