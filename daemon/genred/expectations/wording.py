"""What an expectation is called: by machines, and by people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.duration_text import units_text
from genred.slug import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from genred.config.schema import ExpectationConfig

_MOST_ID_CHARACTERS = 60


def identify(items: Iterable[ExpectationConfig]) -> list[str]:
    """Gives the id of each expectation of a station: its own, or one made of what is expected."""
    items = list(items)
    taken = {item.id for item in items if item.id is not None}
    ids = []
    for item in items:
        if item.id is not None:
            ids.append(item.id)
            continue
        base = _id_of(item)
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        ids.append(name)
    return ids


def describe(item: ExpectationConfig) -> str:
    """Says what is expected, such as `at least 70 % classical over 1 h`."""
    if item.share is not None:
        text = f"at least {_shares(item.share)}"
    elif item.share_at_most is not None:
        text = f"at most {_shares(item.share_at_most)}"
    elif item.silence_at_most_s is not None:
        text = f"no silence for more than {units_text(item.silence_at_most_s)}"
    elif item.not_ is not None:
        text = f"no {' or '.join(item.not_)}"
    else:
        text = f"nothing but {_listed(item.only or ())}"
    if item.for_s is not None:
        text += f" for {units_text(item.for_s)}"
    if item.over_s is not None:
        text += f" over {units_text(item.over_s)}"
    return text if item.between is None else f"{text}, {item.between}"


def _id_of(item: ExpectationConfig) -> str:
    if item.silence_at_most_s is not None:
        words = "silence"
    else:
        kind = (
            "share"
            if item.share is not None
            else "share_at_most"
            if item.share_at_most is not None
            else "not"
            if item.not_ is not None
            else "only"
        )
        words = " ".join([kind, *item.genres])
    name = slug_of(words)[:_MOST_ID_CHARACTERS].rstrip("_")
    return name if item.between is None else f"{name}_{slug_of(str(item.between).replace(':', ''))}"


def _shares(shares: Mapping[str, float]) -> str:
    return _listed([f"{share * 100:.4g} % {genre}" for genre, share in shares.items()])


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
