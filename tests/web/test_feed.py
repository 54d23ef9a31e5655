"""How the pages follow the broker: what they log of it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from genred.broker.address import parse_broker
from genred.broker.settings import BrokerSettings, MqttVersion
from genred.broker.topics import Topics
from genred.config.schema import MqttConfig
from genred.web.board import Board
from genred.web.feed import Feed
from tests.patience import wait_until

if TYPE_CHECKING:
    import pytest

    from tests.outputs.mqtt.mosquitto import Mosquitto


async def until_logged(text: str, times: int, caplog: pytest.LogCaptureFixture) -> None:
    await asyncio.to_thread(wait_until, lambda: caplog.text.count(text) >= times)


async def go_through_outages(broker: Mosquitto, caplog: pytest.LogCaptureFixture, outages: int) -> None:
    address = parse_broker(f"127.0.0.1:{broker.port}")
    settings = BrokerSettings(address, "genred-attic", None, (MqttVersion.V5,), MqttConfig())
    board = Board({}, {})
    feed = Feed(settings, Topics("genred", "attic"), board, asyncio.get_running_loop(), settle_s=0.0)
    feed.start()
    try:
        await asyncio.to_thread(wait_until, lambda: board.broker_connected)
        for outage in range(1, outages + 1):
            broker.stop()
            await until_logged("cannot be reached; trying again", outage, caplog)
            broker.start()
            await until_logged("connected to the broker", outage, caplog)
    finally:
        feed.close()


def test_each_outage_of_the_broker_is_warned_of_and_so_is_its_end_announced(
    broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "genred.web.feed")
    asyncio.run(go_through_outages(broker, caplog, outages=2))
    levels = [record.levelno for record in caplog.records if record.name == "genred.web.feed"]
    assert levels == [logging.WARNING, logging.INFO] * 2
