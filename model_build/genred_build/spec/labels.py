"""The labels of the student, in the order of its outputs."""

from __future__ import annotations

LABELS = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock", "speech")
"""Words of the student's outputs, in its order."""

SPEECH = LABELS.index("speech")
"""The last of them; those before it are the genres."""

MUSIC = tuple(range(len(LABELS) - 1))
"""Labels of genres."""
