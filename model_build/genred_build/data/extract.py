"""Extraction: the daemon's own front end over every five-second segment of a data set, in parallel and resumable."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred.analysis.frontend import FrontEnd, FrontEndSpec
from genred.printable import printable
from genred_build.data.audio import read_recording
from genred_build.data.digests import digest_if_readable
from genred_build.data.features import ClipRecord, FeatureSet, load_features, save_features
from genred_build.data.file_names import text_of
from genred_build.errors import BuildError
from genred_build.npz import DAMAGED, write_npz
from genred_build.threads import one_blas_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.data.datasets import Clip, Dataset

FORMAT = 1
"""Counts up when segmenting or the stored arrays change, so that an older cache is not taken for valid."""

HIDDEN = "hidden, as its name begins with a dot"
"""Why a file was skipped that is not meant to be seen."""


def segment_starts(samples: int, spec: FrontEndSpec) -> tuple[list[int], int]:
    """Gives where whole segments start, and how many samples of a last short one there are.

    A last segment is kept when it still gives all frames: librosa's centred frames of it are the same as
    those of the segment padded with zeros to its full length.

    Args:
        samples: Length of a recording.
        spec: Its window is the segment; segments do not overlap.

    Returns:
        Start samples, and the length of a short last segment (0 when nothing longer than half a window is left).
    """
    window = spec.window_samples
    enough = (spec.frames - 1) * spec.hop_samples
    starts = list(range(0, samples - enough + 1, window))
    rest = samples - len(starts) * window
    return starts, rest if rest >= window // 2 else 0


def extract_clip(clip: Clip, file: str, spec: FrontEndSpec) -> tuple[ClipRecord, NDArray[np.float32]]:
    """Reads one file and gives its segments' features; a file that cannot be read gives none and says why."""
    record = ClipRecord(
        clip.clip_id, file, clip.label, clip.artist, clip.album, clip.group, digest=digest_if_readable(clip.path)
    )
    nothing = np.empty((0, *spec.shape), np.float32)
    if clip.hidden:
        return msgspec.structs.replace(record, error=HIDDEN), nothing
    try:
        recording = read_recording(clip.path)
    except BuildError as error:
        reason = printable(str(error).removeprefix(f"{clip.path}: "))
        return msgspec.structs.replace(record, error=reason), nothing
    starts, short = segment_starts(recording.samples.size, spec)
    dropped: tuple[str, ...] = ()
    if short:
        frames = 1 + short // spec.hop_samples
        first_s = len(starts) * spec.window_samples / spec.sample_rate_hz
        dropped = (f"segment {len(starts)} (from second {first_s:g}) has {frames} frames, not {spec.frames}",)
    front_end = FrontEnd(spec)
    padded = np.pad(recording.samples, (0, spec.window_samples))
    features = [front_end.extract(padded[start : start + spec.window_samples]) for start in starts]
    record = msgspec.structs.replace(
        record,
        pcm_md5=recording.pcm_md5,
        seconds=round(recording.seconds, 3),
        segments=tuple(range(len(starts))),
        dropped=dropped,
        error="" if starts else f"{recording.seconds:.1f} s long: shorter than a segment",
    )
    return record, np.stack(features) if features else nothing


def extract_dataset(
    dataset: Dataset,
    spec: FrontEndSpec,
    cache: Path,
    *,
    workers: int | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> FeatureSet:
    """Gives a data set's features, from the cache where it is still valid.

    Each clip's features are written when they are ready: a run that was killed goes on where it was. A clip
    counts as done when its bytes and the front end are those of the stored part.

    Args:
        dataset: What to read.
        spec: The front end.
        cache: Folder for `features.npz` and, while incomplete, the clips' parts.
        workers: Processes; as many as cores when left out.
        progress: Called with clips done, clips in all, and seconds of audio done.
    """
    cache.mkdir(parents=True, exist_ok=True)
    files = [text_of(clip.path.relative_to(dataset.root)) for clip in dataset.clips]
    digests = [digest_if_readable(clip.path) for clip in dataset.clips]
    fingerprint = _fingerprint(dataset, files, digests, spec)
    stored = cache / "features.npz"
    with suppress(BuildError):
        cached = load_features(stored)
        if cached.fingerprint == fingerprint:
            return cached
    parts = cache / "parts"
    parts.mkdir(exist_ok=True)
    keys = [_part_key(digest, spec) for digest in digests]
    jobs = [
        (clip, file, spec, parts / f"{key}.npz") for clip, file, key in zip(dataset.clips, files, keys, strict=True)
    ]
    results: list[tuple[ClipRecord, NDArray[np.float32]]] = []
    seconds = 0.0
    for done, result in enumerate(_map(jobs, workers), start=1):
        results.append(result)
        seconds += result[0].seconds
        if progress:
            progress(done, len(jobs), seconds)
    clip_of = np.repeat(np.arange(len(results)), [len(record.segments) for record, _ in results]).astype(np.int32)
    segment_of = np.array([number for record, _ in results for number in record.segments], np.int32)
    found = FeatureSet(
        dataset.name,
        dataset.labels,
        spec,
        tuple(record for record, _ in results),
        np.concatenate([features for _, features in results]),
        clip_of,
        segment_of,
        fingerprint,
        dataset.notes,
    )
    save_features(found, stored)
    for part in parts.iterdir():
        part.unlink()
    parts.rmdir()
    return found


_Job = tuple["Clip", str, FrontEndSpec, "Path"]


def _part_key(digest: str, spec: FrontEndSpec) -> str:
    return hashlib.blake2b(f"{FORMAT} {digest}".encode() + msgspec.json.encode(spec), digest_size=16).hexdigest()


def _fingerprint(dataset: Dataset, files: list[str], digests: list[str], spec: FrontEndSpec) -> str:
    listed = [
        (file, digest, clip.label, clip.artist, clip.album, clip.group)
        for clip, file, digest in zip(dataset.clips, files, digests, strict=True)
    ]
    return hashlib.blake2b(msgspec.json.encode((FORMAT, listed, spec)), digest_size=16).hexdigest()


def _map(jobs: list[_Job], workers: int | None) -> Iterator[tuple[ClipRecord, NDArray[np.float32]]]:
    count = min(workers or len(os.sched_getaffinity(0)), len(jobs))
    if count <= 1:
        yield from map(_extract_or_load, jobs)
        return
    # A fork of a process in which TensorFlow or a BLAS has started threads may hang.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=one_blas_thread) as pool:
        try:
            yield from pool.map(_extract_or_load, jobs, chunksize=2)
        except BrokenProcessPool as error:
            raise BuildError(
                "a process that read audio was killed, perhaps because memory ran out; the same command continues "
                "where it stopped, and --workers 1 shows at which file"
            ) from error


def _extract_or_load(job: _Job) -> tuple[ClipRecord, NDArray[np.float32]]:
    clip, file, spec, part = job
    if clip.hidden:
        # Not kept: a file of the same bytes may lie in plain sight.
        return extract_clip(clip, file, spec)
    if part.is_file():
        try:
            with np.load(part) as stored:
                record = msgspec.json.decode(stored["record"].tobytes(), type=ClipRecord)
                features = stored["features"]
        except DAMAGED:
            part.unlink(missing_ok=True)
        else:
            # The same bytes may lie there under another name, as duplicates do.
            named = msgspec.structs.replace(
                record,
                clip_id=clip.clip_id,
                file=file,
                label=clip.label,
                artist=clip.artist,
                album=clip.album,
                group=clip.group,
            )
            return named, features
    record, features = extract_clip(clip, file, spec)
    arrays: dict[str, NDArray[Any]] = {
        "record": np.frombuffer(msgspec.json.encode(record), np.uint8),
        "features": features,
    }
    write_npz(part, arrays, compress=False)
    return record, features
