"""The configuration as types. Every default is here and only here.

Bounds stand in `Meta` annotations, so that the reader can say what is allowed; checks across fields stand in
`__post_init__` and raise ValueError with the words for the user.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", description="a slug of a-z, 0-9 and single _")]
Seconds = Annotated[float, Meta(gt=0, le=604_800, description="seconds, more than 0 and at most a week")]
Share = Annotated[float, Meta(ge=0, le=1, description="a number from 0 to 1")]
Port = Annotated[int, Meta(ge=1, le=65_535, description="a port from 1 to 65535")]
HttpUrl = Annotated[str, Meta(pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^/\s]", description="a http:// or https:// URL")]
Dbfs = Annotated[float, Meta(ge=-120, le=0, description="dB under full scale, from -120 to 0")]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mapping of the configuration; unknown keys in it are errors."""


class StreamSource(Section, frozen=True):
    """An internet stream or playlist.

    Attributes:
        url: http:// or https://; a password in it is masked wherever it is shown.
        connect_timeout_s: For name, connection and the server's headers together.
        stall_timeout_s: Without audio for so long, the stream is opened again; the station calls itself offline after
            twelve seconds already.
        titles: Whether to ask the server for titles (ICY).
        user_agent: As sent to the server; empty for genred's own.
    """

    url: HttpUrl
    connect_timeout_s: Seconds = 10.0
    stall_timeout_s: Seconds = 15.0
    titles: bool = True
    user_agent: str = ""


class SoundcardSource(Section, frozen=True):
    """A capture device.

    Attributes:
        soundcard: Name, part of a name, or index, as `genred devices` lists them; `default` for the system's.
        rate_hz: Capture rate; None for the device's own.
        channels: How many to capture and mix down; None for up to two.
        stall_timeout_s: Without a callback for so long, the device counts as lost.
    """

    soundcard: str | int = "default"
    rate_hz: Annotated[int, Meta(ge=8_000, le=384_000)] | None = None
    channels: Annotated[int, Meta(ge=1, le=64)] | None = None
    stall_timeout_s: Seconds = 5.0


class FileSource(Section, frozen=True):
    """A file, or a folder of files as a programme.

    Attributes:
        file: Path of the file or folder.
        pace: `real` plays at the speed of time, `fast` as fast as possible.
        loop: Whether to begin again at the end.
    """

    file: str
    pace: Literal["real", "fast"] = "real"
    loop: bool = False


class CommandSource(Section, frozen=True):
    """Raw PCM from the standard output of a command, such as rtl_fm or arecord.

    Attributes:
        command: Program and arguments as a list; it is never given to a shell. Restarted when it ends.
        rate_hz: Of what the command writes.
        channels: Likewise, interleaved.
        format: Sample format, little-endian.
        stall_timeout_s: Without a byte for so long, the command is ended and started again.
    """

    command: Annotated[tuple[str, ...], Meta(min_length=1)]
    rate_hz: Annotated[int, Meta(ge=4_000, le=384_000)] = 22_050
    channels: Annotated[int, Meta(ge=1, le=2)] = 1
    format: Literal["s16le", "f32le"] = "s16le"
    stall_timeout_s: Seconds = 10.0


class PipeSource(Section, frozen=True):
    """Raw PCM on the standard input: one station at most can have it.

    Attributes:
        pipe: Always `-`.
        rate_hz: Of what is written to it.
        channels: Likewise, interleaved.
        format: Sample format, little-endian.
    """

    pipe: Literal["-"] = "-"
    rate_hz: Annotated[int, Meta(ge=4_000, le=384_000)] = 22_050
    channels: Annotated[int, Meta(ge=1, le=2)] = 1
    format: Literal["s16le", "f32le"] = "s16le"


SourceConfig = StreamSource | SoundcardSource | FileSource | CommandSource | PipeSource

SOURCE_KINDS: dict[str, type[SourceConfig]] = {
    "url": StreamSource,
    "soundcard": SoundcardSource,
    "file": FileSource,
    "command": CommandSource,
    "pipe": PipeSource,
}
"""The key that tells a source's kind, and the kind."""


class SilenceConfig(Section, frozen=True):
    """Dead air.

    Attributes:
        level_dbfs: RMS under which a second counts as silent.
        start_s: Silent for so long, the station says `silence`.
        end_s: Loud for so long, it ends.
    """

    level_dbfs: Dbfs = -60.0
    start_s: Seconds = 5.0
    end_s: Seconds = 1.0


class ClippingConfig(Section, frozen=True):
    """Overdriven input.

    Attributes:
        share: Share of samples at full scale from which a second counts as clipped.
        start_s: Clipped for so long, the station says so.
        end_s: Clean for so long, it ends.
    """

    share: Share = 0.01
    start_s: Seconds = 10.0
    end_s: Seconds = 30.0


class SmoothingConfig(Section, frozen=True):
    """Overrides of the model bundle's smoothing; None keeps the bundle's value.

    Attributes:
        hold_s: Expected seconds between changes of genre.
        evidence_weight: Exponent on the likelihood of a window that overlaps no other.
        announce_threshold: Posterior at which a genre is announced.
        release_threshold: Posterior under which it is given up.
        dwell_s: How long a new answer must lead before it is announced.
        least_confidence: Only from this confidence on is anything announced, and under 0.8 of it the station says
            `uncertain`. Raise it for fewer wrong answers; the README's accuracy section has a table for `student`.
    """

    hold_s: Seconds | None = None
    evidence_weight: Annotated[float, Meta(gt=0, le=10)] | None = None
    announce_threshold: Share | None = None
    release_threshold: Share | None = None
    dwell_s: Annotated[float, Meta(ge=0, le=600)] | None = None
    least_confidence: Share | None = None


class AnalysisConfig(Section, frozen=True):
    """How windows are taken and smoothed.

    Attributes:
        step_s: Seconds between windows, rounded to whole hops of 512 samples (23 ms).
        silence: Dead air.
        clipping: Overdriven input.
        smoothing: Overrides of the bundle's smoothing.
    """

    step_s: Annotated[float, Meta(ge=0.1, le=60)] = 1.0
    silence: SilenceConfig = SilenceConfig()
    clipping: ClippingConfig = ClippingConfig()
    smoothing: SmoothingConfig = SmoothingConfig()


class RetryConfig(Section, frozen=True):
    """How a lost source is opened again, for ever.

    Attributes:
        first_wait_s: Before the first new attempt; doubled with each, with jitter.
        longest_wait_s: Never longer than this.
        settle_s: Audio that flows for so long, in one session or several, begins the waits anew from the first; each
            sixth of it takes one failure back.
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
        source: Where its audio comes from.
        name: For people; the id is the key in `stations`.
        enabled: Whether it runs from the start; MQTT can switch it.
        model: A bundle for this station alone.
        analysis: Analysis settings for this station alone, in place of the common ones.
        retry: How its source is opened again.
    """

    source: SourceConfig
    name: str = ""
    enabled: bool = True
    model: str | None = None
    analysis: AnalysisConfig | None = None
    retry: RetryConfig = RetryConfig()


class TlsConfig(Section, frozen=True):
    """TLS to the broker.

    Attributes:
        ca_file: Certificates to trust; None for the system's.
        cert_file: The client's certificate.
        key_file: Its key.
        insecure: Accept any certificate. Only for a broker that you cannot give a proper one.
    """

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: give both or neither")


class MqttConfig(Section, frozen=True):
    """The connection to the broker.

    Attributes:
        broker: Host, host:port, or mqtt://, mqtts://, ws:// or wss:// URL; `embedded` starts a broker inside.
        username: For the broker.
        password: Better given by `password_file`; masked wherever the configuration is shown.
        password_file: File whose first line is the password. A systemd credential of the same name goes first; a
            relative name lies beside the configuration.
        client_id: Empty for `genred-<node>`.
        version: `auto` tries 5 and falls back to 3.1.1.
        tls: For mqtts:// and wss://.
        base_topic: What all topics begin with.
        keepalive_s: MQTT keep-alive.
        heartbeat_s: State is published this often though nothing changed.
        queue_messages: Events kept while the broker is away; the oldest are dropped first, and counted.
        embedded_port: Loopback port of the embedded broker; 0 for a free one.
    """

    broker: str = "localhost"
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    client_id: str = ""
    version: Literal["auto", "5", "3.1.1"] = "auto"
    tls: TlsConfig = TlsConfig()
    base_topic: Annotated[str, Meta(pattern=r"^[^+#\s/]+(/[^+#\s/]+)*$", description="a topic without wildcards")] = (
        "genred"
    )
    keepalive_s: Annotated[int, Meta(ge=5, le=3_600)] = 60
    heartbeat_s: Seconds = 30.0
    queue_messages: Annotated[int, Meta(ge=10, le=1_000_000)] = 1_000
    embedded_port: Annotated[int, Meta(ge=0, le=65_535)] = 1_883

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file exclude each other")


class HomeAssistantConfig(Section, frozen=True):
    """Discovery by Home Assistant.

    Attributes:
        enabled: Whether discovery is published.
        discovery_prefix: As set in Home Assistant's MQTT integration.
    """

    enabled: bool = True
    discovery_prefix: Annotated[
        str, Meta(pattern=r"^[^+#\s/]+(/[^+#\s/]+)*$", description="a topic without wildcards")
    ] = "homeassistant"


class MetricsConfig(Section, frozen=True):
    """Prometheus metrics.

    Attributes:
        enabled: Whether the page is served (extra `metrics`).
        address: Loopback unless asked otherwise.
        port: Of the page.
    """

    enabled: bool = False
    address: str = "127.0.0.1"
    port: Port = 9_309


class LogConfig(Section, frozen=True):
    """What is logged, to standard error and so to journald.

    Attributes:
        level: The least that is logged.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section, frozen=True):
    """The whole configuration.

    Attributes:
        node: Id of this machine in topics.
        model: A shipped bundle's name or the path of one.
        stations: By id.
        mqtt: The broker.
        homeassistant: Discovery.
        metrics: Prometheus.
        analysis: For all stations that have none of their own.
        log: Logging.
    """

    stations: Annotated[dict[Slug, StationConfig], Meta(min_length=1)]
    node: Slug = "genred"
    model: str = "default"
    mqtt: MqttConfig = MqttConfig()
    homeassistant: HomeAssistantConfig = HomeAssistantConfig()
    metrics: MetricsConfig = MetricsConfig()
    analysis: AnalysisConfig = AnalysisConfig()
    log: LogConfig = LogConfig()

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        on_stdin = [name for name, station in self.stations.items() if isinstance(station.source, PipeSource)]
        if len(on_stdin) > 1:
            raise ValueError(f"stations: only one can have the standard input, found {', '.join(on_stdin)}")
