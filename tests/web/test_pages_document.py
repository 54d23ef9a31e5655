"""The examples of the document run as they are written."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from genred.airplay.store import AirplayStore
from genred.web.security.password import write_password
from tests.airplay.made_up import entry, write_log
from tests.web.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = Path(__file__).parents[2] / "docs" / "pages.md"
PASSWORD = "sesame and more"
STATIONS = "{kitchen: {source: {file: /nowhere.wav}}, attic: {source: {file: /nowhere.wav}}}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    log = write_log(folder / "airplay.sqlite", entry(0, 600, "jazz", station="kitchen", title="Ida - Blue"))
    with AirplayStore(log, "pi") as store:
        store.name_station("kitchen", "Kitchen", "Europe/Berlin")
    return folder


@pytest.fixture(scope="module")
def open_site(folder: Path) -> Iterator[str]:
    with serving(folder, stations=STATIONS, more=f"airplay: {{file: {folder}/airplay.sqlite}}\n") as served:
        yield served.address


@pytest.fixture(scope="module")
def closed_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("closed")
    write_password(folder / "password", PASSWORD)
    with serving(folder, f"{{control: true, password_file: {folder}/password}}", stations=STATIONS) as served:
        yield served.address


def blocks() -> list[str]:
    return re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def run(block: str, address: str, folder: Path, **environment: str) -> str:
    script = block.replace("http://127.0.0.1:8080", address)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True, check=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", **environment},
    )  # fmt: skip
    return done.stdout


def answers(text: str) -> list[Any]:
    """JSON values that stand one behind the other."""
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def test_what_is_read_is_what_the_document_says(open_site: str, tmp_path: Path) -> None:
    read, events, *_ = blocks()
    lines = read.strip().splitlines()
    stations, entries, report, days = answers(
        run("\n".join(line for line in lines if "csv" not in line), open_site, tmp_path)
    )
    assert [station["id"] for station in stations["stations"]] == ["kitchen", "attic"]
    assert entries["entries"] == []
    assert report["stations"][0]["station"] == "kitchen"
    assert days["month"] == "2026-11"
    csv = run("\n".join([lines[0], *(line for line in lines if "csv" in line)]), open_site, tmp_path)
    assert "station" in csv.splitlines()[0]
    assert '"whole":true' in run(events, open_site, tmp_path)


def test_a_login_is_kept_and_what_changes_something_is_taken(closed_site: str, tmp_path: Path) -> None:
    _, _, login, change = blocks()
    (stations,) = answers(run(login, closed_site, tmp_path, PASSWORD=PASSWORD))
    assert len(stations["stations"]) == 2
    command, trial, removed = answers(run(change, closed_site, tmp_path))
    assert command["error"] == "the broker is not connected"
    assert [step["ok"] for step in trial["steps"]] == [False]
    assert removed["id"] == "kitchen"
    assert "the broker is not connected" in removed["note"]
