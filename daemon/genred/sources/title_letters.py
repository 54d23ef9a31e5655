"""In which code page a short text makes sense, by the letters of the languages that are written in it.

A title has twenty letters, and of these two that are no ASCII: too few for a detector of whole documents, enough for
who knows that Polish has ł and no ³, and that no word of German begins with ß.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import NamedTuple

_MOST_BYTES = 96
"""Looked at of a text."""

_STRANGE = math.log(1e-4)
"""Of a letter that the language has not, or of none at all where one must be."""

_ODD_CASE = math.log(0.02)
"""Of a capital behind a small letter."""

_UNCAPITALISED = math.log(0.3)
"""Of a title that begins with a small letter."""

_ODD_PLACE = math.log(0.01)
"""Of a letter where it does not stand in its language."""

_FOREIGN_WORD = math.log(0.1)
"""Of a word in ASCII in a language that is written otherwise."""

_BEFORE_WORDS = frozenset("‘“„‚«‹–—·¿¡№´`\xa0")
_BEHIND_WORDS = frozenset("’”“»›–—…·°ª©®™€´`\xa0")
"""What may stand before and behind a word of any language."""

_APOSTROPHES = frozenset("’‘´ʼ")
"""What may stand in one, too."""

_STEEPNESS = 2.0
"""The first letters of an alphabet in the order of their frequency are e to the power of this times as frequent as the
last ones; those of an alphabet that has no ASCII, to the power of 3."""


class _Language(NamedTuple):
    """A language, or some that are written alike.

    Attributes:
        letters: Those that are no ASCII, the most frequent first.
        share: Of these among all letters.
        likelihood: Natural logarithm of how likely it is on any station, in relation to the likeliest one.
        not_first: Letters that begin no word.
        only_last: Letters that only end one.
        followed: Letters that only stand before certain others, and these.
    """

    letters: str
    share: float
    likelihood: float = 0.0
    not_first: str = ""
    only_last: str = ""
    followed: tuple[tuple[str, str], ...] = ()


_CEDILLA = ("ç", "aouâãóôõúû")
_WESTERN = (
    _Language("éèàêçôâîûëïœùÿ", 0.04, followed=(_CEDILLA, ("œ", "uidnst"))),
    _Language("üäöß", 0.03, not_first="ß"),
    _Language("óáíéñúü", 0.03),
    _Language("ãáçéíóõúâêôà", 0.04, followed=(_CEDILLA,)),
    _Language("àèòùìé", 0.02, only_last="àòùìé"),
    _Language("äåöéü", 0.05),
    _Language("øåæéöü", 0.04),
    _Language("áíóðþýéæúöø", 0.12, -1.5, not_first="ð"),
)
_CENTRAL = (
    _Language("łęóążśćńź", 0.08, not_first="ęąń"),
    _Language("íáéěčšřžýůúňťďóľôäŕĺ", 0.13, not_first="ěůýŕĺ"),
    _Language("áéöóőíüúű", 0.11, -0.5),
    _Language("čšžćđ", 0.03, -0.5),
    _Language("ăîşâţ", 0.06, -0.5, not_first="ăţ"),
    _Language("üäöß", 0.03, -1.0, not_first="ß"),
)
_TURKISH = _Language("ıüşçöğâîİ", 0.1, not_first="ğ")
_BALTIC = (
    _Language("ėšųžūąčįę", 0.07),
    _Language("āīēūšķņļžčģ", 0.11),
    _Language("äõöüšž", 0.07),
)
_RUSSIAN = _Language("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", 1.0, not_first="ыьъ")
_UKRAINIAN = _Language("оаинівтерслкудмпязьгбчйхжїцюєшщфґ", 1.0, -1.0, not_first="ь")
_GREEK = _Language("αοιετσνηυρπκμλςωάίόγέδήθχύφβώζξψϊ", 1.0, only_last="ς")
_HEBREW = _Language("יוהלארמבתשנכקדפםחעטגצסןזךףץ", 1.0, only_last="םןךףץ")
_ARABIC = _Language("اليمنرتبودعسهكقفجحةشصأخطىذضزئثغظءإؤآ", 1.0, not_first="ةىئؤء", only_last="ةى")

_PAGES: dict[str, tuple[float, tuple[_Language, ...]]] = {
    "cp1252": (0.0, _WESTERN),
    "cp1250": (-2.5, _CENTRAL),
    "iso8859_2": (-4.0, _CENTRAL),
    "cp1254": (-2.5, (_TURKISH, *(one._replace(likelihood=one.likelihood - 1.0) for one in _WESTERN))),
    "cp1257": (-3.5, _BALTIC),
    "cp1251": (-1.0, (_RUSSIAN, _UKRAINIAN)),
    "koi8_r": (-2.0, (_RUSSIAN,)),
    "cp1253": (-1.5, (_GREEK,)),
    "cp1255": (-3.0, (_HEBREW,)),
    "cp1256": (-3.0, (_ARABIC,)),
}
"""How likely each page is, as of languages, and what is written in it."""

PAGES = tuple(_PAGES)
"""The code pages of a byte a character that are known here."""

_WORD = re.compile(rb"[A-Za-z\x80-\xff]++")


def likelihoods(text: bytes) -> dict[str, float]:
    """Says how likely a text is in each page: natural logarithms, to be added up over several texts.

    How likely a page is by itself is not in it; see `page_likelihood`.
    """
    return {page: _likelihood(text[:_MOST_BYTES], page) for page in PAGES}


def page_likelihood(page: str) -> float:
    """Says how likely a page is before any text is seen, as a natural logarithm."""
    return _PAGES[page][0]


def _likelihood(text: bytes, page: str) -> float:
    words = _WORD.findall(text)
    decoded = [word.decode(page, "replace") for word in words if not word.isascii()]
    first = next(filter(str.isalpha, text[:40].decode(page, "replace")), "")
    beginning = _UNCAPITALISED if not first.isascii() and first.islower() else 0.0
    foreign = _FOREIGN_WORD * (len(words) - len(decoded))
    return beginning + max(
        language.likelihood
        + (foreign if language.share == 1 else 0.0)
        + sum(_of_word(word, language) for word in decoded)
        for language in _PAGES[page][1]
    )


def _of_word(word: str, language: _Language) -> float:
    likely = _logarithms(language)
    ascii_likely = math.log(1 - language.share) if language.share < 1 else _STRANGE
    total = 0.0
    for at, letter in enumerate(word):
        if letter.isascii():
            total += ascii_likely
        elif letter in likely or letter.lower() in likely:
            small = letter if letter in likely else letter.lower()
            total += likely[small] + _of_place(small, word, at, language)
            if letter.isupper() and at and word[at - 1].islower():
                total += _ODD_CASE
        elif not _may_stand(letter, word, at):
            total += _STRANGE
    return total


def _may_stand(sign: str, word: str, at: int) -> bool:
    is_behind, is_before = word[:at][-1:].isalpha(), word[at + 1 : at + 2].isalpha()
    if is_behind and is_before:
        return sign in _APOSTROPHES
    return sign in _BEHIND_WORDS or (not is_behind and sign in _BEFORE_WORDS)


def _of_place(small: str, word: str, at: int, language: _Language) -> float:
    following = word[at + 1 : at + 2].lower()
    is_odd = (
        (at == 0 and small in language.not_first)
        or (small in language.only_last and following.isalpha())
        or any(small == letter and following not in others for letter, others in language.followed)
    )
    return _ODD_PLACE if is_odd else 0.0


@cache
def _logarithms(language: _Language) -> dict[str, float]:
    steepness = _STEEPNESS if language.share < 1 else 1.5 * _STEEPNESS
    weights = [math.exp(-steepness * rank / len(language.letters)) for rank in range(len(language.letters))]
    return {
        letter: math.log(language.share * weight / sum(weights))
        for letter, weight in zip(language.letters, weights, strict=True)
    }
