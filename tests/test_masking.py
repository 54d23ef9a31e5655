"""Secrets, by what they are called and by what they look like, in texts of every kind."""

from __future__ import annotations

import pytest

from genred.masking import MASK, mask_arguments, mask_text, masked

SECRET = "hunter2XYZ9"


@pytest.mark.parametrize(
    "text",
    [
        "http://me:{}@host/x",
        "login me:{}@host:1883 failed",
        "GET /live?session={}",
        "https://host/x;jsessionid={}?a=1",
        "https://host/#access_token={}&x=1",
        "https://host/x?Policy=a&Signature={}~__&Key-Pair-Id=APK{}",
        "https://host/x?hdnea=exp=1~acl=/*~hmac={}",
        "https://host/x?sig={}==&a=b",
        "https://host/?PHPSESSID={}",
        "https://host/rest/stream.view?u=me&p={}&v=1.16.1&c=x&id=1",
        "https://host/rest/stream?t={}&s={}&u=me&id=1: 404",
        "GET /rest/ping?v=1&u=me&p=enc:{}",
        "https://me:pw@host/rest/stream?u=me&p={}",
        "https://host/x?pass%77ord={}",
        "https://host/x?st={}&e=1",
        "https://host/live/8f14e45fceea167a5a36dedd4bea2543{}/a.mp3",
        "http://me:pw@host/x?token={}: 404",
        "Authorization: Bearer {}",
        "authorization: token {}",
        "Digest was asked for, then authorization: Digest username='me', response={}",
        "with a bearer {} that is old",
        "Cookie: a=1; sid={}; b=2",
        "set-cookie: PHPSESSID={}; path=/",
        "X-Api-Key: {}",
        "curl --password {} --rate 5",
        "curl --password={}",
        "curl -u me:{} http://host",
        "['curl', '--token', '{}', 'x']",
        '{{"password": "{}", "token":"{}"}}',
        "{{'api_key': '{}'}}",
        'password="two words {}"',
        "password = {}",
        "token:{}",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.{}",
        "ghp_{}abcdefghijk",
    ],
)
def test_no_secret_is_left(text: str) -> None:
    shown = mask_text(text.format(*[SECRET] * 3))
    assert SECRET not in shown
    assert MASK in shown
    assert mask_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "mqtt.password_file: /x/y: cannot be read: No such file or directory",
        "mqtt.password: given twice, also in mqtt.broker; give it once",
        "http://keyserver:8000/x",
        "the server asks for basic authentication",
        "rtl_fm -M wbfm -f 97.1M -p 1 -",
        "hw:CARD=Device,DEV=0",
        "a@b.c: d@e",
        "12:30@home",
        "http://host/a:b@c",
        "https://host/x?quality=high&lang=de",
        "https://host/x?p=1&s=2&t=30",
        "https://host/rest/stream?u=me&id=1&c=x&f=json",
        "Bill Evans - Waltz for Debby",
        "mqtt://127.0.0.1:1883 accepts packets of at most 2048 bytes: homeassistant/device/genred_genred__a/config",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_text(text) == text


def test_arguments_of_a_command_are_masked_each_in_its_place() -> None:
    arguments = ["curl", "-u", "me:" + SECRET, "--token", SECRET, "-H", f"Cookie: a={SECRET}", "--rate", "5", "-"]
    assert mask_arguments(arguments) == [
        *("curl", "-u", f"me:{MASK}", "--token", MASK, "-H", f"Cookie: {MASK}", "--rate", "5", "-")
    ]


def test_address_that_is_none_shows_no_more_than_one_that_is() -> None:
    assert masked(f"http://me:a/{SECRET}@host/x?key={SECRET}") == f"http://{MASK}@host/x?key={MASK}"


@pytest.mark.parametrize(
    "token",
    [
        *"a=:-'\",;@/ &?",
        *("?u=", "&p=", "&u=&p=a"),
        *("a:", "a=", "--a ", "-u ", "token=", "token: ", "bearer ", "eyJaaaaaa.", "://", "a@", "cookie:", '"cookie:'),
    ],
)
def test_any_length_of_anything_is_read_once(token: str) -> None:
    # What is quadratic takes minutes on this.
    for head in ("", "http://", "token=", '"', "?u="):
        mask_text(head + token * (400_000 // len(token)))
