"""Whether what is expected of a station can be told by its model and its analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.config.types.suggestion import did_you_mean
from genred.expectations.on_air import MUSIC, SILENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from genred.config.schema import AnalysisConfig, ExpectationConfig

_NO_ANSWERS = frozenset({State.UNCERTAIN.value, State.OFFLINE.value})


def expectation_faults(
    items: Sequence[ExpectationConfig], labels: Sequence[str], model: str, analysis: AnalysisConfig
) -> Iterator[str]:
    """Finds what can never be told.

    Args:
        items: What is expected of one station.
        labels: Of its model.
        model: Name of the model, for messages.
        analysis: Of the station.

    Yields:
        A fault each, beginning with the key.
    """
    known = [*labels, MUSIC, SILENCE]
    for number, item in enumerate(items, 1):
        for genre in item.genres:
            if genre in _NO_ANSWERS:
                yield f"expect item {number}: {genre} is no genre: time in which a station is so counts for nothing"
            elif genre not in known:
                allowed = ", ".join(dict.fromkeys(known))
                yield (
                    f"expect item {number}: the model {model} does not know {genre!r}{did_you_mean(genre, known)}; "
                    f"it knows {allowed}"
                )
        least_s = analysis.silence.start_s
        if item.silence_at_most_s is not None and item.silence_at_most_s < least_s:
            yield (
                f"expect item {number}: silence_at_most {item.silence_at_most_s:g} s cannot be told, since dead air is "
                f"known of after analysis.silence.start_s, {least_s:g} s"
            )
