"""A ephemeral at a broker that a daemon uses, too."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from genred.outputs.mqtt.output import MqttOutput
from genred.outputs.mqtt.pace import Pace
from tests.outputs.events import changed, config, profile, report
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from genred.config.schema import Config
    from tests.outputs.mqtt.mosquitto import Mosquitto

OWN = "genred/listen_7/"


def ephemeral_settings(port: int) -> Config:
    """A daemon's own configuration, but for the node."""
    settings = msgspec.structs.replace(config(port, discovery=True), node="listen_7")
    return msgspec.structs.replace(settings, mqtt=msgspec.structs.replace(settings.mqtt, client_id="shared"))


def start(settings: Config, *, ephemeral: bool) -> MqttOutput:
    output = MqttOutput(settings, [profile()], None, Pace(first_wait_s=0.05), ephemeral=ephemeral)
    output.start()
    assert output.wait_connected(PATIENCE_S)
    return output


def test_ephemeral_output_touches_nothing_of_a_daemon_and_leaves_nothing_behind(broker: Mosquitto) -> None:
    settings = config(broker.port, discovery=True)
    settings = msgspec.structs.replace(settings, mqtt=msgspec.structs.replace(settings.mqtt, client_id="shared"))
    with closing(start(settings, ephemeral=False)) as daemon, Watcher(broker.port) as watcher:
        daemon.handle(report(genre="rock"))
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "rock")
        # Left by a daemon and a ephemeral of former days: to sweep is not a ephemeral's business.
        watcher.publish("genred/attic_pi/cellar/state", "other", retain=True)
        watcher.publish(f"{OWN}cellar/state", "other", retain=True)
        before = {topic: message.payload for topic, message in retained_at(broker.port).items()}
        watcher.forget()
        ephemeral = start(ephemeral_settings(broker.port), ephemeral=True)
        ephemeral.handle(report(genre="jazz"))
        ephemeral.handle(changed("jazz", 5))
        watcher.wait_for(f"{OWN}kitchen/genre", lambda message: message.text == "jazz")
        watcher.wait_for(f"{OWN}kitchen/event")
        ephemeral.close()
        # A last word that comes late brings nothing back.
        ephemeral.handle(report(genre="rock"))
        watcher.wait_for_removal(f"{OWN}status")
        assert {message.topic for message in watcher.seen} - {"test/end"} == {
            f"{OWN}status",
            *(f"{OWN}kitchen/{kind}" for kind in ("state", "genre", "availability", "event")),
        }
        assert {topic: message.payload for topic, message in retained_at(broker.port).items()} == before
        assert daemon.connects == 1


def test_ephemeral_output_that_breaks_off_leaves_no_status(broker: Mosquitto) -> None:
    with Watcher(broker.port) as watcher:
        ephemeral = start(ephemeral_settings(broker.port), ephemeral=True)
        watcher.wait_for(f"{OWN}status", lambda message: message.text == "online")
        # Another client of its id throws it out without a goodbye, which is what the will is for.
        with closing(start(ephemeral_settings(broker.port), ephemeral=True)):
            watcher.wait_for_removal(f"{OWN}status")
        ephemeral.close()
