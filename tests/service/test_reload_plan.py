"""What another configuration means for the stations that run, as values."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest

from genred.analysis.bundle import load_bundle
from genred.config.schema import AnalysisConfig, Config, FileSource, RetryConfig, StationConfig, StationRecordingConfig
from genred.service.reload_plan import ReloadPlan, plan_reload

BUNDLE = load_bundle("original")


def station(file: str = "a.wav", **changes: object) -> StationConfig:
    return msgspec.structs.replace(StationConfig(source=FileSource(file=file)), **changes)


def configuration(**stations: StationConfig) -> Config:
    return Config(stations=stations, model="original")


BEFORE = configuration(fm=station())


@dataclass(frozen=True)
class Case:
    name: str
    after: Config
    plan: ReloadPlan
    before: Config = BEFORE


CASES = [
    Case("nothing", BEFORE, ReloadPlan((), {}, {})),
    Case(
        "a name and waits",
        configuration(fm=station(name="FM", retry=RetryConfig(first_wait_s=9.0))),
        ReloadPlan((), {}, {}),
    ),
    Case("another source", configuration(fm=station("b.wav")), ReloadPlan(("fm",), {"fm": True}, {})),
    Case(
        "another source, switched off",
        configuration(fm=station("b.wav", enabled=False)),
        ReloadPlan(("fm",), {"fm": False}, {}),
    ),
    Case("switched off", configuration(fm=station(enabled=False)), ReloadPlan((), {}, {"fm": False})),
    Case("one more", configuration(fm=station(), am=station("b.wav")), ReloadPlan((), {"am": False}, {})),
    Case("another in its place", configuration(am=station()), ReloadPlan(("fm",), {"am": False}, {})),
    Case(
        "a recording",
        configuration(fm=station(recording=StationRecordingConfig(enabled=True))),
        ReloadPlan(("fm",), {"fm": True}, {}),
    ),
    Case(
        "a recording that stays switched off",
        configuration(fm=station(recording=StationRecordingConfig(mode="opus"))),
        ReloadPlan((), {}, {}),
    ),
    Case(
        "an analysis of its own that differs",
        configuration(fm=station(analysis=AnalysisConfig(step_s=2.0))),
        ReloadPlan(("fm",), {"fm": True}, {}),
    ),
    Case(
        "an analysis of its own that says the same",
        configuration(fm=station(analysis=AnalysisConfig())),
        ReloadPlan((), {}, {}),
    ),
    Case(
        "the common analysis",
        msgspec.structs.replace(BEFORE, analysis=AnalysisConfig(step_s=2.0)),
        ReloadPlan(("fm",), {"fm": True}, {}),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_only_what_changed_is_touched(case: Case) -> None:
    bundles = {"original": BUNDLE}
    assert plan_reload(case.before, case.after, bundles, bundles, ["fm"]) == case.plan


def test_a_model_whose_files_changed_under_its_name_is_another_one() -> None:
    other = load_bundle("student")
    plan = plan_reload(BEFORE, BEFORE, {"original": BUNDLE}, {"original": other}, ["fm"])
    assert plan == ReloadPlan(("fm",), {"fm": True}, {})


def test_a_station_that_does_not_run_is_made_as_configured() -> None:
    bundles = {"original": BUNDLE}
    assert plan_reload(BEFORE, BEFORE, bundles, bundles, []) == ReloadPlan((), {"fm": False}, {})


def test_the_log_names_each_station_that_a_reload_touches() -> None:
    plan = ReloadPlan(("fm", "old"), {"fm": True, "new": False}, {"am": False, "lw": True})
    assert plan.describe() == "added: new; changed: fm; removed: old; switched on: lw; switched off: am"
    assert ReloadPlan((), {}, {}).describe() == "unchanged"
