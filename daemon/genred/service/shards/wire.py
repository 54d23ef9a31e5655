"""What goes through the pipe between the daemon and a shard: commands down, events up, as MessagePack.

Not pickle, which runs what it reads, and not JSON, since a network goes down and numbers come up as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from genred.analysis.model_card import ModelCard
from genred.config.schema import AnalysisConfig, RetryConfig
from genred.config.source_kinds import SOURCE_KINDS
from genred.events import Event
from genred.recording.settings import RecordingSettings

if TYPE_CHECKING:
    from genred.config.schema import SourceConfig

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""A network is half a megabyte; whoever trains a larger one has room."""


class _Message(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Its place in the tuple below tells what it is."""


class Begin(_Message, frozen=True):
    """The first one: what all stations of the process have in common.

    Attributes:
        run: Id of the daemon's start.
        log_level: Least level that is logged.
    """

    run: str
    log_level: int


class TakeModel(_Message, frozen=True):
    """A model that stations will name by its hash: as the daemon has read it, whatever becomes of its file."""

    card: ModelCard
    tflite: bytes
    path: str


class MakeStation(_Message, frozen=True):
    """Makes a station and starts it; its model has come before.

    Attributes:
        station: Its id.
        number: For the marker of what is at work.
        kind: The key of its source's kind.
        source: The section of its source.
        model: Hash of its network.
        recording: How it is recorded; None where it is not.
        measures_loudness: Whether its loudness is measured.
    """

    station: str
    number: int
    kind: str
    source: msgspec.Raw
    model: str
    analysis: AnalysisConfig
    retry: RetryConfig
    enabled: bool
    recording: RecordingSettings | None = None
    measures_loudness: bool = False


class SetEnabled(_Message, frozen=True):
    """See `Station.set_enabled`."""

    station: str
    enabled: bool


class SetRetry(_Message, frozen=True):
    """See `Station.set_retry`."""

    station: str
    retry: RetryConfig


class ResetStation(_Message, frozen=True):
    """See `Station.reset`."""

    station: str


class EndStations(_Message, frozen=True):
    """Ends stations together, and answers with `StationsEnded`."""

    stations: list[str]


class KeepModels(_Message, frozen=True):
    """Forgets all networks but these."""

    models: list[str]


class SetLogLevel(_Message, frozen=True):
    """Least level that is logged from now on."""

    log_level: int


Command = (
    Begin | TakeModel | MakeStation | SetEnabled | SetRetry | ResetStation | EndStations | KeepModels | SetLogLevel
)


class Published(_Message, frozen=True):
    """A station published an event."""

    event: Event


class StationsEnded(_Message, frozen=True):
    """These have ended; the others that were to end hang."""

    stations: list[str]


class Pulse(_Message, frozen=True):
    """The process lives, and so do all of its stations."""


Answer = Published | StationsEnded | Pulse

encode = msgspec.msgpack.Encoder().encode
"""Packs a message."""

decode_command = msgspec.msgpack.Decoder(Command).decode
"""Unpacks what the daemon sent."""

decode_answer = msgspec.msgpack.Decoder(Answer).decode
"""Unpacks what a shard sent."""


def pack_source(source: SourceConfig) -> dict[str, Any]:
    """Gives the two fields of `MakeStation` that say what a station listens to."""
    kind = next(key for key, section in SOURCE_KINDS.items() if isinstance(source, section))
    return {"kind": kind, "source": msgspec.Raw(encode(source))}


def unpack_source(made: MakeStation) -> SourceConfig:
    """Gives the section of a source as it was packed."""
    source: SourceConfig = msgspec.msgpack.decode(made.source, type=SOURCE_KINDS[made.kind])
    return source
