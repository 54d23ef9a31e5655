"""Keeping secrets out of what is shown, by what they are called and by what they look like.

Passwords, tokens, sessions and signatures in addresses, headers, cookies, options of commands, JSON, and in any text
that holds some of these. What is masked comes from servers, commands and configurations, and messages about hostile
text are made of hostile text. So every function here reads its text once, whatever is in it.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MASK = "********"
"""What stands in the place of a secret, whatever its length."""

CONFIDENTIAL_NAMES = (
    "pass(?:word|wd|phrase|code)?|pwd|token|key|secret|sign(?:ature)?|auth(?:orization)?|credentials?|session|cookie|jwt|"
    "hmac|bearer|hdne[at]s?|hdntl|(?<![a-z])(?:sig|sid|sess|pw|otp|pin|md5|st)(?![a-z])|sessid"
)
"""A pattern of what options and parameters are called that hold a secret; in any case, and as part of a name too."""

SUBSONIC_USER = "u"
SUBSONIC_SECRETS = frozenset("pts")
"""Parameters of Subsonic's addresses: beside a user, a password or a token of it with its salt. Anywhere else these
names mean anything."""

_MAX_URL_CHARACTERS = 8_192
"""A longer text is not taken apart as a URL: normalising a host's characters may cost the square of its length."""

_LEAST_SHAPELESS_CHARACTERS = 32
"""A part of an address with letters and digits and nothing else that is as long as this is no word of anybody's."""


def _pattern(text: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """Compiles a pattern when it is first needed: all of them together would take a short command a while."""
    return cache(partial(re.compile, text, flags))


# Every pattern begins with a mark that its repetitions exclude, and these never give back what they have taken: an
# attempt that fails ends before the next one begins.
_CONFIDENTIAL = _pattern(CONFIDENTIAL_NAMES, re.IGNORECASE)
_WORD = _pattern(r"\S++")
# A port and a path with an @ are no credentials.
_USER = _pattern(r"://[^/\s:@]*+:(?!\d++/)")
# A name alone before the @, which for a stream is often a token.
_LONE_USER = _pattern(r"://[^/\s:@]++@")
_BARE_USER = _pattern(r"[\"'(<\[=]*+(?!\d++:)[\w.+-]++:(?!/)")
_VALUE = _pattern(r"\"[^\"\n]*+|'[^'\n]*+|(?:[^\s\"'<>&#;,|)\]}]|[;,|)\]}](?![\s\"';,|)\]}]|\Z))++")
_NAME = _pattern(r"(?<![\w.%-])([\w.%-]++)(\s*+=\s*+|[\"']\s*+:\s*+|:(?![\s/]))")
_HEADER = _pattern(
    r"(?<![\w-])(?:(?:proxy-)?authorization|(?:set-)?cookie2?|(?:x-)?(?:api|auth|access|private)-(?:key|token)|x-token)"
    r"\s*+:\s*+",
    re.IGNORECASE,
)
_TO_QUOTE = {'"': _pattern(r'[^"\r\n]++'), "'": _pattern(r"[^'\r\n]++")}
_TO_END = _pattern(r"[^\r\n]++")
_OPTION = _pattern(r"(?<![\w-])(--?[A-Za-z][\w-]*+)(?:[\"']\s*+,)?\s++(?![\s-])")
_SCHEME = _pattern(r"(?<!\w)(bearer|basic|digest)(\s++)([\w+/.~-]{6,}+=*+)", re.IGNORECASE)
_SHAPES = _pattern(
    r"(?<![\w-])(?:eyJ[\w-]{6,}+\.[\w-]++(?:\.[\w-]*+)?"  # JSON Web Token
    r"|(?:gh[opsru]_|github_pat_|glpat-|xox[abeprs]-|sk-|[rs]k_live_|hf_|npm_|pypi-|AIza|AKIA|ASIA)[\w-]{12,}+)"
)
_SHAPELESS = _pattern(rf"(?<=[/=])[A-Za-z0-9_-]{{{_LEAST_SHAPELESS_CHARACTERS},}}+")
_SUBSONIC_LOGIN = _pattern(rf"[?&]{SUBSONIC_USER}=", re.IGNORECASE)
_SUBSONIC_SECRET = _pattern(rf"([?&][{''.join(sorted(SUBSONIC_SECRETS))}]=)[^\s&#\"'<>]++", re.IGNORECASE)
_USER_OPTIONS = frozenset({"-u", "-U", "--user", "--proxy-user", "--userpwd", "--login"})


def mask_value(value: object) -> str:
    """Gives the mask for any secret; an empty one shows as empty."""
    return MASK if value else "(empty)"


def mask_text(text: str) -> str:
    """Masks what is a secret in a text of any kind, by its name or by its looks."""
    if "@" in text or "://" in text:
        text = _WORD().sub(lambda word: _mask_word(word[0]), text)
    if "?" in text:
        text = _WORD().sub(lambda word: _mask_subsonic(word[0]), text)
    if ":" in text:
        text = _mask_headers(text)
    if "=" in text or ":" in text:
        text = _mask_values(text, _NAME(), _names_secret)
    if "-" in text:
        text = _mask_values(text, _OPTION(), _is_secret_option)
    return _SHAPES().sub(MASK, _SCHEME().sub(_masked_scheme, text))


mask_url = mask_text
"""The same, for texts that hold addresses above all."""


def mask_arguments(arguments: Sequence[str]) -> list[str]:
    """Masks a command's arguments: each as a text, and that which follows an option whose value is a secret."""
    return [_mask_argument(option, argument) for option, argument in zip(("", *arguments), arguments, strict=False)]


def masked(url: str) -> str:
    """Gives a URL fit for logs and messages: user's password and secret-looking values are replaced.

    A text that is no URL and has neither in it comes back as it is.
    """
    if len(url) > _MAX_URL_CHARACTERS:
        return mask_text(mask_before_at(url))
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where a `/` or `#` in a password has cut the address in the wrong place
    except ValueError:
        return mask_text(mask_before_at(url))
    if "@" not in parts.netloc:
        return mask_text(url)
    credentials, _, host = parts.netloc.rpartition("@")
    user, colon, _ = credentials.partition(":")
    netloc = f"{user}:{MASK}@{host}" if colon else f"{MASK}@{host}"
    return mask_text(urlunsplit((parts.scheme, netloc, parts.path, parts.query, parts.fragment)))


def mask_before_at(text: str) -> str:
    """Masks everything between the scheme, where there is one, and the last @: for an address that is malformed."""
    scheme, separator, rest = text.partition("://") if "://" in text else ("", "", text)
    _, at, place = rest.rpartition("@")
    return f"{scheme}{separator}{MASK}@{place}" if at else text


def _mask_argument(option: str, argument: str) -> str:
    if option in _USER_OPTIONS and ":" in argument:
        return f"{argument.partition(':')[0]}:{MASK}"
    is_value = option.startswith("-") and "=" not in option and not argument.startswith("-")
    return MASK if is_value and argument and _is_confidential(option) else mask_text(argument)


def _mask_word(word: str) -> str:
    """Masks the first password of a word up to the last @, since passwords hold / and @ too, and what has no shape."""
    end = word.rfind("@")
    if "://" not in word:
        found = _BARE_USER().match(word, 0, end) if end > 0 else None
        return word if found is None else f"{word[: found.end()]}{MASK}{word[end:]}"
    found = _USER().search(word, 0, end) if end > 0 else None
    if found is not None:
        word = f"{word[: found.end()]}{MASK}{word[end:]}"
    return _SHAPELESS().sub(_masked_shapeless, _LONE_USER().sub(f"://{MASK}@", word))


def _mask_subsonic(word: str) -> str:
    return _SUBSONIC_SECRET().sub(rf"\1{MASK}", word) if _SUBSONIC_LOGIN().search(word) else word


def _mask_headers(text: str) -> str:
    """Masks what a header holds: up to the quote that it began with, or to the end of its line."""
    parts: list[str] = []
    at = 0
    while (found := _HEADER().search(text, at)) is not None:
        quote = text[found.start() - 1] if found.start() else ""
        rest = _TO_QUOTE.get(quote, _TO_END)().match(text, found.end())
        parts += text[at : found.end()], MASK if rest is not None else ""
        at = found.end() if rest is None else rest.end()
    return "".join([*parts, text[at:]])


def _masked_shapeless(found: re.Match[str]) -> str:
    has_both = re.search(r"\d", found[0]) and re.search(r"[A-Za-z]", found[0])
    return MASK if has_both else found[0]


def _mask_values(text: str, names: re.Pattern[str], is_secret: Callable[[re.Match[str]], bool]) -> str:
    """Masks the values that follow names; one that is no secret is read on, since another name may stand in it."""
    parts: list[str] = []
    at = position = 0
    while (name := names.search(text, position)) is not None:
        position = name.end()
        value = _VALUE().match(text, position) if is_secret(name) else None
        if value is None:
            continue
        kept = position
        if name[1] in _USER_OPTIONS:
            # Of a login, all but the user; what is none stays.
            colon = text.find(":", position, value.end())
            kept = value.end() if colon < 0 else colon + 1
        elif value[0][0] in "\"'":
            kept += 1
        if kept < value.end():
            parts += text[at:kept], MASK
            at = position = value.end()
    return "".join([*parts, text[at:]])


def _names_secret(found: re.Match[str]) -> bool:
    name, separator = found[1], found[2]
    return _is_confidential(name) and (separator != ":" or _CONFIDENTIAL().fullmatch(name) is not None)


def _is_secret_option(found: re.Match[str]) -> bool:
    return found[1] in _USER_OPTIONS or _is_confidential(found[1])


def _masked_scheme(found: re.Match[str]) -> str:
    if found[1].lower() != "basic":
        return f"{found[1]}{found[2]}{MASK}" if re.search(r"\d", found[3]) or len(found[3]) > 20 else found[0]
    try:
        is_login = b":" in base64.b64decode(found[3], validate=True)
    except (binascii.Error, ValueError):
        is_login = False
    return f"{found[1]}{found[2]}{MASK}" if is_login else found[0]


def _is_confidential(name: str) -> bool:
    # No secret's name is one letter; by far most of what a hostile text calls names is.
    return len(name) > 1 and _CONFIDENTIAL().search(unquote(name) if "%" in name else name) is not None
