"""Slugs: the ids of nodes, stations and labels, as topics and entities have them."""

from __future__ import annotations

import re

SLUG_PATTERN = "[a-z0-9]+(_[a-z0-9]+)*"
"""A regular expression, without its ends."""

_SLUG = re.compile(SLUG_PATTERN)


def is_slug(text: str) -> bool:
    """Whether a text is one."""
    return _SLUG.fullmatch(text) is not None


def slug_of(text: str) -> str:
    """Gives the slug that a text is close to; empty where it has no ASCII letter or digit."""
    return "_".join(re.findall("[a-z0-9]+", text.lower()))
