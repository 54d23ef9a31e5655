"""All windows of a recording, as few bytes as they need."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.estimate import Estimate, Level, State
from genred.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOW, _SILENT, _SCORED = 1, 2, 4
_CHANGED, _MOST_CHANGED = 8, 31
"""The flags' upper bits: steps since a change of the level within a first window."""
_LENGTH = struct.Struct("<I")
_PIECE_WINDOWS = 600
"""Packed at once, and unpacked: ten minutes, so that hours take no more memory than what they are packed to."""

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
        self._pieces: list[bytes] = []
        self._dtype = _dtype(labels)

    def add(self, estimate: Estimate) -> None:
        """Takes the next window."""
        probabilities = estimate.window_probabilities
        flags = (
            _LOW * estimate.is_low
            | _SILENT * (estimate.state is State.SILENCE)
            | (_SCORED if probabilities is not None else 0)
            | _CHANGED * min(estimate.changed_steps, _MOST_CHANGED)
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
        if len(self._rows) == _PIECE_WINDOWS:
            self._pack()

    def packed(self) -> bytes:
        """Gives all of them."""
        self._pack()
        return b"".join(self._pieces)

    def _pack(self) -> None:
        """Packs what has gathered; column by column, windows compress best."""
        rows = np.frombuffer(b"".join(self._rows), self._dtype)
        self._rows.clear()
        if rows.size:
            columns = (np.ascontiguousarray(rows[name]).tobytes() for name in self._dtype.names or ())
            piece = zlib.compress(b"".join(columns))
            self._pieces.append(_LENGTH.pack(len(piece)) + piece)


def unpacked(packed: bytes, labels: int) -> Iterator[RecordedWindow]:
    """Gives the windows that `WindowsWriter` has packed, a piece of them at a time.

    Raises:
        ValueError: They are of another number of labels, or damaged.
        zlib.error: They are damaged.
    """
    position = 0
    while position < len(packed):
        (size,) = _LENGTH.unpack_from(packed, position)
        position += _LENGTH.size + size
        yield from _unpacked_piece(zlib.decompress(packed[position - size : position]), labels)


def _unpacked_piece(raw: bytes, labels: int) -> Iterator[RecordedWindow]:
    dtype = _dtype(labels)
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
                changed_steps=flag // _CHANGED,
                evidence=evidences[index],
            ),
            ends[index] / SAMPLE_RATE_HZ,
        )


def _dtype(labels: int) -> np.dtype[np.void]:
    return np.dtype([*_FIELDS, ("probabilities", "<f4", (labels,))])
