"""The daemon reads its configuration again when it is asked to over MQTT, and answers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from genred.errors import ConfigError
from genred.outputs.mqtt.daemon_control import DaemonControl, DaemonResponse
from genred.outputs.mqtt.output import MqttOutput
from genred.outputs.mqtt.pace import Pace
from tests.outputs.events import config, profile
from tests.outputs.mqtt.watcher import Watcher
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from tests.outputs.mqtt.mosquitto import Mosquitto

RESPONSE = "genred/genred/response"


class Answers:
    """Takes answers, and waits for them."""

    def __init__(self) -> None:
        self.given: list[DaemonResponse] = []
        self._came = threading.Semaphore(0)

    def take(self, answer: DaemonResponse) -> None:
        self.given.append(answer)
        self._came.release()

    def next(self) -> DaemonResponse:
        assert self._came.acquire(timeout=PATIENCE_S)
        return self.given[-1]


def test_a_reload_that_is_asked_for_is_done_and_answered(broker: Mosquitto) -> None:
    done = threading.Event()

    def reload() -> tuple[str, ...]:
        done.set()
        return ("airplay", "mqtt")

    with Watcher(broker.port) as watcher:
        output = MqttOutput(config(broker.port), [profile()], None, Pace(first_wait_s=0.05), reload=reload)
        output.start()
        try:
            assert output.wait_connected(PATIENCE_S)
            watcher.publish("genred/genred/set", '{"reload": true, "id": "a"}')
            answer = watcher.wait_for(RESPONSE).json
        finally:
            output.close()
    assert done.is_set()
    assert answer["ok"]
    assert answer["command"] == {"reload": True, "id": "a"}
    assert answer["restart_needed"] == ["airplay", "mqtt"]


def test_why_a_configuration_is_refused_comes_back() -> None:
    def refuse() -> tuple[str, ...]:
        raise ConfigError("genred.yaml: 1 error")

    answers = Answers()
    DaemonControl("pi", refuse, answers.take).submit(b'{"reload": true}', retained=False)
    answer = answers.next()
    assert (answer.ok, answer.error) == (False, "genred.yaml: 1 error")

    def break_down() -> tuple[str, ...]:
        raise ZeroDivisionError

    DaemonControl("pi", break_down, answers.take).submit(b'{"reload": true}', retained=False)
    assert "an internal error of genred (ZeroDivisionError)" in (answers.next().error or "")


@pytest.mark.parametrize(
    ("payload", "options", "reason"),
    [
        (b'{"reload": true}', {"retained": True}, "executed again at every connect"),
        (b'{"reload": false}', {}, "send a JSON object"),
        (b'{"enabled": true}', {}, "send a JSON object"),
        (b"\xff", {}, "send a JSON object"),
        (b"[" * 1_000, {}, "send a JSON object"),
        (b" " * 2_000, {}, "longer than 1024 bytes"),
    ],
)
def test_anything_else_is_refused(payload: bytes, options: dict[str, Any], reason: str) -> None:
    answers = Answers()
    DaemonControl("pi", pytest.fail, answers.take).submit(payload, **{"retained": False, **options})
    assert reason in (answers.next().error or "")


def test_a_flood_of_reloads_is_refused() -> None:
    begun, go_on, answers = threading.Event(), threading.Event(), Answers()

    def reload() -> tuple[str, ...]:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        return ()

    control = DaemonControl("pi", reload, answers.take)
    control.submit(b'{"reload": true}', retained=False)
    assert begun.wait(PATIENCE_S)
    control.submit(b'{"reload": true}', retained=False)
    assert "already being reloaded" in (answers.next().error or "")
    go_on.set()
    assert answers.next().ok


def test_who_reloads_nothing_says_so() -> None:
    answers = Answers()
    DaemonControl("pi", None, answers.take).submit(b'{"reload": true}', retained=False)
    assert "accepts no commands" in (answers.next().error or "")


def test_a_reload_for_which_there_was_no_thread_is_refused_and_the_next_one_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    answers = Answers()
    control = DaemonControl("pi", tuple, answers.take)
    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", fail)
        control.submit(b'{"reload": true}', retained=False)
    assert not answers.next().ok
    control.submit(b'{"reload": true}', retained=False)
    assert answers.next().ok
