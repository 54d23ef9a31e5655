"""Expectations that the model of a station can never tell are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.errors import ConfigError
from genred.setup.config_check import load_checked

if TYPE_CHECKING:
    from pathlib import Path


def checked(folder: Path, expect: str, rest: str = "") -> None:
    file = folder / "genred.yaml"
    file.write_text(f"stations: {{kitchen: {{source: soundcard, expect: [{expect}]}}}}\n{rest}\n")
    load_checked(file)


def test_what_the_model_knows_can_be_expected(tmp_path: Path) -> None:
    checked(
        tmp_path,
        "{share: {classical: 0.7}, over: 1h}, {not: [metal, speech], for: 5min}, {only: [music, silence], for: 1min}, "
        "{silence_at_most: 5s}",
    )


@pytest.mark.parametrize(
    ("expect", "rest", "fault"),
    [
        (
            "{silence_at_most: 20s}, {share: {clasical: 0.7}, over: 1h}",
            "",
            "expect item 2: the model student does not know 'clasical', did you mean 'classical'?; it knows blues,",
        ),
        ("{not: speech, for: 5min}", "model: original", "the model original does not know 'speech'"),
        ("{not: uncertain, for: 5min}", "", "uncertain is no genre: time in which a station is so counts for nothing"),
        (
            "{silence_at_most: 5s}",
            "analysis: {silence: {start_s: 10}}",
            "silence_at_most 5 s cannot be told, since dead air is known of after analysis.silence.start_s, 10 s",
        ),
        (
            "{silence_at_most: 5s}",
            "alerts: {phone: {what: offline, to: 'blah://h'}}",
            "alerts.phone.to: is not the URL of a recipient that Apprise supports",
        ),
    ],
)
def test_what_can_never_be_told_is_refused(tmp_path: Path, expect: str, rest: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked(tmp_path, expect, rest)
    assert fault in str(caught.value)
