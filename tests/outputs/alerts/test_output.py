"""Faults in, messages out: by mail, by a web hook, and by one that fails."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from genred.clock import SYSTEM_CLOCK
from genred.config.read import parse_config
from genred.config.types.secret import Secret
from genred.errors import ConfigError
from genred.events import ConnectionState, LogFailing, SilenceEnded, SilenceStarted, StationProfile
from genred.outputs.alerts import courier as courier_module
from genred.outputs.alerts import desk as desk_module
from genred.outputs.alerts.output import AlertsOutput
from genred.outputs.alerts.recipients import alert_faults
from genred.outputs.alerts.sender import AppriseSender, SendError
from tests.outputs.alerts.recipients import Hook, MailServer, ScriptedSender
from tests.outputs.events import profile, status
from tests.patience import PATIENCE_S
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from genred.config.schema import Config

STATIONS = [f"s{number}" for number in range(40)]


def configured(alerts: str, stations: Sequence[str] = ("kitchen",)) -> Config:
    return parse_config(f"stations: {{{', '.join(f'{name}: {{source: x}}' for name in stations)}}}\nalerts: {alerts}")


def silence(clock: VirtualClock, station: str = "kitchen") -> SilenceStarted:
    return SilenceStarted(station=station, at=clock.moment(clock.now), level_dbfs=-120.0, digital=True)


def sound(clock: VirtualClock, station: str = "kitchen") -> SilenceEnded:
    at = clock.moment(clock.now)
    return SilenceEnded(station=station, at=at, started_at=at, level_dbfs=-20.0)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the real clock: nothing is gathered and nothing is waited for."""
    monkeypatch.setattr(courier_module, "GATHER_S", 0.0)
    monkeypatch.setattr(desk_module, "LEAST_SETTLE_S", 0.0)
    monkeypatch.setattr("genred.outputs.alerts.output.LOOK_EVERY_S", 0.02)


class Rig:
    """An output on a virtual clock with scripted senders."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.outputs: list[AlertsOutput] = []

    def __call__(
        self, *senders: ScriptedSender, stations: Sequence[str] = ("kitchen",), alert: str = "", **options: Any
    ) -> AlertsOutput:
        config = configured(f"{{a: {{what: [dead_air, offline, log, restart], to: x://x{alert}}}}}", stations)
        output = AlertsOutput(
            config, [profile(name) for name in stations], open_alert=lambda *_: senders, clock=self.clock, **options
        )
        self.outputs.append(output)
        output.start()
        return output

    def pass_until(self, condition: Callable[[], object], step: float = 1.0) -> None:
        """Lets virtual time pass until something is so, and at last waits for who was slower than that."""
        ends_at, steps = time.monotonic() + PATIENCE_S, 0
        while not condition():
            assert time.monotonic() < ends_at, "it did not come about"
            if (steps := steps + 1) < 2_000:
                self.clock.advance(step)
            threading.Event().wait(0.005)


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    for output in made.outputs:
        output.close()


def test_many_stations_that_fail_together_are_one_message(rig: Rig) -> None:
    sender = ScriptedSender()
    output = rig(sender, stations=STATIONS)
    for name in STATIONS:
        output.handle(silence(rig.clock, name))
    rig.pass_until(lambda: sender.inbox.messages)
    ((title, body, tone),) = sender.inbox.wait()
    assert title == "genred: 40 faults"
    assert body.splitlines()[0].startswith("S0: dead air, since ")
    assert body.splitlines()[-1] == "… and 10 more"
    assert tone == "failure"
    for name in STATIONS:
        output.handle(sound(rig.clock, name))
    rig.pass_until(lambda: len(sender.inbox.messages) == 2)
    assert sender.inbox.messages[1][0] == "genred: 40 over"
    assert sender.inbox.messages[1][2] == "success"


def test_a_sender_that_fails_is_tried_again_and_logged_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    failing, other = ScriptedSender(failures=4), ScriptedSender()
    output = rig(failing, other)
    with caplog.at_level(logging.INFO):
        output.handle(silence(rig.clock))
        rig.pass_until(lambda: len(failing.attempts.messages) >= 2 and other.inbox.messages)
        output.handle(sound(rig.clock))
        rig.pass_until(lambda: len(other.inbox.messages) == 2 and "can be sent again" in caplog.text)
    # The other one was told of each in its time.
    assert [title for title, _, _ in failing.inbox.messages] == ["genred: 1 fault, 1 over"]
    assert [title for title, _, _ in other.inbox.messages] == [
        "genred: Kitchen: dead air",
        "genred: Kitchen: over: dead air",
    ]
    said = [record.getMessage() for record in caplog.records if record.name.startswith("genred.outputs.alerts")]
    assert said[0] == "alerts.a, scripted: an alert cannot be sent and will be retried: the line is dead"
    assert said[1].startswith("alerts.a, scripted: alerts can be sent again, after 4 attempts")
    assert len(said) == 2


def test_what_waits_is_bounded_and_counted(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "MAX_NOTICES", 5)
    sender = ScriptedSender()
    output = rig(sender, stations=STATIONS)
    for name in STATIONS:
        output.handle(silence(rig.clock, name))
    rig.pass_until(lambda: sender.inbox.messages)
    assert sender.inbox.messages[0][1].splitlines()[-1] == "… and 35 more"
    assert len(sender.inbox.messages[0][1].splitlines()) == 6


def test_a_sender_that_hangs_blocks_nobody(rig: Rig) -> None:
    released = threading.Event()
    hanging, other = ScriptedSender(before=lambda: assert_waits(released)), ScriptedSender()
    output = rig(hanging, other)
    output.handle(silence(rig.clock))
    rig.pass_until(lambda: other.inbox.messages)
    for _ in range(1_000):
        output.handle(silence(rig.clock))
        output.handle(sound(rig.clock))
    assert output.alive
    assert not hanging.inbox.messages
    released.set()
    hanging.inbox.wait()


def assert_waits(event: threading.Event) -> None:
    assert event.wait(PATIENCE_S)


def test_a_restart_and_the_log_are_faults_of_the_daemon(rig: Rig) -> None:
    sender = ScriptedSender()
    output = rig(sender, restarted="killed by signal 9")
    rig.pass_until(lambda: sender.inbox.messages)
    ((title, body, _),) = sender.inbox.messages
    assert title == "genred: ended unexpectedly and is running again"
    assert body.endswith("(killed by signal 9)")
    output.handle_daemon(LogFailing(at=rig.clock.moment(rig.clock.now), reason="the disk is full"))
    rig.pass_until(lambda: len(sender.inbox.messages) == 2)
    assert sender.inbox.messages[1][1].endswith("(the disk is full)")


def test_faults_of_a_station_that_a_reload_removes_are_over(rig: Rig) -> None:
    sender = ScriptedSender()
    output = rig(sender, stations=["kitchen", "attic"])
    output.handle(silence(rig.clock))
    rig.pass_until(lambda: sender.inbox.messages)
    output.update([profile("attic")])
    rig.pass_until(lambda: len(sender.inbox.messages) == 2)
    assert sender.inbox.messages[1][0] == "genred: Kitchen: over: dead air"


def test_what_waits_is_sent_at_the_end(rig: Rig) -> None:
    sender = ScriptedSender()
    output = rig(sender, alert=", after: 0s")
    gathering = output._alerts["a"].couriers[0]
    output.handle(silence(rig.clock))
    while not gathering._waiting and not sender.inbox.messages:
        threading.Event().wait(0.005)
    output.close()
    sender.inbox.wait()
    assert not output.alive


def test_mail_and_a_hook_are_told(at_once: None) -> None:
    with MailServer() as mail, Hook() as hook:
        config = configured(
            f"{{post: {{what: offline, after: 0s, to: '{mail.url}', time_zone: UTC}}, "
            f"hook: {{what: offline, after: 0s, to: '{hook.url}'}}}}"
        )
        assert list(alert_faults(config)) == []
        kitchen = StationProfile("kitchen", "Küche <1>", ("jazz",), "default", "x")
        output = AlertsOutput(config, [kitchen])
        output.start()
        at = SYSTEM_CLOCK.moment(SYSTEM_CLOCK.monotonic())
        lost = status(state=ConnectionState.BACKING_OFF)
        connection = type(lost.connection)(state=ConnectionState.BACKING_OFF, since=at, last_error="no such host")
        fields = {name: getattr(lost, name) for name in lost.__struct_fields__}
        output.handle(type(lost)(**{**fields, "at": at, "connection": connection}))
        (letter,) = mail.inbox.wait()
        (posted,) = hook.inbox.wait()
        assert posted["title"] == "genred: Küche <1>: offline"
        assert posted["type"] == "failure"
        assert "(no such host)" in posted["message"]
        text = letter.get_payload(decode=True) or letter.get_payload(0).get_payload(decode=True)
        assert "Küche <1>: offline, since " in text.decode()
        connection = type(lost.connection)(state=ConnectionState.STREAMING, since=at)
        output.handle(type(lost)(**{**fields, "at": at, "connection": connection}))
        assert hook.inbox.wait(2)[1]["type"] == "success"
        mail.inbox.wait(2)
        output.close()


def test_an_error_of_a_hook_is_said_without_its_secrets() -> None:
    with Hook() as hook:
        hook.answers = [500]
        sender = AppriseSender(Secret(hook.url), "alerts.a.to")
        with pytest.raises(SendError) as caught:
            sender.send("A title", "a body", "info")
        assert "500" in str(caught.value)
        sender.send("A title", "a body", "info")
        assert hook.inbox.wait()[0]["message"] == "a body"
    with pytest.raises(SendError) as caught:
        sender.send("A title", "a body", "info")
    assert "onnection" in str(caught.value)
    for secret in ("hushhush", "secretpath"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize("url", ["blah://hushhush/x", "hushhush", "mailto://hushhush", "json://hushhush:x:y/ json://h"])
def test_an_address_that_apprise_does_not_know_is_refused_without_its_secrets(url: str) -> None:
    (fault,) = alert_faults(configured(f"{{a: {{what: offline, to: '{url}'}}}}"))
    assert fault.startswith("alerts.a.to: is not the URL of a recipient that Apprise supports")
    assert "hushhush" not in fault


def test_addresses_come_from_files_and_from_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "phone"
    config = configured(f"{{a: {{what: offline, to_file: {file}}}}}")
    assert "cannot be read" in next(alert_faults(config))
    file.write_text("# mine\n\n")
    assert "contains no URL" in next(alert_faults(config))
    file.write_text("# mine\njson://h/hushhush\n  ntfy://localhost/hushhush\n")
    assert list(alert_faults(config)) == []
    file.write_text("json://h/hushhush\nblah://hushhush\n")
    (fault,) = alert_faults(config)
    assert fault.startswith("alerts.a.to_file number 2: is not the URL of a recipient")
    assert "hushhush" not in fault
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "phone").write_text("json://from-systemd\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert list(alert_faults(config)) == []


def test_without_apprise_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genred.outputs.alerts.recipients.importlib.util.find_spec", lambda _name: None)
    config = configured("{a: {what: offline, to: 'json://h'}}")
    (fault,) = alert_faults(config)
    assert fault.startswith("alerts: needs the package apprise; install it with: ")
    assert fault.endswith('pip install "genred[alerts]"')


def test_a_fault_in_the_configuration_is_an_error_at_the_start() -> None:
    with pytest.raises(ConfigError):
        AlertsOutput(configured("{a: {what: offline, to: 'blah://h'}}"), [])


def test_a_reload_tells_nothing_twice_and_what_goes_on_to_whom_it_is_new(rig: Rig) -> None:
    first, second = ScriptedSender(), ScriptedSender()
    senders = {"a": [first], "b": [second]}
    output = rig(first)
    output._open_alert = lambda name, _: senders[name]
    output.handle(silence(rig.clock))
    rig.pass_until(lambda: first.inbox.messages)
    output.configure(configured("{a: {what: [dead_air], to: 'x://x', every: 6h}, b: {what: [dead_air], to: 'x://y'}}"))
    rig.pass_until(lambda: second.inbox.messages)
    output.handle(sound(rig.clock))
    rig.pass_until(lambda: len(first.inbox.messages) == len(second.inbox.messages) == 2)
    for sender in (first, second):
        assert [title for title, _, _ in sender.inbox.messages] == [
            "genred: Kitchen: dead air",
            "genred: Kitchen: over: dead air",
        ]
    assert output.alive


def test_alerts_can_come_and_go_with_a_reload(rig: Rig) -> None:
    sender = ScriptedSender()
    none = configured("null")
    output = AlertsOutput(none, [profile()], open_alert=lambda *_: [sender], clock=rig.clock)
    rig.outputs.append(output)
    output.start()
    output.handle(silence(rig.clock))
    output.configure(configured("{a: {what: [dead_air], to: 'x://x'}}"))
    rig.pass_until(lambda: sender.inbox.messages)
    output.configure(none)
    output.handle(sound(rig.clock))
    rig.clock.advance(600.0)
    assert output.alive
    output.close()
    assert [title for title, _, _ in sender.inbox.messages] == ["genred: Kitchen: dead air"]


def test_a_reload_with_an_address_that_cannot_be_used_changes_nothing(rig: Rig) -> None:
    def refuse(*_: object) -> list[ScriptedSender]:
        raise ConfigError("alerts.a.to: is no address")

    sender = ScriptedSender()
    output = rig(sender)
    output._open_alert = refuse
    with pytest.raises(ConfigError, match="no address"):
        output.configure(configured("{a: {what: [offline], to: 'x://x'}}"))
    output.handle(silence(rig.clock))
    rig.pass_until(lambda: sender.inbox.messages)
