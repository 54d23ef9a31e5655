"""The original project's data file: one JSON object with `mapping`, `labels` and `mfcc`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from genred_build.data.features import FeatureSet


def write_original_json(features: FeatureSet, path: Path) -> None:
    """Writes features as the original's `data.json`.

    Args:
        features: Of any front end; their name in the file is `mfcc` all the same.
        path: The file; hundreds of megabytes for all of GTZAN, so it is written segment by segment.
    """
    with path.open("w", encoding="utf-8") as out:
        out.write('{"mapping": ' + json.dumps(list(features.labels)))
        out.write(', "labels": ' + json.dumps(features.label_of.tolist()))
        out.write(', "mfcc": [')
        for index, segment in enumerate(features.features):
            out.write((", " if index else "") + json.dumps(segment.astype(float).round(6).tolist()))
        out.write("]}\n")
