"""Another configuration while stations run: what did not change goes on undisturbed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from genred.config.schema import Config, FileSource, RetryConfig, StationConfig
from genred.errors import BundleError
from genred.events import AnnouncementChanged, StationReport
from genred.service.sd_notify import Notifier
from genred.service.supervisor import STAGGER_S, Supervisor
from genred.stations.station import Station
from tests.service.harness import RecordingNotifier, Studio, Witness, looping, running, stream

if TYPE_CHECKING:
    from pathlib import Path


def test_reload_changes_only_what_changed(studio: Studio, tiny_model_path: Path) -> None:
    model = str(tiny_model_path)
    before = Config(
        stations={"kept": stream("http://kept"), "gone": looping("gone"), "moved": looping("moved")}, model=model
    )
    after = Config(
        stations={
            "kept": StationConfig(
                name="Another name",
                source=before.stations["kept"].source,
                retry=RetryConfig(first_wait_s=9.0, longest_wait_s=9.0),
            ),
            "moved": stream("http://new"),
            "fresh": looping("fresh"),
        },
        model=model,
    )
    output, notifier = Witness(), RecordingNotifier()
    supervisor = Supervisor(before, [output], notifier, source=studio.open, clock=studio.clock)
    with running(supervisor):
        studio.let_start(before.stations, output)
        kept = supervisor.stations["kept"]
        supervisor.reload(after)
        output.wait(
            AnnouncementChanged, where=lambda event: event.station == "gone" and event.announcement == "offline"
        )
        output.wait_for_update(1)
        studio.let_start(["moved", "fresh"], output)
        output.wait(
            AnnouncementChanged,
            where=lambda event: event.station == "moved" and event.announcement != "offline",
            count=2,
        )
        notifier.wait_for("READY=1", count=2)
        assert supervisor.stations["kept"] is kept
        assert isinstance(kept, Station)
        assert kept._retry.backoff.first_s == 9.0
        assert list(supervisor.stations) == ["kept", "moved", "fresh"]
        assert [(profile.id, profile.name) for profile in output.profiles] == [
            ("kept", "Another name"),
            ("moved", "moved"),
            ("fresh", "fresh"),
        ]
    assert studio.sessions("http://kept") == 1


def test_a_reload_with_a_model_that_does_not_fit_changes_nothing(studio: Studio, tiny_model_path: Path) -> None:
    config = Config(stations={"a": looping("a")}, model=str(tiny_model_path))
    output = Witness()
    supervisor = Supervisor(config, [output], Notifier(None), source=studio.open, clock=studio.clock)
    with running(supervisor):
        studio.let_start(["a"], output)
        station = supervisor.stations["a"]
        with pytest.raises(BundleError):
            supervisor.reload(Config(stations={"b": looping("b")}, model="no-such-model"))
        reports = len(output.of(StationReport))
        studio.opened["a"][0].give(2.0)
        output.wait(StationReport, count=reports + 2)
        assert supervisor.stations == {"a": station}


def test_a_reload_leaves_a_switched_station_as_it_was_switched(studio: Studio, tiny_model_path: Path) -> None:
    model = str(tiny_model_path)

    def config(*, moved: str, kept_enabled: bool = True) -> Config:
        stations = {
            "moved": StationConfig(source=FileSource(file=moved, loop=True)),
            "kept": StationConfig(source=FileSource(file="kept", loop=True), enabled=kept_enabled),
        }
        return Config(stations=stations, model=model)

    output = Witness()
    supervisor = Supervisor(config(moved="here"), [output], Notifier(None), source=studio.open, clock=studio.clock)
    assert [profile.enabled for profile in supervisor.profiles] == [True, True]
    supervisor.set_enabled("moved", enabled=False)
    with running(supervisor):
        output.wait_for_looks()
        studio.let_start(["kept"], output)
        supervisor.set_enabled("kept", enabled=False)
        before = supervisor.stations["moved"]
        supervisor.reload(config(moved="there"))
        output.wait_for_update(1)
        assert supervisor.stations["moved"] is not before
        assert [(profile.id, profile.enabled) for profile in output.profiles] == [("moved", False), ("kept", False)]
        supervisor.reload(config(moved="there", kept_enabled=False))
        output.wait_for_update(2)
        supervisor.reload(config(moved="there", kept_enabled=True))
        output.wait_for_update(3)
        assert [(profile.id, profile.enabled) for profile in output.profiles] == [("moved", False), ("kept", True)]
    assert {event.announcement for event in output.of(AnnouncementChanged) if event.station == "moved"} <= {"offline"}
    assert studio.sessions("here") == studio.sessions("there") == 0


def test_a_reload_takes_a_model_whose_files_changed_and_leaves_one_whose_did_not(
    studio: Studio, tiny_model_path: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model.json"
    model.with_suffix(".tflite").write_bytes(tiny_model_path.with_suffix(".tflite").read_bytes())
    model.write_bytes(tiny_model_path.read_bytes())
    config = Config(
        stations={
            "a": looping("a"),
            "b": StationConfig(source=FileSource(file="b", loop=True), model=str(tiny_model_path)),
        },
        model=str(model),
    )
    output = Witness()
    supervisor = Supervisor(config, [output], Notifier(None), source=studio.open, clock=studio.clock)
    with running(supervisor):
        studio.let_start(config.stations, output)
        before = supervisor.stations
        supervisor.reload(config)
        output.wait_for_update(1)
        assert supervisor.stations == before
        card = json.loads(model.read_bytes())
        model.write_text(json.dumps({**card, "name": "another"}))
        supervisor.reload(config)
        output.wait_for_update(2)
        assert supervisor.stations["b"] is before["b"]
        assert [(profile.id, profile.model) for profile in output.profiles] == [("a", "another"), ("b", card["name"])]
        studio.clock.advance(STAGGER_S)
        output.wait(StationReport, where=lambda event: event.station == "a" and event.model == "another")
