"""All windows of a recording, as few bytes as they need."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.estimate import Estimate, Level, State
from genred.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOW, _SILENT, _SCORED = 1, 2, 4
_FIELDS = (("end", "<i8"), ("evidence", "<f8"), ("level", "<f4"), ("flags", "u1"))


@dataclass(frozen=True, slots=True)
class RecordedWindow:
    """A window of a recording.

    Attributes:
        estimate: As `FileClassifier` has it, as far as a timeline needs it; of its state only whether it is silence.
        end_s: Its end, from the beginning of the recording, whose own end may come before.
    """

    estimate: Estimate
    end_s: float


class WindowsWriter:
    """Gathers windows.

    Args:
        labels: How many labels the network has.
    """

    def __init__(self, labels: int) -> None:
        self._labels = labels
        self._rows: list[bytes] = []
        self._dtype = _dtype(labels)

    def add(self, estimate: Estimate) -> None:
        """Takes the next window."""
        probabilities = estimate.window_probabilities
        flags = (
            _LOW * estimate.is_low
            | _SILENT * (estimate.state is State.SILENCE)
            | (_SCORED if probabilities is not None else 0)
        )
        row = np.array(
            (
                round(estimate.position_s * SAMPLE_RATE_HZ),
                estimate.evidence,
                estimate.level.rms_dbfs,
                flags,
                (0.0,) * self._labels if probabilities is None else probabilities,
            ),
            self._dtype,
        )
        self._rows.append(row.tobytes())

    def packed(self) -> bytes:
        """Gives all of them; column by column, they compress best."""
        rows = np.frombuffer(b"".join(self._rows), self._dtype)
        return zlib.compress(b"".join(np.ascontiguousarray(rows[name]).tobytes() for name in self._dtype.names or ()))


def unpacked(packed: bytes, labels: int) -> Iterator[RecordedWindow]:
    """Gives the windows that `WindowsWriter` has packed.

    Raises:
        ValueError: They are of another number of labels, or damaged.
        zlib.error: They are damaged.
    """
    dtype, raw = _dtype(labels), zlib.decompress(packed)
    count, rest = divmod(len(raw), dtype.itemsize)
    if rest:
        raise ValueError("these are no windows of so many labels")
    columns, position = {}, 0
    for name, form in (*_FIELDS, ("probabilities", "<f4")):
        size = count * np.dtype(form).itemsize * (labels if name == "probabilities" else 1)
        columns[name] = np.frombuffer(raw[position : position + size], form)
        position += size
    shares = columns["probabilities"].reshape(count, labels).astype(np.float64)
    ends, evidences, levels, flags = (columns[name].tolist() for name, _ in _FIELDS)
    for index in range(count):
        flag = flags[index]
        yield RecordedWindow(
            Estimate(
                position_s=ends[index] / SAMPLE_RATE_HZ,
                state=State.SILENCE if flag & _SILENT else State.UNCERTAIN,
                genre=None,
                confidence=0.0,
                probabilities=(),
                window_probabilities=tuple(shares[index].tolist()) if flag & _SCORED else None,
                level=Level(levels[index], levels[index], 0.0),
                is_low=bool(flag & _LOW),
                evidence=evidences[index],
            ),
            ends[index] / SAMPLE_RATE_HZ,
        )


def _dtype(labels: int) -> np.dtype[np.void]:
    return np.dtype([*_FIELDS, ("probabilities", "<f4", (labels,))])
