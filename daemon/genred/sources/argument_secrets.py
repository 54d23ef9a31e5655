"""Secrets among the arguments of a command, which the command may repeat in what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from genred.masking import CONFIDENTIAL_NAMES, MASK, SUBSONIC_SECRETS, SUBSONIC_USER, mask_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST_CHARACTERS = 4
"""A shorter secret would be found in every other word, and a mask in its place would hide what went wrong."""

_SECRET_NAME = re.compile(rf"(?i)(?:{CONFIDENTIAL_NAMES})$")
_AUTHORIZATION = re.compile(r"(?i)^\s*(?:proxy-)?authorization\s*:\s*(?:\w+\s+)?(\S+)")


def secrets_of(arguments: Sequence[str]) -> frozenset[str]:
    """Finds what of a command's arguments looks like a secret.

    Args:
        arguments: Program and arguments. Of URLs, the password and the values of parameters named like a secret; of
            options named like one, `--name=value`, `name=value` and `--name value`; of headers, `Authorization`.
    """
    found: set[str] = set()
    for option, argument in zip(("", *arguments), arguments, strict=False):
        found.update(_secrets_in(argument))
        if option.startswith("-") and "=" not in option and _SECRET_NAME.search(option) and argument[:1] != "-":
            found.add(argument)
    return frozenset(secret for secret in found if len(secret) >= LEAST_CHARACTERS)


def masked_text(text: str, secrets: frozenset[str]) -> str:
    """Masks the secrets wherever they stand in a text, and those that look like one by themselves."""
    text = mask_url(text)
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def _secrets_in(argument: str) -> Iterator[str]:
    name, equals, value = argument.partition("=")
    if equals and "://" not in name and _SECRET_NAME.search(name):
        yield value
    header = _AUTHORIZATION.match(argument)
    if header is not None:
        yield header[1]
    if "://" not in argument:
        return
    try:
        parts = urlsplit(argument)
        password = parts.password
    except ValueError:
        password, parts = None, urlsplit("")
    if password:
        yield from {password, unquote(password)}
    values = parse_qsl(parts.query)
    keys = {key for key, _ in values}
    for key, secret in values:
        if _SECRET_NAME.search(key) or (SUBSONIC_USER in keys and key in SUBSONIC_SECRETS):
            yield secret
