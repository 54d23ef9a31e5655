"""Every other type: paths, names, addresses, choices and plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from genred.config.annotations import BrokerText, File, HttpUrl, Id, Model
from genred.config.types.value import shown, value_type
from genred.errors import ConfigError
from genred.masking import MASK


@pytest.mark.parametrize(
    ("hint", "value", "held"),
    [
        (File, "ca.pem", "/etc/genred/ca.pem"),
        (File, "/ca.pem", "/ca.pem"),
        (File, "", ""),
        (Model, "student", "student"),
        (Model, "mine/m", "/etc/genred/mine/m"),
        (Model, "m.json", "/etc/genred/m.json"),
        (Id, "living_room", "living_room"),
        (HttpUrl, "HTTPS://host/x", "HTTPS://host/x"),
        (Literal["auto", "5"], 5, "5"),
        (tuple[str, ...], ["a", "b"], ("a", "b")),
    ],
)
def test_a_value_is_read_by_its_type(hint: Any, value: object, held: object) -> None:
    assert value_type(hint).read(value, Path("/etc/genred")) == held


@pytest.mark.parametrize(
    ("hint", "value", "said"),
    [
        (File, 5, "must be text, found 5"),
        (File, "~nobody_of_this_name/x", "there is no such user"),
        (Id, "Living Room", "must be a slug of a-z, 0-9 and single _, found 'Living Room'"),
        (HttpUrl, "ftp://me:hunter2@host", f"must be a http:// or https:// URL, found 'ftp://me:{MASK}@host'"),
        (Literal["auto", "5"], "atuo", "must be one of auto, 5, found 'atuo', did you mean 'auto'?"),
        (str | int, 1.5, "must be text or a whole number, found 1.5"),
        (tuple[str, ...], ["rtl_fm", 5], "item 2 must be text, found 5"),
        (bool, "maybe", "must be true or false, found 'maybe'"),
    ],
)
def test_a_type_says_what_a_wrong_value_must_be(hint: Any, value: object, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        value_type(hint).read(value, None)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("hint", "value", "shown_as"),
    [
        (HttpUrl, "http://me:hunter2@host/s?token=x", f"http://me:{MASK}@host/s?token={MASK}"),
        (BrokerText, "mqtts://me:hunter2@host", f"mqtts://me:{MASK}@host"),
        (BrokerText, "me:hunter2@host:1883", f"me:{MASK}@host:1883"),
        (tuple[str, ...], ("curl", "http://me:hunter2@host"), ["curl", f"http://me:{MASK}@host"]),
        (str, "Radio 1", "Radio 1"),
        (float, 15.0, 15.0),
    ],
)
def test_a_value_is_shown_without_credentials(hint: Any, value: object, shown_as: object) -> None:
    assert value_type(hint).show(value) == shown_as


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ({}, "an empty mapping"),
        ([], "an empty list"),
        ({"pasword": "hunter2"}, "a mapping"),
        (["hunter2"], "a list"),
        ("x" * 100, "'" + "x" * 56 + "..."),
    ],
)
def test_a_message_shows_no_content_of_what_may_hold_a_secret(value: object, text: str) -> None:
    assert shown(value) == text
