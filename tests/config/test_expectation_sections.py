"""Expectations and alerts are read with all their faults."""

from __future__ import annotations

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from genred.config.json_schema import json_schema
from genred.config.read import parse_config
from genred.config.show import describe
from genred.day_span import DaySpan
from genred.errors import ConfigError

VALIDATOR = Draft202012Validator(json_schema())


def with_expectation(item: str) -> str:
    return f"stations: {{kitchen: {{source: soundcard, expect: [{item}]}}}}"


def with_alert(alert: str) -> str:
    return f"stations: {{kitchen: {{source: soundcard}}}}\nalerts: {{phone: {alert}}}"


@pytest.mark.parametrize(
    "item",
    [
        "{share: {classical: 0.7}, over: 1h}",
        "{silence_at_most: 20s}",
        "{not: [metal], for: 5min}",
        "{not: metal, for: 300}",
        '{between: "06:00-10:00", share: {speech: 0.2}}',
        "{share_at_most: {speech: 0.3}, over: 30m, id: talk, name: Not too much talk}",
        "{only: [classical, speech], for: 10min, between: 22:00-07:00}",
        "{share: {music: 0.9, classical: 0.7}, over: 1d}",
    ],
)
def test_an_expectation_is_read(item: str) -> None:
    text = with_expectation(item)
    config = parse_config(text)
    assert len(config.stations["kitchen"].expect) == 1
    VALIDATOR.validate(yaml.safe_load(text))


def test_keys_that_are_no_words_of_python_reach_their_fields() -> None:
    (item,) = parse_config(with_expectation("{not: metal, for: 5min, between: 06:00-10:00}")).stations["kitchen"].expect
    assert (item.not_, item.for_s, item.between) == (("metal",), 300.0, DaySpan(360, 600))


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ("{}", "expect item 1: must have exactly one of share, share_at_most, silence_at_most, not, only; found none"),
        ("{share: {jazz: 1}, not: metal, over: 1h}", "found share and not"),
        ("{share: {jazz: 0.5}}", "share needs over, such as `over: 1h`, or between"),
        ("{share: {jazz: 70}, over: 1h}", "item 1.share: jazz: must be a share from 0 to 1, such as 0.7, found 70"),
        ("{share: {jazz: 0.7, rock: 0.6}, over: 1h}", "the shares are 1.3 in total"),
        ("{share: [jazz], over: 1h}", "item 1.share: must be a mapping of genres to shares"),
        ("{not: metal}", "not needs for, such as `for: 5min`"),
        ("{silence_at_most: 20s, for: 5min}", "for belongs to not and only"),
        ("{silence_at_most: 20s, over: 5min}", "over belongs to share and share_at_most, not to silence_at_most"),
        ("{silence_at_most: 1s}", "item 1.silence_at_most: must be 5 seconds to 31 days"),
        ('{between: "6-10", share: {jazz: 1}}', "item 1.between: must be a span of the day such as 06:00-10:00"),
        ('{between: "06:00-06:00", share: {jazz: 1}}', "must not end at the time it begins"),
        ('{between: "06:00-07:00", share: {jazz: 1}, over: 2h}', "7200 s is longer than the span 06:00-07:00"),
        ("{share: {jazz: 1}, ovr: 1h}", "unknown key, did you mean 'over'?"),
        ("jazz", "item 1: must be a mapping, found 'jazz'"),
        ("{id: a, silence_at_most: 20s}, {id: a, silence_at_most: 30s}", "the id a is used twice"),
        (", ".join(["{silence_at_most: 20s}"] * 51), "51 items; at most 50 are allowed"),
    ],
)
def test_a_wrong_expectation_is_refused_with_what_would_be_right(item: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(with_expectation(item))
    assert fault in str(caught.value)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ConfigError, match="found 'Europe/Berln', did you mean 'Europe/Berlin'"):
        parse_config("stations: {kitchen: {source: soundcard, time_zone: Europe/Berln}}")


@pytest.mark.parametrize(
    ("alert", "fault"),
    [
        ("{what: offline}", "alerts.phone: needs to or to_file"),
        ("{to: json://h}", "alerts.phone.what: is missing"),
        ("{what: offlin, to: json://h}", "did you mean 'offline'?"),
        ("{what: [], to: json://h}", "must be a word or a list of words"),
        ("{what: offline, to: json://h, to_file: x}", "give to or to_file, not both"),
        ("{what: offline, to: json://h, stations: kitchn}", "no station 'kitchn', did you mean 'kitchen'?"),
        ("{what: offline, to: json://h, every: 1s}", "every: must be a minute to 31 days"),
        ("{what: offline, to: json://h, quiet: night}", "quiet: must be a span of the day"),
        ("{what: offline, to: [json://me:hush@h, 5]}", "to: must be a text or a list of 1 to 20 texts, found a list"),
        ("{what: offline, to: {json: hush}}", "to: must be a text or a list of 1 to 20 texts, found dict"),
    ],
)
def test_a_wrong_alert_is_refused_with_what_would_be_right(alert: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(with_alert(alert))
    assert fault in str(caught.value)
    assert "hush" not in str(caught.value)


def test_addresses_are_masked_wherever_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS", "tgram://hush/hush")
    text = with_alert("{what: [offline, log], to: ['json://me:hush@h', '${ADDRESS}'], every: 6h, quiet: 22:00-07:00}")
    config = parse_config(text)
    VALIDATOR.validate(yaml.safe_load(text))
    assert config.alerts is not None
    assert [secret.reveal() for secret in config.alerts["phone"].to or ()] == ["json://me:hush@h", "tgram://hush/hush"]
    assert "hush" not in json.dumps(describe(config)) + repr(config)
    assert describe(config)["alerts"]["phone"]["quiet"] == "22:00-07:00"
