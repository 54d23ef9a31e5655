"""Annotations of the configuration's fields: the plain type that a field holds, and the type that reads it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from genred.config.types.address import Broker, ListenAddress, ProxyUrl, Slug, Topic, Url
from genred.config.types.duration import Duration
from genred.config.types.encoding import TextEncoding
from genred.config.types.local_time import DaySpanText, TimeZoneName
from genred.config.types.path import FilePath, ModelName
from genred.config.types.secret import Secret, SecretText, SecretTexts
from genred.config.types.shares import Shares
from genred.config.types.size import Size
from genred.config.types.value import ValueType
from genred.config.types.word_list import WordList
from genred.day_span import DaySpan

_UP_TO_A_WEEK = Meta(
    gt=0, le=604_800, description="seconds, more than 0 and at most a week, such as 15, 250ms or 1h30m"
)

_UP_TO_A_CENTURY = Meta(ge=3_600, le=3_155_760_000, description="seconds, at least an hour, such as 12h, 42d or 1100d")

_MEGABYTE_AND_MORE = Meta(ge=10**6, le=10**15, description="bytes, at least a megabyte, such as 500MB or 2GB")

_PROCESSES = Annotated[
    Annotated[int, Meta(ge=1, le=64)] | Literal["auto"], Meta(description="a whole number from 1 to 64, or auto")
]

Seconds = Annotated[float, Duration(Annotated[float, _UP_TO_A_WEEK])]
StepSeconds = Annotated[float, Duration(Annotated[float, Meta(ge=0.1, le=60)])]
DwellSeconds = Annotated[float, Duration(Annotated[float, Meta(ge=0, le=600)])]
KeepaliveSeconds = Annotated[int, Duration(Annotated[int, Meta(ge=5, le=3_600)])]
AgeSeconds = Annotated[float, Duration(Annotated[float, _UP_TO_A_CENTURY])]
"""How long what is on disk is kept."""
DiskBytes = Annotated[int, Size(Annotated[int, _MEGABYTE_AND_MORE])]
Id = Annotated[str, Slug()]
HttpUrl = Annotated[str, Url()]
Proxy = Annotated[str, ProxyUrl()]
Encoding = Annotated[str, TextEncoding()]
Listen = Annotated[str, ListenAddress()]
BrokerText = Annotated[str, Broker()]
BaseTopic = Annotated[str, Topic()]
File = Annotated[str, FilePath()]
Model = Annotated[str, ModelName()]
Password = Annotated[Secret, SecretText()]
Processes = Annotated[int | Literal["auto"], ValueType(_PROCESSES)]
Share = Annotated[float, Meta(ge=0, le=1, description="a number from 0 to 1")]
Port = Annotated[int, Meta(ge=1, le=65_535, description="a port from 1 to 65535")]
Dbfs = Annotated[float, Meta(ge=-120, le=0, description="dBFS, from -120 to 0")]

# Of expectations and alerts.
ZoneName = Annotated[str, TimeZoneName()]
Between = Annotated[DaySpan, DaySpanText()]
GenreShares = Annotated[dict[str, float], Shares()]
Genres = Annotated[tuple[str, ...], WordList("metal, speech")]
Period = Annotated[
    float,
    Duration(Annotated[float, Meta(ge=5, le=2_678_400, description="5 seconds to 31 days, such as 20s, 5min or 1h")]),
]
RepeatSeconds = Annotated[
    float,
    Duration(Annotated[float, Meta(ge=60, le=2_678_400, description="a minute to 31 days, such as 6h")]),
]
AfterSeconds = Annotated[
    float, Duration(Annotated[float, Meta(ge=0, le=604_800, description="0 to a week, such as 30s or 5min")])
]
StationIds = Annotated[tuple[str, ...], WordList("kitchen, attic")]
Subjects = Annotated[
    tuple[str, ...], WordList("dead_air, offline", ("dead_air", "offline", "expectation", "log", "restart"))
]
Secrets = Annotated[tuple[Secret, ...], SecretTexts()]
