"""A secret is shown by nothing but `reveal`."""

from __future__ import annotations

import msgspec
import pytest

from genred.config.annotations import Password
from genred.config.schema import MqttConfig
from genred.config.types.secret import Secret
from genred.config.types.value import value_type
from genred.errors import ConfigError
from genred.masking import MASK


def test_no_representation_of_a_secret_or_of_what_holds_it_shows_it() -> None:
    secret = Secret("hunter2")
    config = MqttConfig(password=secret)
    for text in (str(secret), repr(secret), f"{secret}", f"{secret!r}", repr(config)):
        assert "hunter2" not in text
        assert MASK in text
    with pytest.raises(TypeError):
        msgspec.json.encode(config)


def test_a_secret_is_revealed_to_who_asks() -> None:
    assert Secret("hunter2").reveal() == "hunter2"


def test_secrets_of_the_same_text_are_equal_and_a_text_is_none() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_what_is_wrong_with_a_secret_is_said_without_it() -> None:
    with pytest.raises(ConfigError, match=r"must be text, found \*{8}$") as error:
        value_type(Password).read(["hunter2"], None)
    assert error.value.__suppress_context__


def test_an_empty_secret_shows_as_empty() -> None:
    assert value_type(Password).show(Secret("")) == "(empty)"
    assert value_type(Password).show(Secret("x")) == MASK
