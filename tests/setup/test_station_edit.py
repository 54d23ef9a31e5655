"""Stations are added, changed and removed in the text of a configuration, and the rest of it stays as it was."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from genred.config.yaml_text import parse_yaml
from genred.errors import ConfigError
from genred.setup.station_edit import add_station, change_station, remove_station

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))

BLOCK = """\
# Ours.
mqtt: {broker: localhost}   # at home

stations:
    # The kitchen's.
    kitchen:
        source: 'https://radio.example/'  # with adverts
        expect:
            - format: [jazz]
    attic:   # upstairs
        source: >-
            https://attic.example/
    # The last one ends here.

# What follows is another section.
web:
    control: on
"""

FLOW = 'stations: {a: {source: "http://a/"}, b: {source: "http://b/", name: B}}  # two\nnode: pi\n'

NEW = {"name": "on: #1 \u00fc '\"", "source": "https://new.example/?a=b#c"}


def lines_between(before: str, after: str) -> list[str]:
    """What was taken away and what was put in."""
    return [
        line for line in difflib.ndiff(before.splitlines(True), after.splitlines(True)) if line.startswith(("-", "+"))
    ]


def test_a_station_is_added_behind_the_others_and_nothing_else_changes() -> None:
    after = add_station(BLOCK, "new", NEW)
    assert parse_yaml(after)["stations"]["new"] == NEW
    assert all(line.startswith("+") for line in lines_between(BLOCK, after))
    assert after.index("attic.example") < after.index("    new:\n        name") < after.index("The last one")


def test_a_station_is_removed_with_its_lines_and_no_comment_of_others() -> None:
    after = remove_station(BLOCK, "attic")
    assert list(parse_yaml(after)["stations"]) == ["kitchen"]
    assert [line[2:].strip() for line in lines_between(BLOCK, after)] == [
        "attic:   # upstairs",
        "source: >-",
        "https://attic.example/",
    ]
    assert list(parse_yaml(remove_station(BLOCK, "kitchen"))["stations"]) == ["attic"]


def test_a_station_s_values_change_where_they_stand() -> None:
    after = change_station(BLOCK, "kitchen", {"source": "https://other.example/"})
    assert lines_between(BLOCK, after)[1] == '+         source: "https://other.example/"  # with adverts\n'
    named = change_station(BLOCK, "attic", {"name": "Attic", "source": "soundcard"})
    assert parse_yaml(named)["stations"]["attic"] == {"name": "Attic", "source": "soundcard"}
    assert "# The last one ends here." in named
    assert change_station(BLOCK, "kitchen", {"source": "https://radio.example/"}) == BLOCK


def test_a_source_of_several_lines_gives_way_to_a_word() -> None:
    text = "stations:\n  a:\n    source:\n      url: http://a/\n      titles: no\n    name: A\n"
    after = change_station(text, "a", {"source": "soundcard"})
    assert after == 'stations:\n  a:\n    source: "soundcard"\n    name: A\n'


def test_stations_in_one_line_stay_in_one_line() -> None:
    assert parse_yaml(add_station(FLOW, "c", NEW))["stations"]["c"] == NEW
    assert parse_yaml(remove_station(FLOW, "a"))["stations"] == {"b": {"source": "http://b/", "name": "B"}}
    assert parse_yaml(remove_station(FLOW, "b"))["stations"] == {"a": {"source": "http://a/"}}
    changed = change_station(FLOW, "a", {"name": "A"})
    assert parse_yaml(changed)["stations"]["a"] == {"name": "A", "source": "http://a/"}
    for text in (add_station(FLOW, "c", NEW), remove_station(FLOW, "a"), changed):
        assert text.endswith("}  # two\nnode: pi\n")


@pytest.mark.parametrize(
    "text", ["stations:\n  a:\n    source: http://a/", "stations:\r\n  a: {source: http://a/}\r\n"]
)
def test_a_file_may_end_without_a_line_s_end_or_have_those_of_windows(text: str) -> None:
    assert set(parse_yaml(add_station(text, "b", NEW))["stations"]) == {"a", "b"}
    assert parse_yaml(change_station(text, "a", {"name": "A"}))["stations"]["a"]["name"] == "A"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_example_keeps_what_it_says(path: Path) -> None:
    text = path.read_text()
    tree = parse_yaml(text)
    after = add_station(text, "a_new_one", NEW)
    assert all(line.startswith("+") for line in lines_between(text, after))
    assert remove_station(after, "a_new_one") == text
    for id_ in tree["stations"]:
        changed = change_station(text, id_, {"name": "Another"})
        assert parse_yaml(changed)["stations"][id_]["name"] == "Another"
        if len(tree["stations"]) > 1:
            assert id_ not in parse_yaml(remove_station(text, id_))["stations"]


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn")), max_size=20)
_STATION = st.fixed_dictionaries({"source": _TEXT}, optional={"name": _TEXT, "enabled": st.booleans()})
_STATIONS = st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), _STATION, min_size=1, max_size=4)


@given(_STATIONS, st.sampled_from([None, False]), _TEXT)
def test_whatever_is_there_the_change_is_the_one_that_was_meant(
    stations: dict[str, Any], flow: bool | None, name: str
) -> None:
    tree = {"stations": stations, "node": "pi"}
    text = yaml.safe_dump(tree, default_flow_style=flow, sort_keys=False, allow_unicode=True)
    first = next(iter(stations))
    added = parse_yaml(add_station(text, "a_new_one", {"name": name, "source": "x"}))
    assert added == {**tree, "stations": {**stations, "a_new_one": {"name": name, "source": "x"}}}
    changed = parse_yaml(change_station(text, first, {"name": name}))
    assert changed == {**tree, "stations": {**stations, first: {**stations[first], "name": name}}}
    if len(stations) > 1:
        left = {id_: station for id_, station in stations.items() if id_ != first}
        assert parse_yaml(remove_station(text, first)) == {**tree, "stations": left}


def test_what_cannot_be_done_is_refused() -> None:
    with pytest.raises(ConfigError, match="already"):
        add_station(BLOCK, "attic", NEW)
    with pytest.raises(ConfigError, match="no such station"):
        change_station(BLOCK, "cellar", NEW)
    with pytest.raises(ConfigError, match="the only station"):
        remove_station("stations: {a: {source: x}}", "a")
    for text in ("stations: [a]", "stations: {a: http://x/}"):
        with pytest.raises(ConfigError, match="stations: "):
            add_station(text, "new", NEW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Nothing yet.\n",
        "node: pi",
        "mqtt: {broker: localhost}\n# The end.\n",
        "stations:\nnode: pi\n",
        "node: pi\nstations: {}  # none yet\nweb: {control: true}\n",
        "stations: null\n",
    ],
)
def test_the_first_station_needs_no_section_of_stations(text: str) -> None:
    before = parse_yaml(text) or {}
    after = add_station(text, "kitchen", {"name": "Kitchen", "source": "http://radio.example/"})
    assert parse_yaml(after) == {
        **before,
        "stations": {"kitchen": {"name": "Kitchen", "source": "http://radio.example/"}},
    }
    assert all(line.split("{}")[0].rstrip() in after for line in text.splitlines() if "null" not in line)


@pytest.mark.parametrize("text", ["{node: pi}\n", "- a list\n"])
def test_a_text_that_cannot_take_a_first_station_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="stations"):
        add_station(text, "kitchen", {"source": "http://radio.example/"})
