"""Titles in the code pages of the world."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.sources.title_encoding import MAX_EVIDENCE, TitleDecoder, decode_as, detect_encoding, undo_misreading
from genred.sources.title_letters import likelihoods

GROUPS = {
    "cp1252": ["Mylène Farmer - Désenchantée", "Beyoncé – Naïve €", "Sigur Rós - Sæglópur", "Queen – Don’t Stop Me"],
    "latin-1": ["Die Ärzte - Männer sind Schweine", "Motörhead - Ace of Spades", "Håkan Hellström - Känn ingen sorg"],
    "cp1250": ["Dżem - Whisky", "Myslovitz - Długość dźwięku samotności", "Czesław Niemen - Dziwny jest ten świat"],
    "cp1251": ["Кино - Группа крови", "ДДТ - Осень", "DJ Smash - Москва never sleeps", "Реклама"],
    "koi8_r": ["Кино - Группа крови", "ДДТ - Осень", "Radio - Земфира"],
    "cp1253": ["Νατάσσα Θεοδωρίδου - Κλαίω", "Χάρις Αλεξίου - Όλα σε θυμίζουν"],
    "cp1256": ["فيروز - نسم علينا الهوى", "أم كلثوم - ألف ليلة وليلة"],
    "shift_jis": ["サザンオールスターズ - いとしのエリー", "宇多田ヒカル - 初恋"],
    "euc_jp": ["サザンオールスターズ - いとしのエリー", "宇多田ヒカル - 初恋"],
    "gb18030": ["邓丽君 - 月亮代表我的心", "周杰伦 - 青花瓷", "王菲 - 红豆"],
    "big5": ["鄧麗君 - 月亮代表我的心", "周杰倫 - 青花瓷"],
    "euc_kr": ["소녀시대 - 다시 만난 세계", "아이유 - 좋은 날"],
}


@pytest.mark.parametrize("encoding", GROUPS)
def test_the_code_page_of_a_station_is_guessed(encoding: str) -> None:
    decoder = TitleDecoder()
    assert [decoder.decode(title.encode(encoding)) for title in GROUPS[encoding]] == GROUPS[encoding]


def test_a_guess_gets_better_with_each_title() -> None:
    """Hebrew looks like Russian in small letters, until there is enough of it."""
    titles = ["עופרה חזה - ירושלים של זהב", "אריק איינשטיין - עוף גוזל"]
    decoder = TitleDecoder()
    for title in titles:
        decoder.decode(title.encode("cp1255"))
    assert [decoder.decode(title.encode("cp1255")) for title in titles] == titles


@pytest.mark.parametrize("title", ["Björk - Jóga", "Кино", "初恋", "Jay-Z", ""])
def test_utf8_is_utf8_whatever_came_before(title: str) -> None:
    decoder = TitleDecoder()
    decoder.decode("Кино - Группа крови".encode("cp1251"))
    assert decoder.decode(title.encode()) == title


def test_utf16_says_what_it_is() -> None:
    assert TitleDecoder().decode("Björk - Jóga".encode("utf-16")) == "Björk - Jóga"
    assert TitleDecoder().decode(b"\xff\xfea") == "\ufffd"


def test_a_title_that_was_cut_within_a_character_is_utf8() -> None:
    assert TitleDecoder().decode("Björk - Jóga – é".encode()[:-1]) == "Björk - Jóga – "


def test_a_song_of_another_script_between_others_is_in_a_page_of_its_own() -> None:
    decoder = TitleDecoder()
    for encoding in ("cp1251", "cp1252", "cp1251", "latin-1"):
        for title in GROUPS[encoding]:
            assert decoder.decode(title.encode(encoding)) == title


def test_an_encoding_that_was_given_is_not_doubted() -> None:
    decoder = TitleDecoder("cp1255")
    assert decoder.decode("ירושלים".encode("cp1255")) == "ירושלים"
    assert TitleDecoder("iso8859_2").decode(b"Podsiad\xb3o") == "Podsiadło"
    assert TitleDecoder("shift_jis").decode(b"\x83\xff") == "\ufffd\xff".replace("\xff", "\ufffd")
    # UTF-8 that comes all the same is put right as whatever else was misread.
    assert TitleDecoder("cp1251").decode("Björk - Jóga".encode()) == "Björk - Jóga"


@pytest.mark.parametrize("title", ["Björk – “Jóga”", "Кино - Группа крови", "Łódź", "Ünlü", "Δέσποινα"])
@pytest.mark.parametrize("page", ["latin-1", "cp1252", "cp1251", "cp1250"])
def test_what_was_encoded_twice_is_put_right(title: str, page: str) -> None:
    try:
        misread = title.encode().decode(page)
    except UnicodeDecodeError:
        pytest.skip("the page has no character for one of the bytes")
    assert undo_misreading(misread) == title
    assert TitleDecoder().decode(misread.encode()) == title


def test_what_was_encoded_three_times_is_put_right() -> None:
    assert undo_misreading("Björk".encode().decode("latin-1").encode().decode("cp1252")) == "Björk"


@pytest.mark.parametrize("title", ["Кино - Группа крови", "Реклама", "Ёлка - Прованс", "Νατάσσα - Κλαίω"])
def test_a_code_page_that_was_taken_for_latin1_is_put_right(title: str) -> None:
    page = "cp1253" if "Ν" in title else "cp1251"
    assert undo_misreading(title.encode(page).decode("latin-1")) == title


@pytest.mark.parametrize(
    "title",
    [
        *(title for group in GROUPS.values() for title in group),
        *("CAFÉ «X»", "À la carte", "Çà et là", "“JE T’AI AIMÉ”", "100° Ã", "«Смех»", "Реквием", "ÆØÅ", "Ÿ", "ÄÖÜ"),
    ],
)
def test_what_was_meant_so_stays(title: str) -> None:
    assert undo_misreading(title) == title


def test_what_the_titles_of_a_station_cost_is_bounded_however_many_come(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at, detected = [], []

    def look(text: bytes) -> dict[str, float]:
        looked_at.append(text)
        return likelihoods(text)

    def detect(text: bytes, pages: tuple[str, ...]) -> str | None:
        detected.append(text)
        return detect_encoding(text, pages)

    monkeypatch.setattr("genred.sources.title_encoding.likelihoods", look)
    monkeypatch.setattr("genred.sources.title_encoding.detect_encoding", detect)
    decoder = TitleDecoder()
    for number in range(10 * MAX_EVIDENCE):
        decoder.decode(b"caf\xe9 %d" % number)
        decoder.decode(b"\xf3\xe2\xc1\xba %d" % number)
    assert len(looked_at) == 2 * MAX_EVIDENCE
    assert 0 < len(detected) <= MAX_EVIDENCE


SHORT = {
    "cp1251": ["Ария", "Би-2", "Я", "Хор", "Да", "Лето", "Ю-Питер", "Земфира - П.М.М.Л."],
    "koi8_r": ["Ария", "Кино", "Лето", "Осень"],
    "cp1253": ["Άλκηστις", "Όλα", "Αγάπη"],
    "cp1255": ["שלום", "שיר"],
    "cp1256": ["حبيبي", "عمرو دياب"],
    "cp1250": ["Łzy", "Świat", "Mniej niż zero", "Dżem", "Mňága a Žďorp", "Těšínská"],
    "cp1254": ["Barış Manço", "Şımarık", "Açık"],
    "cp1252": ["Ö", "Mø", "Ça", "Œuvre", "À la carte", "Gianna Nannini - È", "Señorita", "Dýrð í dauðaþögn"],
}


@pytest.mark.parametrize("encoding", SHORT)
def test_a_short_title_alone_is_read_by_its_letters(encoding: str) -> None:
    assert [TitleDecoder().decode(title.encode(encoding)) for title in SHORT[encoding]] == SHORT[encoding]


@pytest.mark.parametrize(
    ("encoding", "longer", "short"),
    [
        ("koi8_r", "Кино - Группа крови", "ДДТ"),
        ("koi8_r", "Кино - Группа крови", "Цой"),
        ("cp1250", "Mňága a Žďorp - Hodinový hotel", "Čechomor"),
        ("cp1253", "Νατάσσα Θεοδωρίδου", "Νίκος"),
        ("cp1257", "Andrius Mamontovas - Tyliai leidžiasi žvaigždės", "Žalgiris"),
        ("gb18030", "邓丽君 - 月亮代表我的心", "孙燕姿"),
        ("euc_jp", "サザンオールスターズ - いとしのエリー", "嵐"),
    ],
)
def test_a_longer_title_tells_what_a_short_one_is(encoding: str, longer: str, short: str) -> None:
    decoder = TitleDecoder()
    assert decoder.decode(longer.encode(encoding)) == longer
    assert decoder.decode(short.encode(encoding)) == short


@given(st.binary(max_size=300))
def test_any_bytes_are_a_text(raw: bytes) -> None:
    assert isinstance(TitleDecoder().decode(raw), str)
    assert isinstance(TitleDecoder("shift_jis").decode(raw), str)


@given(st.text(max_size=300))
def test_any_text_is_read_again_without_a_fault(text: str) -> None:
    assert isinstance(undo_misreading(text), str)


def test_a_byte_that_a_latin_page_has_not_is_latin1() -> None:
    assert decode_as(b"odd \x81 byte", "cp1252") == "odd \x81 byte"
