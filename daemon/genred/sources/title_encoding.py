"""Titles are bytes, and nobody says in which encoding: UTF-8, or the code page of an old playout computer."""

from __future__ import annotations

import codecs
import re

from genred.sources.title_letters import PAGES, likelihoods, page_likelihood

MAX_EVIDENCE = 20
"""Titles that a guess is made of. What many stations send first is an advert or their name, in ASCII."""

MAX_EVIDENCE_BYTES = 256
"""Of each."""

MAX_GUESSED_BYTES = 1_024
"""Of one title."""

LATIN = ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257")
"""The likeliest first: of those that explain the titles equally well, the first is taken."""

OTHER_SCRIPTS = (
    *("cp1251", "koi8_r", "cp1253", "shift_jis", "euc_jp", "gb18030", "euc_kr", "big5"),
    *("cp1255", "cp1256"),
)
"""Likewise."""

_LEAST_SHARE_OF_OTHER_SCRIPTS = 0.5
"""In words of other scripts half of the bytes are no ASCII at least (Shift JIS), in those of Latin ones seldom."""

_TELLING_LETTERS = 4
"""A word of so many letters without ASCII is hardly one of French or Polish."""

_SENSIBLE_LETTER = -3.6
"""The mean of a letter's natural logarithm from which on a text is in its language, and in no page of two bytes."""

_SENSIBLE_LATIN_LETTER = -6.0
"""The same for the few letters of a Latin text that are no ASCII."""

_OWN_PAGE_BONUS = 3.0
"""In the logarithm of the likelihood, for the page that a station's other titles are in."""

_APOSTROPHES = frozenset("’‘´`ʼ·")
"""What may stand in the middle of a word and is no letter."""

_MISREAD_AS = ("cp1252", "cp1251", "cp1250")
"""As which UTF-8 is taken, to be written as UTF-8 once more."""

_ACCENTED_WORD = re.compile("[À-ÖØ-öø-ÿ¨¸]{4,}+")

_MOST_READINGS = 2
"""So many times was a title misread at most; twice has been seen."""

_WORD = re.compile(rb"[A-Za-z\x80-\xff]++")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_ASCII = bytes(range(0x80, 0x100))


class TitleDecoder:
    """Decodes the titles of one source, and learns from those that are not UTF-8 what they are.

    Args:
        encoding: Of all of them; empty to guess.
    """

    def __init__(self, encoding: str = "") -> None:
        self._encoding = encoding
        # A station of another script plays songs of Latin ones too, and these in a page of their own.
        self._judged = 0
        self._latin, self._other = _Evidence(LATIN), _Evidence(OTHER_SCRIPTS)

    def decode(self, raw: bytes) -> str:
        """Decodes one title."""
        return undo_misreading(self._decode(raw))

    def _decode(self, raw: bytes) -> str:
        if self._encoding:
            return raw.decode(self._encoding, "replace")
        if raw.startswith(_UTF16_MARKS):
            return raw.decode("utf-16", "replace")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            whole = raw[: error.start]
            # A server that cuts a long title cuts it in the middle of a character.
            if error.end == len(raw) and error.reason == "unexpected end of data" and not whole.isascii():
                return whole.decode("utf-8")
        return decode_as(raw, self._learn(raw[:MAX_EVIDENCE_BYTES]))

    def _learn(self, text: bytes) -> str:
        """Gives the encoding that a title is likely in, and takes it for evidence of what the others are in."""
        if self._judged == 2 * MAX_EVIDENCE:
            is_other = self._other.titles and _candidates(text) is not LATIN
            return (self._other if is_other else self._latin).guess
        self._judged += 1
        likely = likelihoods(text)
        return (self._other if self._is_of_other_script(text, likely) else self._latin).learn(text, likely)

    def _is_of_other_script(self, text: bytes, likely: dict[str, float]) -> bool:
        if _candidates(text) is LATIN:
            return False
        latin = max(likely[page] + page_likelihood(page) for page in LATIN)
        if self._other.titles:
            # What the station has sent before tells more than a few letters.
            return likely.get(self._other.guess, 0.0) + _OWN_PAGE_BONUS > latin
        other = max(likely[page] + page_likelihood(page) for page in OTHER_SCRIPTS if page in PAGES)
        return other > latin or not _is_sensible(text, latin, _SENSIBLE_LATIN_LETTER)


class _Evidence:
    """Titles of one source that are of the same kind."""

    def __init__(self, pages: tuple[str, ...]) -> None:
        self._pages = pages
        self._likely = dict.fromkeys(PAGES, 0.0)
        self.titles: list[bytes] = []
        self.guess = LATIN[0]

    def learn(self, raw: bytes, likely: dict[str, float]) -> str:
        """Takes a title and gives the encoding that it is likely in, as all others are."""
        if raw not in self.titles and len(self.titles) < MAX_EVIDENCE:
            self.titles.append(raw)
            self._likely = {page: sum_ + likely[page] for page, sum_ in self._likely.items()}
            self.guess = _guess(b"\n".join(self.titles), self._likely, self._pages) or self.guess
        return self.guess


def decode_as(raw: bytes, encoding: str) -> str:
    """Decodes, and takes as Latin-1 (which has a character for every byte) what the encoding has none for."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("latin-1") if encoding in LATIN else raw.decode(encoding, "replace")


def guess_encoding(text: bytes) -> str | None:
    """Guesses of which encoding a text is that is not UTF-8.

    Args:
        text: The more of it, the better the guess.

    Returns:
        One of `LATIN` or `OTHER_SCRIPTS`; None where none of them makes sense.
    """
    return _guess(text, likelihoods(text), _candidates(text))


def _guess(text: bytes, likely: dict[str, float], pages: tuple[str, ...]) -> str | None:
    """The likeliest of some pages: by the letters, and where these make no sense, by a detector of all encodings."""
    known = [page for page in pages if page in PAGES]
    best = max(known, key=lambda page: likely[page] + page_likelihood(page))
    if pages is LATIN or _is_sensible(text, likely[best]):
        return best
    return detect_encoding(text, pages) or best


def _is_sensible(text: bytes, likely: float, letter: float = _SENSIBLE_LETTER) -> bool:
    return likely > letter * sum(byte >= 0x80 for byte in text)


def detect_encoding(text: bytes, pages: tuple[str, ...]) -> str | None:
    """Asks a detector of all encodings, for which of some a text makes sense; None where it does in none."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - most stations send UTF-8

    found = from_bytes(
        text,
        cp_isolation=list(pages),
        threshold=0.5,
        language_threshold=0.0,
        preemptive_behaviour=False,
        enable_fallback=False,
    )
    # Those that give the same text are one match.
    matches = [
        (_broken_words(str(match)), round(match.chaos, 2), -round(match.coherence, 2), pages.index(page))
        for match in found
        for page in {match.encoding, *match.could_be_from_charset}
        if page in pages
    ]
    return pages[min(matches)[-1]] if matches else None


def undo_misreading(text: str) -> str:
    """Puts a text right that was read as what it is not, and written as UTF-8 then.

    UTF-8 read as a code page (`BjÃ¶rk`): what was meant so is no UTF-8 when it is written in that page, but for pairs
    that no language has. A code page of another script read as Latin-1 (`Êèíî`), as Icecast reads what sources send: no
    language that is written in Latin-1 has words of nothing but accented letters.
    """
    for _ in range(_MOST_READINGS):
        meant = None if text.isascii() else _as_utf8(text)
        if meant is None:
            break
        text = meant
    return _as_another_script(text) if _ACCENTED_WORD.search(text) else text


def _as_utf8(text: str) -> str | None:
    for page in _MISREAD_AS:
        try:
            return b"".join(map(_byte_of[page].__getitem__, text)).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            continue
    return None


def _as_another_script(text: str) -> str:
    try:
        raw = b"".join(map(_byte_of[_MISREAD_AS[0]].__getitem__, text))
        encoding = guess_encoding(raw[:MAX_GUESSED_BYTES])
        return raw.decode(encoding) if encoding in OTHER_SCRIPTS else text
    except (KeyError, UnicodeDecodeError):
        return text


def _candidates(text: bytes) -> tuple[str, ...]:
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    high_bytes = [len(word) - len(word.translate(None, _NOT_ASCII)) for word in words]
    if any(len(word) == high >= _TELLING_LETTERS for word, high in zip(words, high_bytes, strict=True)):
        return OTHER_SCRIPTS + LATIN
    if sum(high_bytes) >= _LEAST_SHARE_OF_OTHER_SCRIPTS * sum(map(len, words)):
        return LATIN + OTHER_SCRIPTS
    return LATIN


def _broken_words(text: str) -> int:
    """How often something stands in the middle of a word that belongs into none: `Podsiad³o`."""
    return sum(
        not sign.isascii() and not sign.isalpha() and sign not in _APOSTROPHES and before.isalpha() and after.isalpha()
        for before, sign, after in zip(text, text[1:], text[2:], strict=False)
    )


def _bytes_of(page: str) -> dict[str, bytes]:
    """The byte of each character, of the control characters too as which Latin-1 has some of Windows' letters."""
    controls = {chr(byte): bytes([byte]) for byte in range(0x80, 0xA0)}
    read = {bytes([byte]).decode(page, "replace"): bytes([byte]) for byte in range(0x100)}
    return controls | {sign: byte for sign, byte in read.items() if sign != "\ufffd"}


_byte_of = {page: _bytes_of(page) for page in _MISREAD_AS}
