"""Ids and topics hold no line break, not even at their end; a proxy is one of HTTP."""

from __future__ import annotations

import pytest

from genred.config.read import parse_config
from genred.config.show import describe
from genred.errors import ConfigError


@pytest.mark.parametrize("end", ["\\n", "\\r\\n", "\\u2028"])
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('node: "attic{}"\nstations: {{a: {{source: x.wav}}}}', "node: must be a slug"),
        ('mqtt: {{base_topic: "radio{}"}}\nstations: {{a: {{source: x.wav}}}}', "mqtt.base_topic: must be a topic"),
        ('stations: {{"a{}": {{source: x.wav}}}}', "must be a slug"),
    ],
)
def test_a_line_break_at_the_end_is_refused(text: str, end: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        parse_config(text.format(end))


STATION = "stations: {{a: {{source: {{url: 'http://h', proxy: '{}'}}}}}}"


@pytest.mark.parametrize("proxy", ["", "direct", "http://proxy:3128", "HTTP://[::1]:3128/"])
def test_a_proxy_is_an_address_or_none(proxy: str) -> None:
    parse_config(STATION.format(proxy))


@pytest.mark.parametrize("proxy", ["https://p", "socks5://me:hunter2@p", "proxy:3128", "http://", "none", "http://p x"])
def test_what_is_no_http_proxy_is_refused(proxy: str) -> None:
    with pytest.raises(ConfigError, match="must be a http:// URL of a proxy") as error:
        parse_config(STATION.format(proxy))
    assert "hunter2" not in str(error.value)


def test_a_proxys_password_is_not_shown() -> None:
    shown = str(describe(parse_config(STATION.format("http://me:hunter2@proxy:3128"))))
    assert "hunter2" not in shown
    assert "http://me:********@proxy:3128" in shown
