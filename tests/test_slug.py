"""Ids of a-z, 0-9 and single underscores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.slug import is_slug, slug_of


@pytest.mark.parametrize("text", ["a", "night_radio", "1live", "a_b_c"])
def test_slugs(text: str) -> None:
    assert is_slug(text)
    assert slug_of(text) == text


@pytest.mark.parametrize("text", ["", "_a", "a_", "a__b", "A", "a-b", "ö", "a\n"])
def test_no_slugs(text: str) -> None:
    assert not is_slug(text)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Radio Paradise!", "radio_paradise"),
        ("  Ö1 ", "o1"),
        ("Küche", "kuche"),
        ("Straße", "strasse"),
        ("Østfold", "ostfold"),
        ("Radio Zürich – 80er", "radio_zurich_80er"),
        ("电台", ""),
    ],
)
def test_a_name_suggests_one(text: str, slug: str) -> None:
    assert slug_of(text) == slug


@given(st.text())
def test_what_is_suggested_is_a_slug_or_nothing(text: str) -> None:
    assert slug_of(text) == "" or is_slug(slug_of(text))
