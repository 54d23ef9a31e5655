"""The published fault-filtered split of GTZAN: 443 clips to train, 197 to validate, 290 to test.

Source: C. Kereliuk, B. L. Sturm, J. Larsen, "Deep learning and music adversaries", IEEE Transactions on
Multimedia, 2015. The lists are given as files of clip names, one a line.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from genred_build.errors import BuildError

if TYPE_CHECKING:
    from genred_build.data.features import FeatureSet

_FILES = ("filtered_train.txt", "filtered_valid.txt", "filtered_test.txt")


def read_published_lists(features: FeatureSet, folder: Path | None) -> tuple[dict[str, int], list[str]]:
    """Reads the three lists.

    Args:
        features: Whose clips are looked up.
        folder: Where the lists lie.

    Returns:
        The part of each listed clip that is in the data set (0 train, 1 validation, 2 test), and notes on those
        that are not.

    Raises:
        BuildError: A list is missing, or names a clip of another list.
    """
    if folder is None:
        raise BuildError(f"this split needs the published lists {', '.join(_FILES)}: give the folder with --lists")
    known = {clip.clip_id for clip in features.clips if clip.segments}
    part_of: dict[str, int] = {}
    notes = []
    for part, name in enumerate(_FILES):
        try:
            lines = (folder / name).read_text(encoding="utf-8").split()
        except OSError as error:
            raise BuildError(f"{folder / name}: cannot be read: {error.strerror}") from error
        ids = [PurePosixPath(line).name.removesuffix(".wav").removesuffix(".au") for line in lines]
        twice = [clip_id for clip_id in ids if clip_id in part_of]
        if twice:
            raise BuildError(f"{folder / name}: {twice[0]} is also in another list")
        present = [clip_id for clip_id in ids if clip_id in known]
        part_of |= dict.fromkeys(present, part)
        missing = sorted(set(ids) - known)
        if missing:
            named = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
            notes.append(f"{name}: {len(missing)} of {len(ids)} clips are not in the data set or unreadable ({named})")
    return part_of, notes
