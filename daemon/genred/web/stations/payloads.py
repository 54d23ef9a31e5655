"""What is asked of and answered about the configuration's stations, as JSON."""

from __future__ import annotations

from typing import Literal

import msgspec

from genred.setup.step import CheckStep


class ConfiguredStation(msgspec.Struct, frozen=True):
    """A station of the configuration.

    Attributes:
        id: The key in `stations`.
        name: For people; empty where it is the id.
        source: As it can be written in one word, passwords masked; empty where it takes more than a word.
        kind: What can be changed from the page.
    """

    id: str
    name: str
    source: str
    kind: Literal["stream", "soundcard", "other"]


class StationEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a station is to be.

    Attributes:
        source: Address of a stream, `soundcard` or `soundcard:NAME`; what was shown means what is there.
        name: For people.
        anyway: Whether it is kept though it could not be tried with success.
    """

    source: str
    name: str
    anyway: bool = False


class Trial(msgspec.Struct, frozen=True):
    """What came of trying a source.

    Attributes:
        works: Whether it opened and something was to be heard.
        steps: One after the other.
    """

    works: bool
    steps: list[CheckStep]


class Saved(msgspec.Struct, frozen=True):
    """What came of a change.

    Attributes:
        id: Of the station.
        note: What is left to do; empty where the daemon has taken it.
    """

    id: str
    note: str


class SoundcardChoice(msgspec.Struct, frozen=True):
    """A device that can capture.

    Attributes:
        name: As ALSA has it.
        channels: How many it has.
    """

    name: str
    channels: int


class SourceToTry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source, as in `StationEdit`."""

    source: str
