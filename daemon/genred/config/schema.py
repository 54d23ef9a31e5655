"""The configuration as types. Every default is here, in `source_kinds` or in `analysis_sections`, and only once.

Bounds stand in annotations, so that the reader can say what is allowed; checks across fields stand in
`__post_init__` and raise ValueError with the words for the user.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from genred.config.airplay_section import AirplayConfig
from genred.config.alert_sections import AlertConfig
from genred.config.analysis_sections import AnalysisConfig, ClippingConfig, SignalConfig, SilenceConfig, SmoothingConfig
from genred.config.annotations import (
    BaseTopic,
    BrokerText,
    File,
    Id,
    KeepaliveSeconds,
    Listen,
    Model,
    Password,
    Port,
    Processes,
    Seconds,
    ZoneName,
)
from genred.config.expectation_sections import ExpectationConfig
from genred.config.recording_sections import RecordingConfig, StationRecordingConfig
from genred.config.section import Section
from genred.config.source_kinds import (
    CommandSource,
    FileSource,
    PipeSource,
    SoundcardSource,
    SourceConfig,
    StreamSource,
)
from genred.config.types.suggestion import did_you_mean
from genred.config.web_section import WebConfig

__all__ = [  # with the sections of the other modules: who uses the schema need know no other
    "AirplayConfig",
    "AlertConfig",
    "AnalysisConfig",
    "ClippingConfig",
    "CommandSource",
    "Config",
    "ExpectationConfig",
    "FileSource",
    "HomeAssistantConfig",
    "LogConfig",
    "MetricsConfig",
    "MqttConfig",
    "PipeSource",
    "RecordingConfig",
    "RetryConfig",
    "SignalConfig",
    "SilenceConfig",
    "SmoothingConfig",
    "SoundcardSource",
    "SourceConfig",
    "StationConfig",
    "StationRecordingConfig",
    "StreamSource",
    "TlsConfig",
    "WebConfig",
]


MAX_EXPECTATIONS = 50
"""Of one station."""


class RetryConfig(Section, frozen=True):
    """How often a lost source is reopened; genred never gives up.

    Attributes:
        first_wait_s: Wait before the first new attempt; it doubles with each further attempt, with jitter.
        longest_wait_s: Longest wait between two attempts.
        settle_s: After this much audio, in one session or several, the waits start again from the first. Each sixth of
            it offsets one failure.
    """

    first_wait_s: Seconds = 1.0
    longest_wait_s: Seconds = 300.0
    settle_s: Seconds = 30.0

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        if self.longest_wait_s < self.first_wait_s:
            raise ValueError("longest_wait_s must not be shorter than first_wait_s")


class StationConfig(Section, frozen=True):
    """One station.

    Attributes:
        source: Where the audio comes from.
        name: Name for people; the id is the key in `stations`.
        enabled: Whether the station runs from the start. It can be switched over MQTT.
        model: Model for this station only.
        analysis: Analysis settings for this station only. They replace the common ones.
        retry: How the source is reopened.
        time_zone: Time zone, such as Europe/Berlin, for the station's days and for `expect`. Empty: the machine's.
        expect: What should be on air. Expectations that are broken or met again are published.
        recording: Whether and how the audio is recorded.
        loudness: Whether loudness is measured. Empty: the setting for all stations.
    """

    source: SourceConfig
    name: str = ""
    enabled: bool = True
    model: Model | None = None
    analysis: AnalysisConfig | None = None
    retry: RetryConfig = RetryConfig()
    recording: StationRecordingConfig = StationRecordingConfig()
    loudness: bool | None = None
    time_zone: ZoneName = ""
    expect: Annotated[tuple[ExpectationConfig, ...], Meta(max_length=MAX_EXPECTATIONS)] = ()

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        if len(self.expect) > MAX_EXPECTATIONS:
            raise ValueError(f"expect has {len(self.expect)} items; at most {MAX_EXPECTATIONS} are allowed")
        given = [item.id for item in self.expect if item.id is not None]
        twice = {name for name in given if given.count(name) > 1}
        if twice:
            raise ValueError(f"expect: the id {min(twice)} is used twice")
        is_fast = isinstance(self.source, FileSource) and self.source.pace == "fast"
        if self.recording.enabled and is_fast:
            raise ValueError("recording: a file that is read as fast as possible cannot be recorded; set pace: real")


class TlsConfig(Section, frozen=True):
    """TLS to the broker.

    Attributes:
        ca_file: Certificates to trust. None: the system's.
        cert_file: Client certificate.
        key_file: Key of the client certificate.
        insecure: Accept any certificate. Only for a broker that cannot be given a proper one.
    """

    ca_file: File | None = None
    cert_file: File | None = None
    key_file: File | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: give both or neither")


class MqttConfig(Section, frozen=True):
    """The connection to the broker.

    Attributes:
        broker: Host, host:port, or a mqtt://, mqtts://, ws:// or wss:// URL. `embedded` starts a broker inside genred.
        username: User name for the broker.
        password: Password. `password_file` is safer. It is masked wherever the configuration is shown.
        password_file: File whose first line is the password. A systemd credential of the same name takes precedence. A
            relative path starts from the configuration's folder.
        client_id: MQTT client id. Empty: `genred-<node>`.
        version: MQTT version. `auto` tries 5 and falls back to 3.1.1.
        tls: TLS settings for mqtts:// and wss://.
        base_topic: First part of all topics.
        keepalive_s: MQTT keep-alive interval.
        heartbeat_s: The state is published at least this often, even if nothing has changed.
        queue_messages: Number of events kept while the broker is away. The oldest are dropped first, and counted.
        embedded_port: Loopback port of the embedded broker. 0: a free one.
    """

    broker: BrokerText = "localhost"
    username: str | None = None
    password: Password | None = None
    password_file: File | None = None
    client_id: str = ""
    version: Literal["auto", "5", "3.1.1"] = "auto"
    tls: TlsConfig = TlsConfig()
    base_topic: BaseTopic = "genred"
    keepalive_s: KeepaliveSeconds = 60
    heartbeat_s: Seconds = 30.0
    queue_messages: Annotated[int, Meta(ge=10, le=1_000_000)] = 1_000
    embedded_port: Annotated[int, Meta(ge=0, le=65_535)] = 1_883

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        if self.password is not None and self.password_file is not None:
            raise ValueError("give password or password_file, not both")


class HomeAssistantConfig(Section, frozen=True):
    """Home Assistant discovery.

    Attributes:
        enabled: Whether discovery messages are published.
        discovery_prefix: The prefix that is set in Home Assistant's MQTT integration.
    """

    enabled: bool = True
    discovery_prefix: BaseTopic = "homeassistant"


class MetricsConfig(Section, frozen=True):
    """Prometheus metrics.

    Attributes:
        enabled: Whether metrics are served (extra `metrics`).
        address: Address to listen on.
        port: Port to listen on.
    """

    enabled: bool = False
    address: Listen = "127.0.0.1"
    port: Port = 9_309


class LogConfig(Section, frozen=True):
    """Logging to standard error, which systemd sends to the journal.

    Attributes:
        level: Lowest level that is logged.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section, frozen=True):
    """The whole configuration.

    Attributes:
        node: Id of this machine in topics.
        model: Name of a shipped model, or path of another.
        stations: The stations by id.
        processes: Number of processes for the stations. 1: the daemon's own process only. `auto`: one per processor if
            there are many stations, with at least 32 stations each.
        mqtt: Connection to the broker.
        homeassistant: Home Assistant discovery.
        metrics: Prometheus metrics.
        airplay: Log of what was on air.
        web: The web pages.
        analysis: Analysis settings for all stations without their own.
        recording: Common settings for recorded stations.
        loudness: Whether the loudness of all stations is measured by EBU R128 (ITU-R BS.1770), at the source's own rate
            and channels. The state has short-term loudness; the airplay log has integrated loudness, range and true
            peak.
        log: Logging.
        alerts: Who is notified of what, each under an id of your choice.
    """

    stations: Annotated[dict[Id, StationConfig], Meta(min_length=1)]
    node: Id = "genred"
    model: Model = "default"
    processes: Processes = "auto"
    mqtt: MqttConfig = MqttConfig()
    homeassistant: HomeAssistantConfig = HomeAssistantConfig()
    metrics: MetricsConfig = MetricsConfig()
    airplay: AirplayConfig = AirplayConfig()
    web: WebConfig = WebConfig()
    analysis: AnalysisConfig = AnalysisConfig()
    recording: RecordingConfig = RecordingConfig()
    loudness: bool = False
    log: LogConfig = LogConfig()
    alerts: dict[Id, AlertConfig] | None = None

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        on_stdin = [name for name, station in self.stations.items() if isinstance(station.source, PipeSource)]
        if len(on_stdin) > 1:
            raise ValueError(f"stations: only one station can use standard input, found {', '.join(on_stdin)}")
        for name, alert in (self.alerts or {}).items():
            for station in alert.stations or ():
                if station not in self.stations:
                    close = did_you_mean(station, list(self.stations))
                    raise ValueError(f"alerts.{name}.stations: there is no station {station!r}{close}")

    def measures_loudness(self, station: str) -> bool:
        """Says whether the loudness of a station is measured."""
        own = self.stations[station].loudness
        return self.loudness if own is None else own
