"""What Home Assistant is told, held against its own documents (integrations/mqtt and the platforms' pages)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from genred.analysis.estimate import State
from genred.broker.topics import Topics
from genred.config.schema import HomeAssistantConfig
from genred.events import ExpectationProfile
from genred.outputs.homeassistant.discovery import Discovery
from genred.outputs.homeassistant.entities import words
from genred.outputs.mqtt.output import MqttOutput
from genred.outputs.mqtt.pace import Pace
from tests.outputs.events import LABELS, config, profile, report
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.config.schema import Config
    from genred.events.profile import StationProfile
    from tests.outputs.mqtt.mosquitto import Mosquitto

NODE_TOPIC = "homeassistant/device/genred_genred/config"
KITCHEN_TOPIC = "homeassistant/device/genred_genred__kitchen/config"

COMMON = {"p", "unique_id", "default_entity_id", "name", "icon", "entity_category", "availability", "state_topic"}
PLATFORMS = {
    "sensor": COMMON
    | {
        "device_class",
        "options",
        "value_template",
        "unit_of_measurement",
        "suggested_display_precision",
        "state_class",
    },
    "binary_sensor": COMMON
    | {
        "device_class",
        "value_template",
        "payload_on",
        "payload_off",
        "json_attributes_topic",
        "json_attributes_template",
    },
    "switch": COMMON | {"value_template", "command_topic", "payload_on", "payload_off", "state_on", "state_off"},
    "button": COMMON | {"command_topic", "payload_press"},
}
"""Every field that a component has here, all of them documented for its platform."""


def messages(*stations: StationProfile, settings: Config | None = None) -> dict[str, dict[str, Any]]:
    settings = settings or config(discovery=True)
    discovery = Discovery(settings, Topics(settings.mqtt.base_topic, settings.node))
    return {topic: json.loads(forms[0]) for topic, forms in discovery.messages(stations)}


def components() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for topic, device in messages(profile("kitchen"), profile("attic")).items():
        for key, component in device["cmps"].items():
            yield topic, key, component


def kitchen() -> dict[str, Any]:
    return messages(profile())[KITCHEN_TOPIC]


def test_every_station_is_a_device_that_hangs_on_the_node() -> None:
    devices = messages(profile("kitchen"), profile("attic"))
    assert list(devices) == [NODE_TOPIC, KITCHEN_TOPIC, "homeassistant/device/genred_genred__attic/config"]
    assert devices[NODE_TOPIC]["dev"]["ids"] == ["genred_genred"]
    assert devices[KITCHEN_TOPIC]["dev"]["via_device"] == "genred_genred"
    assert devices[KITCHEN_TOPIC]["dev"]["name"] == "Kitchen"


def test_device_message_has_the_documented_parts() -> None:
    for topic, device in messages(profile()).items():
        assert re.fullmatch(r"homeassistant/device/[a-zA-Z0-9_-]+/config", topic)
        assert set(device) <= {"dev", "o", "cmps", "state_topic", "availability", "availability_mode"}
        assert set(device["dev"]) <= {"ids", "name", "mf", "mdl", "sw", "via_device"}
        assert device["o"]["name"] == "genred"
        assert device["cmps"]


def test_every_component_has_only_fields_that_its_platform_documents() -> None:
    for _topic, key, component in components():
        assert set(component) <= PLATFORMS[component["p"]], key
        assert {"p", "unique_id", "default_entity_id", "name"} <= set(component), key


def test_nothing_expires_and_nothing_uses_the_old_object_id() -> None:
    text = json.dumps(list(messages(profile()).values()))
    assert "expire_after" not in text
    assert '"object_id"' not in text


def test_unique_ids_are_unique_and_stable() -> None:
    ids = [component["unique_id"] for _, _, component in components()]
    assert len(ids) == len(set(ids))
    assert kitchen()["cmps"]["genre"]["unique_id"] == "genred_genred__kitchen_genre"


def test_entity_ids_belong_to_their_platform_and_are_slugs() -> None:
    for _topic, _key, component in components():
        assert re.fullmatch(component["p"] + r"\.[a-z0-9]+(_[a-z0-9]+)*", component["default_entity_id"])
    assert kitchen()["cmps"]["genre"]["default_entity_id"] == "sensor.genred_kitchen_genre"


def test_nodes_and_stations_whose_names_run_together_stay_apart() -> None:
    one = messages(profile("b_c"), settings=type(config())(stations=config().stations, node="a"))
    other = messages(profile("c"), settings=type(config())(stations=config().stations, node="a_b"))
    assert not set(one) & set(other)


def test_enums_keep_home_assistants_rules() -> None:
    for _topic, _key, component in components():
        if component.get("device_class") == "enum":
            assert component["options"]
            assert len(component["options"]) == len(set(component["options"]))
            assert "state_class" not in component
            assert "unit_of_measurement" not in component
        else:
            assert "options" not in component


def test_genre_can_be_every_word_that_can_occur() -> None:
    options = kitchen()["cmps"]["genre"]["options"]
    assert options == words(LABELS)
    for state in State:
        said = report(state=state, genre="jazz" if state is State.MUSIC else None).announcement
        assert said in options
    assert words((*LABELS, "speech")).count("speech") == 1


def test_availability_needs_node_and_station_but_the_switch_only_the_node() -> None:
    device = kitchen()
    assert device["availability_mode"] == "all"
    assert [each["topic"] for each in device["availability"]] == [
        "genred/genred/status",
        "genred/genred/kitchen/availability",
    ]
    for key in ("enabled", "online", "reconnects"):
        assert device["cmps"][key]["availability"] == [{"topic": "genred/genred/status"}]


@pytest.mark.parametrize(
    ("key", "platform"),
    [
        ("genre", "sensor"),
        ("confidence", "sensor"),
        ("level", "sensor"),
        ("title", "sensor"),
        ("state", "sensor"),
        ("silence", "binary_sensor"),
        ("clipping", "binary_sensor"),
        ("online", "binary_sensor"),
        ("enabled", "switch"),
        ("reset", "button"),
        ("model", "sensor"),
        ("windows", "sensor"),
        ("dropped_windows", "sensor"),
        ("reconnects", "sensor"),
    ],
)
def test_station_has(key: str, platform: str) -> None:
    assert kitchen()["cmps"][key]["p"] == platform


def test_silence_is_a_problem_and_diagnostics_are_diagnostics() -> None:
    parts = kitchen()["cmps"]
    assert parts["silence"]["device_class"] == "problem"
    assert parts["clipping"]["device_class"] == "problem"
    for key in ("clipping", "model", "windows", "dropped_windows", "reconnects", "online"):
        assert parts[key]["entity_category"] == "diagnostic"


def test_templates_read_fields_that_the_state_has() -> None:
    from genred.payloads.day import DayPayload
    from genred.payloads.state import StatePayload

    for _topic, key, component in components():
        payload = DayPayload if component.get("state_topic", "").endswith("/today") else StatePayload
        for name in re.findall(r"value_json\.(\w+)", component.get("value_template", "")):
            assert name in payload.__struct_fields__, key


def start(settings: Config, *stations: StationProfile) -> MqttOutput:
    output = MqttOutput(settings, stations, None, Pace(first_wait_s=0.05, survey_s=1.0))
    output.start()
    assert output.wait_connected(PATIENCE_S)
    return output


def announced(payload: bytes | str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(payload)["cmps"]
    return found


def test_discovery_is_retained_and_comes_before_the_state(broker: Mosquitto) -> None:
    with Watcher(broker.port) as watcher:
        output = start(config(broker.port, discovery=True), profile())
        watcher.wait_for("genred/genred/kitchen/availability")
        output.close()
        order = list(dict.fromkeys(message.topic for message in watcher.seen))
    assert order[:4] == ["genred/genred/status", NODE_TOPIC, KITCHEN_TOPIC, "genred/genred/kitchen/state"]
    assert {NODE_TOPIC, KITCHEN_TOPIC} <= set(retained_at(broker.port))


def test_birth_of_home_assistant_brings_discovery_and_state_again(broker: Mosquitto) -> None:
    with Watcher(broker.port) as watcher:
        output = start(config(broker.port, discovery=True), profile())
        watcher.wait_for("genred/genred/kitchen/availability")
        watcher.forget()
        watcher.publish("homeassistant/status", "offline")
        watcher.publish("homeassistant/status", "online")
        for topic in (NODE_TOPIC, KITCHEN_TOPIC, "genred/genred/kitchen/state", "genred/genred/status"):
            watcher.wait_for(topic)
        output.close()


def test_station_that_the_configuration_no_longer_has_vanishes_after_a_restart(broker: Mosquitto) -> None:
    start(config(broker.port, discovery=True), profile("kitchen"), profile("attic")).close()
    attic = "homeassistant/device/genred_genred__attic/config"
    assert attic in retained_at(broker.port)
    with Watcher(broker.port) as watcher:
        output = start(config(broker.port, discovery=True), profile("kitchen"))
        # What the broker has kept comes one by one: closed at the first, the output would not know of the others.
        watcher.wait_for_removal(attic, *(f"genred/genred/attic/{kind}" for kind in ("availability", "state", "genre")))
        output.close()
    kept = retained_at(broker.port)
    assert not [topic for topic in kept if "attic" in topic]
    assert KITCHEN_TOPIC in kept


def test_reload_announces_new_stations_and_takes_back_old_ones(broker: Mosquitto) -> None:
    attic, cellar = (f"homeassistant/device/genred_genred__{name}/config" for name in ("attic", "cellar"))
    with Watcher(broker.port) as watcher:
        output = start(config(broker.port, discovery=True), profile("kitchen"), profile("attic"))
        watcher.wait_for(attic)
        output.update([profile("kitchen"), profile("cellar")])
        watcher.wait_for_removal(attic)
        watcher.wait_for(cellar)
        output.close()
    assert attic not in retained_at(broker.port)


def test_entities_that_a_station_no_longer_has_are_taken_back_after_a_restart(broker: Mosquitto) -> None:
    silent = ExpectationProfile("no_silence", "No silence")
    before = profile(expectations=(silent,), is_recorded=True)
    start(config(broker.port, discovery=True), before).close()
    assert {"expect_no_silence", "recording"} <= set(announced(retained_at(broker.port)[KITCHEN_TOPIC].payload))
    with Watcher(broker.port, "homeassistant/#") as watcher:
        output = start(config(broker.port, discovery=True), profile())
        message = watcher.wait_for(KITCHEN_TOPIC, lambda message: "recording" in announced(message.payload))
        # Only after everything that the broker had kept was read back.
        live = (
            message
            if not message.retain
            else watcher.wait_for(
                KITCHEN_TOPIC, lambda message: not message.retain and "recording" in announced(message.payload)
            )
        )
        output.close()
    components = announced(live.payload)
    assert components["recording"] == components["expect_no_silence"] == {"p": "binary_sensor"}
    assert "unique_id" in components["genre"]
    # What was taken back once is not taken back for ever.
    with Watcher(broker.port, "homeassistant/#") as watcher:
        output = start(config(broker.port, discovery=True), profile())
        watcher.wait_for(KITCHEN_TOPIC, lambda message: "recording" not in announced(message.payload))
        output.close()


def test_discovery_switched_off_takes_back_what_was_announced(broker: Mosquitto) -> None:
    start(config(broker.port, discovery=True), profile()).close()
    with Watcher(broker.port) as watcher:
        output = start(config(broker.port, discovery=False), profile())
        watcher.wait_for_removal(NODE_TOPIC, KITCHEN_TOPIC)
        output.close()
    assert not [topic for topic in retained_at(broker.port) if topic.startswith("homeassistant/")]


def test_what_others_have_announced_is_left_alone(broker: Mosquitto) -> None:
    foreign = {
        "homeassistant/device/genred_other__attic/config": {"o": {"name": "genred"}, "dev": {"ids": ["x"]}},
        "homeassistant/device/genred_genred_2__attic/config": {
            "o": {"name": "genred"},
            "dev": {"ids": ["genred_genred_2__attic"]},
        },
        "homeassistant/device/genred_genred__lamp/config": {"o": {"name": "lamps"}, "dev": {"ids": ["lamp"]}},
        "homeassistant/device/genred_genred__list/config": [1, 2],
        "homeassistant/device/zigbee/config": {"o": {"name": "zigbee"}, "dev": {"ids": ["zigbee"]}},
    }
    with Watcher(broker.port) as watcher:
        for topic, payload in foreign.items():
            watcher.publish(topic, json.dumps(payload), retain=True)
        watcher.publish("homeassistant/device/genred_genred__mess/config", b"\xff no json", retain=True)
        ours = {"o": {"name": "genred"}, "dev": {"ids": ["genred_genred__attic"]}}
        watcher.publish("homeassistant/device/genred_genred__attic/config", json.dumps(ours), retain=True)
        output = start(config(broker.port, discovery=True), profile())
        watcher.wait_for_removal("homeassistant/device/genred_genred__attic/config")
        output.close()
    kept = set(retained_at(broker.port))
    assert {*foreign, "homeassistant/device/genred_genred__mess/config"} <= kept


@pytest.mark.parametrize("payload", [b'{"o": {"name": "\xff"}}', b"[" * 100_000, b"5", b'{"o": 1}', b""])
def test_nonsense_on_a_topic_of_ours_is_not_ours(payload: bytes) -> None:
    settings = config(discovery=True)
    discovery = Discovery(settings, Topics(settings.mqtt.base_topic, settings.node))
    assert not discovery.is_ours("homeassistant/device/genred_genred__old/config", payload)


@pytest.mark.parametrize("payload", [b'{"o": {"name": "\xff"}}', b"[" * 100_000])
def test_nonsense_that_the_broker_keeps_does_not_cost_the_connection(broker: Mosquitto, payload: bytes) -> None:
    with Watcher(broker.port, "genred/#") as watcher:
        watcher.publish("homeassistant/device/genred_genred__old/config", payload, retain=True)
        watcher.publish("genred/genred/zzz/state", "old", retain=True)
        output = start(config(broker.port, discovery=True), profile())
        watcher.wait_for_removal("genred/genred/zzz/state")
        output.handle(report())
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
        assert output.connects == 1
        output.close()


def test_other_discovery_prefix_is_used_throughout(broker: Mosquitto) -> None:
    plain = config(broker.port)
    settings = type(plain)(
        stations=plain.stations, mqtt=plain.mqtt, homeassistant=HomeAssistantConfig(discovery_prefix="ha/x")
    )
    with Watcher(broker.port) as watcher:
        output = start(settings, profile())
        watcher.wait_for("ha/x/device/genred_genred__kitchen/config")
        watcher.forget()
        watcher.publish("ha/x/status", "online")
        watcher.wait_for("ha/x/device/genred_genred__kitchen/config")
        output.close()


def test_each_expectation_is_a_problem_sensor_that_needs_no_audio() -> None:
    expected = (ExpectationProfile("not_metal", "no metal for 5 min"),)
    kitchen = messages(profile(expectations=expected))[KITCHEN_TOPIC]["cmps"]
    sensor = kitchen["expect_not_metal"]
    assert sensor["p"] == "binary_sensor"
    assert sensor["device_class"] == "problem"
    assert sensor["name"] == "Expected: no metal for 5 min"
    assert sensor["default_entity_id"] == "binary_sensor.genred_kitchen_expect_not_metal"
    assert sensor["availability"] == [{"topic": "genred/genred/status"}]
    assert "'not_metal' in value_json.broken_expectations" in sensor["value_template"]
    assert not any(key.startswith("expect") for key in messages(profile())[KITCHEN_TOPIC]["cmps"])


def test_loudness_is_a_sensor_where_it_is_measured() -> None:
    settings = config(discovery=True)
    discovery = Discovery(settings, Topics(settings.mqtt.base_topic, settings.node))
    found = [
        json.loads(dict(discovery.messages([profile(measures_loudness=measured)]))[KITCHEN_TOPIC][0])["cmps"]
        for measured in (False, True, False)
    ]
    assert "loudness" not in found[0]
    assert found[1]["loudness"]["unit_of_measurement"] == "LUFS"
    assert "value_json.loudness_lufs" in found[1]["loudness"]["value_template"]
    # Taken back by a reload.
    assert found[2]["loudness"] == {"p": "sensor"}


def test_whether_a_station_is_recorded_is_a_diagnostic_that_needs_no_audio() -> None:
    assert "recording" not in messages(profile())[KITCHEN_TOPIC]["cmps"]
    sensor = messages(profile(is_recorded=True))[KITCHEN_TOPIC]["cmps"]["recording"]
    assert (sensor["p"], sensor["device_class"], sensor["entity_category"]) == (
        "binary_sensor",
        "running",
        "diagnostic",
    )
    assert sensor["availability"] == [{"topic": "genred/genred/status"}]
    assert "value_json.recording_cause" in sensor["json_attributes_template"]


def test_an_expectation_that_a_reload_has_removed_is_taken_back() -> None:
    settings = config(discovery=True)
    discovery = Discovery(settings, Topics(settings.mqtt.base_topic, settings.node))
    for expected in (("a", "b"), ("b",), ("b", "c")):
        profiles = tuple(ExpectationProfile(name, name) for name in expected)
        found = {topic: json.loads(forms[0]) for topic, forms in discovery.messages([profile(expectations=profiles)])}
    components = found[KITCHEN_TOPIC]["cmps"]
    assert components["expect_a"] == {"p": "binary_sensor"}
    assert {"expect_b", "expect_c"} <= set(components)
    assert all("name" in components[key] for key in ("expect_b", "expect_c"))
