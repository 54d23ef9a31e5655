from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.sources.http.retry_after import MAX_RETRY_AFTER_S, retry_after_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), (" 120 ", 120.0), ("", None), ("-5", None), ("soon", None), ("1.5", None), ("9" * 5_000, None)],
)
def test_seconds_are_read_and_nonsense_is_nothing(text: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": text}) == seconds


def test_more_than_a_day_is_a_day() -> None:
    assert retry_after_s({"retry-after": "999999999"}) == MAX_RETRY_AFTER_S


def test_a_moment_is_compared_with_the_servers_own_clock() -> None:
    sent_at = 1_000_000_000.0
    headers = {"retry-after": formatdate(sent_at + 90, usegmt=True), "date": formatdate(sent_at, usegmt=True)}
    assert retry_after_s(headers) == 90.0
    assert retry_after_s({**headers, "retry-after": formatdate(sent_at - 90, usegmt=True)}) == 0.0


def test_without_the_servers_clock_ours_counts() -> None:
    seconds = retry_after_s({"retry-after": formatdate(time.time() + 3_600, usegmt=True)})
    assert seconds == pytest.approx(3_600, abs=60)


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_is_more_than_a_day_or_raises(text: str, date: str) -> None:
    seconds = retry_after_s({"retry-after": text, "date": date})
    assert seconds is None or 0.0 <= seconds <= MAX_RETRY_AFTER_S
