"""The stations of the configuration, changed from the page: who may, what may be written, and what becomes of it."""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from starlette.testclient import TestClient

from genred.config.schema import WebConfig
from genred.setup.step import CheckStep
from genred.web.app import make_app
from genred.web.board import Board
from genred.web.security.password import write_password
from genred.web.stations.editor import StationEditor
from genred.web.stations.probe import Probe
from genred.web.turns import BusyError
from tests.web.material import error_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from genred.web.stations.payloads import SoundcardChoice

API = "/api/v1/configuration/stations"
STREAM = "http://127.0.0.1:1/new.mp3"
TEXT = """\
mqtt: {broker: "127.0.0.1:1"}
stations:
  # The first.
  one:
    name: One
    source: http://user:secret@127.0.0.1:1/one
  two: {source: {file: /nowhere.wav, loop: true}, name: Two}
"""


class MadeUpProbe(Probe):
    """Works for whatever has no `silent` in it."""

    async def try_source(self, source: str, model: str) -> list[CheckStep]:
        del model
        return [CheckStep("open", ok=True, text="mp3"), CheckStep("listen", ok="silent" not in source, text="-20 dBFS")]

    async def soundcards(self) -> list[SoundcardChoice]:
        raise BusyError("another source is being tested")


class MadeUpDaemon:
    """Takes what it is told to, or does not."""

    def __init__(self) -> None:
        self.reloads = 0
        self.note = ""

    async def reload(self) -> str:
        self.reloads += 1
        return self.note


class Site:
    """Pages of a configuration that may be changed."""

    def __init__(
        self,
        folder: Path,
        settings: WebConfig | None = None,
        *,
        text: str = TEXT,
        names: Mapping[str, str] = MappingProxyType({"one": "One", "two": "Two"}),
    ) -> None:
        self.path = folder / "genred.yaml"
        self.path.write_text(text)
        self.board = Board(names)
        self.daemon = MadeUpDaemon()
        self.app = make_app(settings or WebConfig(control=True), self.board, key=b"k" * 32)
        self.app.inner.state.editor = StationEditor(self.path, self.board, self.daemon, MadeUpProbe())  # type: ignore[attr-defined]

    def client(self, *, peer: str = "127.0.0.1", base_url: str = "http://localhost") -> TestClient:
        return TestClient(self.app, base_url=base_url, client=(peer, 1), follow_redirects=False)

    @property
    def stations(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(self.path.read_text())["stations"]
        return found


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def put_in(client: TestClient, id_: str = "new", **settings: Any) -> Any:
    return client.post(f"{API}/{id_}", json={"source": STREAM, "name": "New", **settings})


def test_what_was_tried_is_added_and_the_daemon_told(site: Site) -> None:
    client = site.client()
    assert "test the source first" in error_of(put_in(client), 400)
    assert client.post("/api/v1/trial", json={"source": STREAM}).json()["works"]
    assert put_in(client).json() == {"id": "new", "note": ""}
    assert site.stations["new"] == {"name": "New", "source": STREAM}
    assert "# The first." in site.path.read_text()
    assert site.path.with_name("genred.yaml.bak").read_text() == TEXT
    assert site.daemon.reloads == 1
    assert [one.name for one in site.board.stations] == ["One", "Two", "New"]
    assert "already" in error_of(put_in(client), 400)


def test_the_first_station_is_added_from_the_page(tmp_path: Path) -> None:
    site = Site(tmp_path, text='mqtt: {broker: "127.0.0.1:1"}\n', names={})
    client = site.client()
    assert "Add one on the page Stations" in client.get("/").text
    assert "No stations are configured yet" in client.get("/stations").text
    assert client.post("/api/v1/trial", json={"source": STREAM}).json()["works"]
    assert put_in(client).status_code == 200
    assert site.stations == {"new": {"name": "New", "source": STREAM}}
    assert [one.name for one in site.board.stations] == ["New"]
    assert "No stations are configured yet" not in client.get("/stations").text


def test_what_does_not_work_is_kept_only_when_that_is_wanted(site: Site) -> None:
    client = site.client()
    source = f"{STREAM}?silent"
    assert not client.post("/api/v1/trial", json={"source": source}).json()["works"]
    assert "test the source first" in error_of(put_in(client, source=source), 400)
    assert put_in(client, source=source, anyway=True).status_code == 200


def test_another_name_leaves_source_and_password_as_they_are(site: Site) -> None:
    client = site.client()
    (one, two) = client.get(API).json()
    assert "secret" not in one["source"]
    assert two["kind"] == "other"
    for station, source in ((one, one["source"]), (two, "")):
        answer = client.put(f"{API}/{station['id']}", json={"source": source, "name": f"Better {station['id']}"})
        assert answer.status_code == 200
    assert site.stations["one"] == {"name": "Better one", "source": "http://user:secret@127.0.0.1:1/one"}
    assert site.stations["two"] == {"name": "Better two", "source": {"file": "/nowhere.wav", "loop": True}}
    assert site.board.stations[0].name == "Better one"
    assert "no station 'none'" in error_of(client.put(f"{API}/none", json={"source": "", "name": "x"}), 400)


def test_a_station_is_removed_but_never_the_last_one(site: Site) -> None:
    client = site.client()
    assert client.delete(f"{API}/two").json()["id"] == "two"
    assert list(site.stations) == ["one"]
    assert "the only station" in error_of(client.delete(f"{API}/one"), 400)


def test_what_the_daemon_says_reaches_the_page(site: Site) -> None:
    site.daemon.note = "The daemon rejected it: no"
    assert site.client().delete(f"{API}/two").json()["note"] == "The daemon rejected it: no"


def test_a_file_with_faults_is_left_as_it_is(site: Site) -> None:
    text = TEXT + "  three: {sorce: x}\n"
    site.path.write_text(text)
    assert "did you mean 'source'" in error_of(put_in(site.client(), anyway=True), 400)
    assert site.path.read_text() == text
    assert site.daemon.reloads == 0


@pytest.mark.parametrize(
    "source",
    ["/etc/passwd", "file:///etc/passwd", "-", "command:sh", "http://x/${MQTT_PASSWORD}", "ftp://x/", "http://",
     "http://x/\ny", "soundcard:", "http://" + "x" * 3_000, ""],
)  # fmt: skip
def test_only_streams_and_soundcards_come_from_a_page(site: Site, source: str) -> None:
    client = site.client()
    assert error_of(client.post("/api/v1/trial", json={"source": source}), 400)
    assert error_of(put_in(client, source=source, anyway=True), 400)
    assert site.path.read_text() == TEXT


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101, "${HOME}", "\u202e"])
def test_a_name_is_a_short_line(site: Site, name: str) -> None:
    assert "a name must have" in error_of(put_in(site.client(), name=name, anyway=True), 400)


@pytest.mark.parametrize(
    "name",
    [
        "\u0631\u0627\u062f\u06cc\u0648 \u0622\u0647\u0646\u06af\u200c\u0647\u0627",
        "\U0001f469\u200d\U0001f680 Radio",
        "R&B <Süd> \"'",
    ],
)
def test_a_name_is_in_any_script(site: Site, name: str) -> None:
    assert put_in(site.client(), name=name, anyway=True).status_code == 200
    assert name in [one["name"] for one in site.client().get(API).json()]


@pytest.mark.parametrize("id_", ["New", "a-b", "a__b", "_a", "x%22", "..", "a%2Fb"])
def test_an_id_is_one_that_topics_can_have(site: Site, id_: str) -> None:
    assert site.client().post(f"{API}/{id_}", json={"source": STREAM, "name": "x", "anyway": True}).status_code >= 400
    assert site.path.read_text() == TEXT


def every_way(client: TestClient) -> list[int]:
    answers = [
        client.get("/stations"),
        client.get(API),
        client.get("/api/v1/soundcards"),
        client.post("/api/v1/trial", json={"source": STREAM}),
        put_in(client, anyway=True),
        client.put(f"{API}/one", json={"source": "", "name": "x"}),
        client.delete(f"{API}/two"),
    ]
    return [answer.status_code for answer in answers]


def test_without_control_nobody_changes_anything(tmp_path: Path) -> None:
    site = Site(tmp_path, WebConfig(control=False))
    assert every_way(site.client()) == [403] * 7
    assert '/stations"' not in site.client().get("/").text
    assert site.path.read_text() == TEXT


def test_where_stations_are_configured_elsewhere_they_can_be_switched_only(tmp_path: Path) -> None:
    site = Site(tmp_path, WebConfig(control=True, edit=False))
    client = site.client()
    assert every_way(client) == [403] * 7
    assert "where they are configured" in client.get("/stations").text
    live = client.get("/").text
    assert '/stations"' not in live
    assert "to the configuration file" in live
    assert site.path.read_text() == TEXT


def test_with_a_password_only_who_has_logged_in_changes_stations(tmp_path: Path) -> None:
    write_password(tmp_path / "password", "sesame and more")
    site = Site(tmp_path, WebConfig(control=True, password_file=str(tmp_path / "password")))
    client = site.client(peer="10.0.0.9", base_url="http://radio.example")
    assert every_way(client) == [401] * 7
    headers = {"sec-fetch-site": "same-origin"}
    client.post("/login", data={"password": "sesame and more"}, headers=headers)
    client.headers.update(headers)
    assert client.get("/stations").status_code == 200
    assert put_in(client, anyway=True).status_code == 200
    assert '/stations"' in client.get("/").text


def test_where_nobody_logs_in_only_this_machine_changes_stations(tmp_path: Path) -> None:
    site = Site(tmp_path, WebConfig(control=True, host_names=("pi.local",)))
    assert site.client().get("/stations").status_code == 200
    assert every_way(site.client(base_url="http://pi.local")) == [403] * 7
    assert every_way(site.client(peer="10.0.0.9", base_url="http://127.0.0.1")) == [403] * 7
    proxied = site.client()
    proxied.headers["x-forwarded-for"] = "10.0.0.9"
    assert every_way(proxied) == [403] * 7
    assert site.path.read_text() == TEXT


def test_another_site_changes_nothing(site: Site) -> None:
    client = site.client()
    client.headers["sec-fetch-site"] = "cross-site"
    assert every_way(client)[3:] == [403] * 4
    assert site.path.read_text() == TEXT


def test_names_that_mean_harm_are_shown_as_text(site: Site) -> None:
    client = site.client()
    put_in(client, name="<script>alert(1)</script>", anyway=True)
    text = client.get("/stations").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_one_source_is_tried_at_a_time_and_not_for_ever(tmp_path: Path) -> None:
    async def run() -> None:
        probe = Probe(within_s=0.05)
        first = asyncio.create_task(probe.try_source("http://127.0.0.1:1/", "default"))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await probe.soundcards()
        (step,) = await first
        assert "no result within" in step.text
        (step,) = await Probe().try_source("http://127.0.0.1:1/", "default")
        assert (step.name, step.ok) == ("open", False)

    asyncio.run(run())


def test_soundcards_are_listed_by_the_page_s_own_words(site: Site) -> None:
    assert "being tested" in error_of(site.client().get("/api/v1/soundcards"), 503)
