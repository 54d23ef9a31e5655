"""Features of a data set as one value, and the archive that keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred.analysis.frontend import FrontEndSpec
from genred_build.errors import BuildError
from genred_build.npz import DAMAGED, write_npz

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class ClipRecord(msgspec.Struct, frozen=True):
    """What reading one file gave.

    Attributes:
        digest: BLAKE2 of the file's bytes.
        pcm_md5: Of the decoded samples; empty when the file could not be read.
        segments: Numbers of the segments that were kept.
        dropped: One line for each segment that was not kept.
        error: Why the file was skipped; empty when it was not.
    """

    clip_id: str
    file: str
    label: str
    artist: str
    album: str
    group: str
    digest: str
    pcm_md5: str = ""
    seconds: float = 0.0
    segments: tuple[int, ...] = ()
    dropped: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Every usable segment of a data set.

    Attributes:
        name: The data set's.
        labels: Sorted words; `label_of` indexes them.
        clips: All that was found, those skipped among them; `clip_of` indexes them.
        features: (segments, *spec.shape) float32.
        clip_of: (segments,) int32.
        segment_of: (segments,) int32: the segment's number in its clip.
        fingerprint: Of the files' bytes, the manifest's columns and the front end.
        notes: What opening the data set reported.
    """

    name: str
    labels: tuple[str, ...]
    spec: FrontEndSpec
    clips: tuple[ClipRecord, ...]
    features: NDArray[np.float32]
    clip_of: NDArray[np.int32]
    segment_of: NDArray[np.int32]
    fingerprint: str
    notes: tuple[str, ...] = ()

    @property
    def label_of(self) -> NDArray[np.int32]:
        """(segments,) int32, indices into `labels`."""
        of_clip = np.array([self.labels.index(clip.label) for clip in self.clips], np.int32)
        return of_clip[self.clip_of]


def save_features(features: FeatureSet, path: Path) -> None:
    """Writes a compressed npz: `features`, `clip`, `segment`, and everything else as JSON in `meta`."""
    meta = msgspec.json.encode(
        {
            "name": features.name,
            "labels": features.labels,
            "spec": features.spec,
            "clips": features.clips,
            "fingerprint": features.fingerprint,
            "notes": features.notes,
        }
    )
    arrays: dict[str, NDArray[Any]] = {
        "features": features.features,
        "clip": features.clip_of,
        "segment": features.segment_of,
        "meta": np.frombuffer(meta, np.uint8),
    }
    write_npz(path, arrays)


def load_features(path: Path) -> FeatureSet:
    """Reads what `save_features` wrote.

    Raises:
        BuildError: It is missing or damaged.
    """
    try:
        with np.load(path) as stored:
            meta = msgspec.json.decode(stored["meta"].tobytes(), type=_Meta)
            return FeatureSet(
                meta.name,
                meta.labels,
                meta.spec,
                meta.clips,
                stored["features"],
                stored["clip"],
                stored["segment"],
                meta.fingerprint,
                meta.notes,
            )
    except DAMAGED as error:
        raise BuildError(f"{path}: the features cannot be read ({error}); run `genred-build prepare` again") from error


class _Meta(msgspec.Struct, frozen=True):
    name: str
    labels: tuple[str, ...]
    spec: FrontEndSpec
    clips: tuple[ClipRecord, ...]
    fingerprint: str
    notes: tuple[str, ...]
