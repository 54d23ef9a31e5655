"""What an output must know of a station before it has said anything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExpectationProfile:
    """The constant part of what is expected of a station.

    Attributes:
        id: Unique within the station, a slug.
        name: For people.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class StationProfile:
    """The constant part of a station.

    Attributes:
        id: The key in the configuration, a slug.
        name: For people; the id where the configuration gives none.
        labels: Every genre its model knows, in the bundle's order.
        model: Name of the model bundle.
        source_label: Where its audio comes from, for people; passwords masked.
        enabled: Whether it is meant to listen now.
        model_sha256: Of the network; empty where it is not known.
        time_zone: IANA name of where its day begins; None for the machine's own.
        expectations: What is expected of it.
        measures_loudness: Whether its loudness is measured.
        is_recorded: Whether its sound is meant to be recorded.
    """

    id: str
    name: str
    labels: tuple[str, ...]
    model: str
    source_label: str
    enabled: bool = True
    model_sha256: str = ""
    time_zone: str | None = None
    expectations: tuple[ExpectationProfile, ...] = ()
    measures_loudness: bool = False
    is_recorded: bool = False
