"""What somebody may have meant who wrote a word that there is not."""

from __future__ import annotations


def did_you_mean(word: object, known: list[str]) -> str:
    """The known word that a misspelt one is close to, as the end of a message; empty where there is none."""
    import difflib  # noqa: PLC0415 - who makes no mistake need not wait for it

    close = difflib.get_close_matches(str(word), known, n=1)
    return f", did you mean {close[0]!r}?" if close else ""
