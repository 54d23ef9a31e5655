"""A recorder without its thread, whose time stands still until a test lets it go on, and what it wrote."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import av
import numpy as np

from genred.recording.recorder import Recorder
from genred.recording.settings import RecordingSettings
from genred.sources.decode import AudioDecoder
from genred.sources.resample import BlockResampler
from genred.sources.source import Meter
from genred.sources.stream.elementary import ElementaryDecoder
from tests.stations.virtual import EPOCH, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.events import Event
    from genred.recording.recorder import StationTap
    from genred.sources.tap import PacketForm

T = TypeVar("T")


def seconds_of(at: datetime) -> float:
    """The virtual clock's monotonic time of a wall time."""
    return (at - EPOCH) / timedelta(seconds=1)


class Kept:
    """A tap that keeps what a source gives: packets of one form, each with its seconds."""

    def __init__(self) -> None:
        self.forms: list[PacketForm] = []
        self.all: list[tuple[PacketForm, bytes, float]] = []
        self.lost_s = 0.0

    def packets(self, form: PacketForm, packets: Sequence[tuple[bytes, float]]) -> None:
        if form not in self.forms:
            self.forms.append(form)
        self.all += [(form, data, seconds) for data, seconds in packets]

    def samples(self, samples: NDArray[Any], rate_hz: int, channels: int) -> None:
        raise AssertionError("packets were expected")

    def lose(self, seconds: float) -> None:
        self.lost_s += seconds

    def end(self, cause: object) -> None:
        raise AssertionError("no session ends here")


def packets_of(data: bytes, form: str | None = None) -> Kept:
    """The packets that a source would give of some bytes: `mp3` and `aac` without a container, else of a file."""
    kept = Kept()
    meter = Meter(tap=kept)
    if form in {"mp3", "aac"}:
        decoder = ElementaryDecoder(form, meter, BlockResampler())
        for start in range(0, len(data), 4_096):
            decoder.push(data[start : start + 4_096])
    else:
        with av.open(io.BytesIO(data), "r") as container:
            for _ in AudioDecoder(container, "x", meter).items():
                pass
    assert kept.all
    return kept


@dataclass
class Rig:
    """See above.

    Attributes:
        events: In their order.
    """

    folder: Path
    clock: VirtualClock = field(default_factory=VirtualClock)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.clock)

    def add(self, station: str = "a", *, mode: str = "copy", reserve_bytes: int = 0) -> StationTap:
        settings = RecordingSettings(str(self.folder), reserve_bytes, mode, 32)  # type: ignore[arg-type]
        return self.recorder.add(station, settings, self.events.append)

    def play(self, tap: StationTap, kept: Kept, *, batch_s: float = 1.0) -> None:
        """Gives packets at the pace of time, as many at a time as come in `batch_s`, with a turn after each."""
        batch: list[tuple[bytes, float]] = []
        form = kept.all[0][0]
        for at, data, seconds in kept.all:
            if at is not form or sum(one for _, one in batch) >= batch_s:
                self._give(tap, form, batch)
                batch, form = [], at
            batch.append((data, seconds))
        self._give(tap, form, batch)

    def _give(self, tap: StationTap, form: PacketForm, batch: list[tuple[bytes, float]]) -> None:
        self.clock.advance(sum(seconds for _, seconds in batch))
        tap.packets(form, tuple(batch))
        self.recorder.turn()

    def end(self, tap: StationTap) -> None:
        tap.close()
        self.recorder.turn()

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.rglob("*.mka"))


@dataclass
class Read:
    """What a recording holds.

    Attributes:
        packets: Their bytes.
        starts_s: Of each, its time.
        samples: (n,) mono float32 of all that can be decoded.
    """

    codec: str
    packets: list[bytes]
    starts_s: list[float]
    samples: NDArray[np.float32]
    rate_hz: int
    tags: dict[str, str]

    @property
    def seconds(self) -> float:
        return self.samples.size / self.rate_hz


def read(path: Path | bytes) -> Read:
    """Demuxes and decodes a file, each packet of it without a fault."""
    source = io.BytesIO(path) if isinstance(path, bytes) else str(path)
    packets, starts_s, samples = [], [], []
    with av.open(source, "r") as container:
        stream = container.streams.audio[0]
        for packet in container.demux(stream):
            if packet.size:
                assert packet.pts is not None
                packets.append(bytes(packet))
                starts_s.append(float(packet.pts * packet.time_base))
            for frame in packet.decode():
                array = frame.to_ndarray().astype(np.float32)
                channels = frame.layout.nb_channels
                planar = array.shape[0] == channels
                samples.append(array.mean(axis=0) if planar else array.reshape(-1, channels).mean(axis=1))
        codec = stream.codec_context.codec.canonical_name
        rate_hz = stream.codec_context.sample_rate
        tags = dict(container.metadata)
    return Read(codec, packets, starts_s, np.concatenate(samples), rate_hz, tags)
