from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.sources.http.cookies import MAX_COOKIE_CHARACTERS, MAX_KEPT, Cookies

FIRST = "http://radio.example/start"


@pytest.mark.parametrize(
    ("line", "url", "sent"),
    [
        ("a=1", "http://radio.example/other", True),
        ("a=1; Path=/", "http://radio.example:8000/x", True),
        ("a=1; Domain=radio.example", "http://cdn.radio.example/x", True),
        ("a=1; Domain=.radio.example; HttpOnly; SameSite=Lax", "https://cdn.radio.example/x", True),
        ("a=1", "http://cdn.radio.example/x", False),
        ("a=1", "http://other.example/x", False),
        ("a=1; Domain=other.example", "http://other.example/x", False),
        ("a=1; Domain=example", "http://other.example/x", False),
        ("a=1; Path=/deep", "http://radio.example/x", False),
        ("a=1; Secure", "http://radio.example/x", False),
        ("a=1; Max-Age=0", "http://radio.example/x", False),
        ("a=1; Max-Age=" + "9" * 500, "http://radio.example/x", True),
        ("a=1; Max-Age; Domain; Path; Expires; Version=x; Port=y; Secure=", "https://radio.example/x", True),
        ("a=1; Expires=Mon, 01-Jan-2001 00:00:00 GMT", "http://radio.example/x", False),
        ("a=1; Expires=soon", "http://radio.example/x", True),
        ("=1", "http://radio.example/x", False),
        ("a", "http://radio.example/x", False),
        ("a=" + "x" * MAX_COOKIE_CHARACTERS, "http://radio.example/x", False),
    ],
)
def test_a_cookie_goes_where_its_server_says_and_nowhere_else(line: str, url: str, sent: bool) -> None:
    cookies = Cookies()
    cookies.take(FIRST, [line])
    assert cookies.header(url) == ("a=1" if sent else None)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/x", "http://[::1]:8000/x", "http://localhost/x"])
def test_addresses_in_place_of_names_have_cookies_too(url: str) -> None:
    cookies = Cookies()
    cookies.take(url, ["token=a%3Db; path=/"])
    assert cookies.header(url) == "token=a%3Db"


def test_there_is_a_bound_to_what_is_kept() -> None:
    cookies = Cookies()
    for number in range(5 * MAX_KEPT):
        cookies.take(FIRST, [f"c{number}=1"])
    assert (cookies.header(FIRST) or "").count("=") <= MAX_KEPT + 1


PARTS = st.sampled_from(
    [
        "a",
        "=",
        ";",
        " ",
        '"',
        ",",
        "Max-Age",
        "Expires",
        "Domain",
        "Path",
        "Version",
        "Port",
        "1",
        ".",
        "Mon, 01-Jan-2030",
    ]
)


# What the collector finds meanwhile is another test's.
@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
@given(st.lists(st.text(max_size=100) | st.lists(PARTS, max_size=12).map("".join), max_size=5))
def test_no_line_raises_or_warns(lines: list[str]) -> None:
    cookies = Cookies()
    cookies.take(FIRST, lines)
    cookies.header(FIRST)
