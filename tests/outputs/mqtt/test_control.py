"""Commands to stations, without a broker."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.outputs.mqtt.control import Control, ResponsePayload
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    import pytest


class Commands:
    def set_enabled(self, station: str, enabled: bool) -> None:
        pass

    def reset(self, station: str) -> None:
        pass


def test_a_command_for_which_there_was_no_thread_is_refused_and_the_next_one_obeyed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    answers: list[ResponsePayload] = []
    came = threading.Semaphore(0)

    def take(_station: str, answer: ResponsePayload) -> None:
        answers.append(answer)
        came.release()

    control = Control("pi", Commands(), take)
    try:
        with monkeypatch.context() as exhausted:
            exhausted.setattr(threading.Thread, "start", fail)
            control.submit("kitchen", b'{"reset": true}', retained=False)
        assert came.acquire(timeout=PATIENCE_S)
        control.submit("kitchen", b'{"reset": true}', retained=False)
        assert came.acquire(timeout=PATIENCE_S)
    finally:
        control.close()
    assert [answer.ok for answer in answers] == [False, True]
