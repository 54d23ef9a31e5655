"""What preparing found, as a table: what was read, skipped, dropped, and why. Nothing goes silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred_build.data.catalogue import UNREADABLE, known_faults
from genred_build.data.extract import HIDDEN
from genred_build.data.groups import exact_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred_build.data.features import FeatureSet


def prepare_table(features: FeatureSet) -> str:
    """Gives the table that `prepare` ends with, plain text."""
    lines = [f"{'label':<14}{'files':>7}{'read':>7}{'skipped':>9}{'minutes':>9}{'segments':>10}{'dropped':>9}"]
    rows = [(label, [clip for clip in features.clips if clip.label == label]) for label in features.labels]
    rows.append(("all", list(features.clips)))
    for label, clips in rows:
        read = [clip for clip in clips if not clip.error]
        lines.append(
            f"{label:<14}{len(clips):>7}{len(read):>7}{len(clips) - len(read):>9}"
            f"{sum(clip.seconds for clip in read) / 60:>9.1f}{sum(len(clip.segments) for clip in clips):>10}"
            f"{sum(len(clip.dropped) for clip in clips):>9}"
        )
    lines.append("")
    for clip in features.clips:
        if clip.error and clip.error != HIDDEN:
            known = UNREADABLE.get(clip.clip_id) if features.name == "gtzan" else None
            lines.append(f"skipped   {clip.file}: {clip.error}" + (f" (known: {known})" if known else ""))
    lines += _hidden_lines(features)
    lines += [f"dropped   {clip.file}: {reason}" for clip in features.clips for reason in clip.dropped]
    label_of = {clip.clip_id: clip.label for clip in features.clips}
    for ids in exact_duplicates(features):
        crossing = " (under different labels)" if len({label_of[clip_id] for clip_id in ids}) > 1 else ""
        lines.append(f"duplicate {' = '.join(ids)}{crossing}: equal samples, kept on one side of any split")
    if features.name == "gtzan":
        present = frozenset(clip.clip_id for clip in features.clips)
        lines += [f"catalogue {line}" for line in known_faults(present)]
    lines += [f"note      {note}" for note in features.notes]
    artists = sum(bool(clip.artist) for clip in features.clips)
    lines.append(f"note      artist known for {artists} of {len(features.clips)} files; others are grouped by song")
    return "\n".join(lines)


def _hidden_lines(features: FeatureSet) -> Iterator[str]:
    """One line a label: a folder that was copied by a Mac has as many hidden files as others."""
    for label in features.labels:
        hidden = [clip.file for clip in features.clips if clip.error == HIDDEN and clip.label == label]
        if hidden:
            more = f" and {len(hidden) - 1} more of {label}" if len(hidden) > 1 else ""
            yield f"skipped   {hidden[0]}{more}: {HIDDEN}"
