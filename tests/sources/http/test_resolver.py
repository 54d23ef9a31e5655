"""Names are looked up whatever became of earlier look-ups."""

from __future__ import annotations

import threading
import time

import pytest

from genred.engine.flag import Flag
from genred.sources.http.resolver import resolve_host
from tests.patience import PATIENCE_S


def test_name_for_which_there_was_no_thread_once_is_looked_up_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def look_up() -> list[object]:
        ends_at = time.monotonic() + PATIENCE_S
        return list(resolve_host("127.0.0.1", 80, "a stream", lambda: ends_at, Flag()))

    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", fail)
        with pytest.raises(RuntimeError):
            look_up()
    assert look_up()
