"""A broker full of made-up stations, and a `genred web` that shows them."""

from __future__ import annotations

import json
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.outputs.mqtt.mosquitto import Mosquitto
from tests.web.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.web.serving import Served

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
PLACES = ("Harbour", "City", "Valley", "Night", "Blue", "Garden", "Bridge", "Coast", "North", "Tower")
KINDS = ("Radio", "FM", "Classics", "Wave", "Hits")


def station_names(count: int) -> dict[str, str]:
    """Names by id."""
    names = [f"{PLACES[index % 10]} {KINDS[index // 10 % 5]}" for index in range(count)]
    return {name.lower().replace(" ", "_"): name for name in names}


def state_of(index: int, round_: int, now_s: float, *, title: str | None = None) -> dict[str, Any]:
    """A state as the daemon publishes it; another genre every ten rounds."""
    dice = random.Random(index * 1_000 + round_ // 10)
    genre = GENRES[dice.randrange(10)]
    best = 0.55 + 0.4 * dice.random()
    others = [name for name in GENRES if name != genre]
    dice.shuffle(others)
    probabilities = {genre: best} | dict.fromkeys(others, (1 - best) / 9)
    broken = index % 25 == 7
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s - 10 * (round_ % 10)))
    return {
        "state": "offline" if broken else "music",
        "genre": None if broken else genre,
        "confidence": None if broken else round(best, 3),
        "probabilities": {} if broken else {name: round(share, 3) for name, share in probabilities.items()},
        "since": since,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s)),
        "level_dbfs": None if broken else -24 + 8 * dice.random(),
        "loudness_lufs": None if broken else -23.0,
        "title": None if broken else title or f"Some Artist {dice.randrange(99)} - Song {dice.randrange(999)}",
        "connection": "backing_off" if broken else "streaming",
        "cause": "http_404" if broken else None,
    }


class Publisher:
    """Publishes as a daemon would."""

    def __init__(self, port: int, stations: list[str]) -> None:
        self._stations = stations
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._publish("status", b"online")

    def round(self, number: int) -> None:
        """Publishes a state of every station."""
        for index, id_ in enumerate(self._stations):
            self.state(id_, state_of(index, number, time.time()))

    def state(self, id_: str, state: dict[str, Any]) -> None:
        """Publishes a state, and waits until the broker has it."""
        self._publish(f"{id_}/state", json.dumps(state).encode())

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(f"genred/genred/{topic}", payload, qos=1, retain=True).wait_for_publish(20)


@contextmanager
def full_site(folder: Path, count: int, *, airplay: Path | None = None) -> Iterator[tuple[Served, Publisher]]:
    """Serves so many stations.

    Args:
        folder: For all that is written.
        count: Of stations.
        airplay: The log, if there is one.
    """
    names = station_names(count)
    broker = Mosquitto(folder).start(verbose=False)
    try:
        stations = {id_: {"name": name, "source": {"url": "http://127.0.0.1:1/x"}} for id_, name in names.items()}
        mqtt = json.dumps({"broker": f"127.0.0.1:{broker.port}"})
        log = "" if airplay is None else f"airplay: {{file: {airplay}}}\n"
        with serving(folder, "{control: true}", mqtt=mqtt, stations=json.dumps(stations), more=log) as served:
            publisher = Publisher(broker.port, list(names))
            try:
                yield served, publisher
            finally:
                publisher.close()
    finally:
        broker.stop()
