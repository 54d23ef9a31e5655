from __future__ import annotations

import pytest

from genred.config.types.encoding import TextEncoding
from genred.errors import ConfigError


@pytest.mark.parametrize(
    "name", ["", "cp1251", "CP1251", "koi8-r", "KOI8_R", "shift_jis", "gb18030", "utf-8", "latin-1"]
)
def test_encodings_of_titles_are_taken_as_python_names_them(name: str) -> None:
    assert TextEncoding().read(name, None) == name


@pytest.mark.parametrize(
    "name",
    [
        "utf-16",
        "utf-7",
        "rot13",
        "base64",
        "zlib",
        "hex",
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "os",
    ],
)
def test_what_has_no_ascii_in_it_is_no_encoding_of_titles(name: str) -> None:
    with pytest.raises(ConfigError, match="must be an ASCII-compatible text encoding"):
        TextEncoding().read(name, None)


@pytest.mark.parametrize("name", ["x" * 9_999, "../x", "кои8", " "])
def test_a_name_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="must be an ASCII-compatible text encoding"):
        TextEncoding().read(name, None)


def test_a_misspelt_name_is_suggested() -> None:
    with pytest.raises(ConfigError, match="did you mean 'cp1251'"):
        TextEncoding().read("cp12511", None)
