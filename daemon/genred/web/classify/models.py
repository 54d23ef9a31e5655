"""The models to choose from, each with what it has been measured to get right."""

from __future__ import annotations

from functools import cache

from genred.analysis.bundle import DEFAULT_MODEL, load_bundle, shipped_models

_METRIC = "balanced accuracy"
"""Every genre counts the same."""

_DEGRADED = "through"
"""How the cards call clips that went through a codec, a telephone, noise or a room."""

_ENOUGH_CLIPS = 100


@cache
def model_choices() -> tuple[tuple[str, str], ...]:
    """Gives (text, name) of each shipped model, the default first."""
    names = sorted(shipped_models(), key=lambda name: (name != DEFAULT_MODEL, name))
    return tuple((f"{name}: {honest_accuracy(name)}", name) for name in names)


def honest_accuracy(name: str) -> str:
    """Says what share of clips of artists that it does not know a model gets right, as its card has it.

    The least of what its card says of undegraded clips, where there are enough of them; never a figure for which
    segments of one song stood on both sides of the split.
    """
    figures = [
        each
        for each in load_bundle(name).card.evaluations
        if not each.leaky and each.unit == "clip" and each.metric == _METRIC and _DEGRADED not in each.how
    ]
    if not figures:
        return "not measured on unknown artists"
    enough = [each for each in figures if each.count >= _ENOUGH_CLIPS] or figures
    least = min(enough, key=lambda each: each.value)
    return (
        f"right on {least.value:.0%} of songs by unknown artists "
        f"({least.low:.0%} to {least.high:.0%}; {least.count:,} clips)"
    )
