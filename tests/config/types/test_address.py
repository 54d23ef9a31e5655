"""Ids and topics hold no line break, not even at their end."""

from __future__ import annotations

import pytest

from genred.config.read import parse_config
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
