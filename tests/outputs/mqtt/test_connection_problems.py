"""Problems with the broker are warned of once, and so is their end announced."""

from __future__ import annotations

from genred.broker.address import parse_broker
from genred.broker.settings import BrokerSettings, MqttVersion
from genred.config.schema import MqttConfig
from genred.outputs.mqtt.connection_problems import ConnectionProblems


def problems() -> ConnectionProblems:
    settings = BrokerSettings(parse_broker("localhost"), "genred-attic", None, (MqttVersion.V5,), MqttConfig())
    return ConnectionProblems(settings, settle_s=10.0)


def test_the_first_connection_is_news() -> None:
    assert problems().solve()


def test_the_end_of_an_outage_is_news_however_often_the_broker_was_tried_meanwhile() -> None:
    found = problems()
    found.solve()
    found.report("lost", held_s=3_600.0)
    for _ in range(5):
        found.report("refused")
    assert found.current == "refused"
    assert found.solve()
    assert found.current is None


def test_a_connection_that_comes_and_goes_is_news_once() -> None:
    found = problems()
    found.solve()
    found.report("lost", held_s=60.0)
    assert found.solve()
    found.report("lost", held_s=1.0)
    assert not found.solve()
    found.forget()
    found.report("lost", held_s=60.0)
    assert found.solve()
