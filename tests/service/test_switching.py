"""A station switched by anybody: what is retained at the broker follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.config.schema import Config, FileSource, MqttConfig, StationConfig
from genred.outputs.mqtt.output import MqttOutput
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.service.harness import running
from tests.sources import sounds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.outputs.mqtt.mosquitto import Mosquitto

TOPIC = "genred/genred/kitchen"


def by_mqtt(_supervisor: Supervisor, watcher: Watcher, _config: Config, enabled: bool) -> None:
    watcher.publish(f"{TOPIC}/set", f'{{"enabled": {str(enabled).lower()}}}')


def by_reload(supervisor: Supervisor, _watcher: Watcher, config: Config, enabled: bool) -> None:
    kitchen = config.stations["kitchen"]
    stations = {"kitchen": StationConfig(source=kitchen.source, enabled=enabled)}
    supervisor.reload(Config(stations=stations, model=config.model, mqtt=config.mqtt))


def by_code(supervisor: Supervisor, _watcher: Watcher, _config: Config, enabled: bool) -> None:
    supervisor.set_enabled("kitchen", enabled)


@pytest.mark.parametrize("switch", [by_mqtt, by_reload, by_code])
def test_retained_state_and_an_event_follow_a_switch_by_whomever(
    switch: Callable[[Supervisor, Watcher, Config, bool], None],
    broker: Mosquitto,
    tiny_model_path: Path,
    tmp_path: Path,
) -> None:
    sound = tmp_path / "sound.wav"
    sound.write_bytes(sounds.encoded(sounds.WAV, 7.0))
    config = Config(
        stations={"kitchen": StationConfig(source=FileSource(file=str(sound), loop=True))},
        model=str(tiny_model_path),
        mqtt=MqttConfig(broker=f"127.0.0.1:{broker.port}"),
    )
    supervisor = Supervisor(config, [], Notifier(None))
    output = MqttOutput(config, supervisor.profiles, supervisor)
    supervisor.add_output(output)
    with Watcher(broker.port) as watcher, running(supervisor):
        output.start()
        watcher.wait_for(f"{TOPIC}/state", lambda message: message.json["connection"] == "streaming")
        for enabled in (False, True):
            watcher.forget()
            switch(supervisor, watcher, config, enabled)
            event = watcher.wait_for(f"{TOPIC}/event", lambda message: message.json["event"] == "station_switched")
            assert event.json["enabled"] is enabled
            watcher.wait_for(
                f"{TOPIC}/state",
                lambda message, enabled=enabled: (  # type: ignore[misc]
                    message.json["enabled"] is enabled and (message.json["connection"] == "streaming") is enabled
                ),
            )
            kept = retained_at(broker.port)[f"{TOPIC}/state"].json
            assert kept["enabled"] is enabled
