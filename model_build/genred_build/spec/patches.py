"""What the student reads at once of a window of five seconds."""

from __future__ import annotations

from genred.analysis.model_card import Patches

STUDENT_PATCHES = Patches(frames=64, hop_frames=43, count=4)
"""Four patches of a second and a half, a second apart: each is read once, where windows are a second apart."""
