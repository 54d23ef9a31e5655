"""Secrets stay out of messages, and come from where systemd puts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.config.schema import MqttConfig
from genred.config.secret import broker_password
from genred.errors import ConfigError
from genred.masking import MASK, mask_url

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("http://user:pass@host/x", f"http://user:{MASK}@host/x"),
        ("http://user:p@ss/w@host/x", f"http://user:{MASK}@host/x"),
        ("http://host:8000/a@b", "http://host:8000/a@b"),
        ("see http://u:p@a and https://u:p@b", f"see http://u:{MASK}@a and https://u:{MASK}@b"),
        ("http://:pass@host", f"http://:{MASK}@host"),
        ("http://host/x?token=abc&b=1", f"http://host/x?token={MASK}&b=1"),
        ("http://host/x?b=1&api_key=abc#f", f"http://host/x?b=1&api_key={MASK}#f"),
        ("http://host:8000/x", "http://host:8000/x"),
        ("see http://token@host/x", f"see http://{MASK}@host/x"),
        ("http://host/x?pwd=abc&Signature=d", f"http://host/x?pwd={MASK}&Signature={MASK}"),
        ("http://host/live/@me", "http://host/live/@me"),
        ("http://host/a:b@c", "http://host/a:b@c"),
        ("http://host/x?token=a?b&c=d", f"http://host/x?token={MASK}&c=d"),
        ("http://host/x?u=http://me:pw@b/y", f"http://host/x?u=http://me:{MASK}@b/y"),
        ("http://token@host/x?u=http://me:pw@b", f"http://{MASK}@host/x?u=http://me:{MASK}@b"),
        ("a://x/b://me:pw@h/c://d", f"a://x/b://me:{MASK}@h/c://d"),
    ],
)
def test_urls_are_masked(text: str, masked: str) -> None:
    assert mask_url(text) == masked


def test_a_password_file_s_first_line_is_the_password(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\nmore\n")
    assert broker_password(MqttConfig(password_file=str(file))) == "hunter2"


def test_systemd_credentials_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broker").write_text("from systemd")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert broker_password(MqttConfig(password_file="broker")) == "from systemd"


def test_the_url_s_password_is_used_where_no_other_is_given() -> None:
    assert broker_password(MqttConfig(broker="mqtt://me:pw@host")) == "pw"
    assert broker_password(MqttConfig(broker="host")) is None


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), (b"", "empty"), (b"\xff", "UTF-8"), (b"x" * 5000, "larger")]
)
def test_a_password_file_that_is_none_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as error:
        broker_password(MqttConfig(password_file=str(file)))
    assert str(file) in str(error.value)
