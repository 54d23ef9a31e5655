"""Which clips belong together: copies of one recording, excerpts of one song, songs of one artist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred_build.data.artists import artist_key
from genred_build.data.catalogue import REPETITIONS, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from numpy.typing import NDArray

    from genred_build.data.features import FeatureSet


def clip_groups(features: FeatureSet) -> NDArray[np.int64]:
    """Gives each clip the number of its group: equal PCM, the same song, or one recording by the catalogue."""
    return _united(features, [_recording_keys(features, index) for index in range(len(features.clips))])


def artist_groups(features: FeatureSet) -> NDArray[np.int64]:
    """Gives each clip the number of its group: as `clip_groups`, and whatever else is by the same artist.

    An unknown artist is nobody else's: such clips are grouped by song only.
    """
    keys = []
    for index, clip in enumerate(features.clips):
        artist = [("artist", artist_key(clip.artist))] if clip.artist else []
        keys.append([*_recording_keys(features, index), *artist])
    return _united(features, keys)


def exact_duplicates(features: FeatureSet) -> list[list[str]]:
    """Lists the ids of clips whose decoded samples are equal, in sets of two and more."""
    by_pcm: dict[str, list[str]] = {}
    for clip in features.clips:
        if clip.pcm_md5:
            by_pcm.setdefault(clip.pcm_md5, []).append(clip.clip_id)
    return [ids for ids in by_pcm.values() if len(ids) > 1]


def _recording_keys(features: FeatureSet, index: int) -> list[Hashable]:
    clip = features.clips[index]
    keys: list[Hashable] = [("clip", clip.clip_id)]
    if clip.pcm_md5:
        keys.append(("pcm", clip.pcm_md5))
    if clip.group:
        keys.append(("group", clip.group))
    if clip.album:
        keys.append(("album", artist_key(clip.artist), clip.album.casefold()))
    if features.name == "gtzan":
        keys += [("repetition", number) for number, ids in enumerate(REPETITIONS + VERSIONS) if clip.clip_id in ids]
    return keys


def _united(features: FeatureSet, keys: Iterable[Iterable[Hashable]]) -> NDArray[np.int64]:
    parent = list(range(len(features.clips)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first_with: dict[Hashable, int] = {}
    for index, own in enumerate(keys):
        for key in own:
            other = first_with.setdefault(key, index)
            parent[root(index)] = root(other)
    return np.array([root(index) for index in range(len(parent))], np.int64)
