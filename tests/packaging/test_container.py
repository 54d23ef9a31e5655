"""The container and its compose file: what they name is there, and what runs in it may do little."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from genred.cli.command_line import build_parser
from genred.config.read import load_config
from tests.packaging.built import REPOSITORY

CONTAINER = REPOSITORY / "packaging" / "container"
COMPOSE: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text())
CONTAINERFILE = (CONTAINER / "Containerfile").read_text()
OURS = ("genred", "genred-web")


def test_configuration_names_the_broker_of_the_compose_file() -> None:
    config = load_config(CONTAINER / "genred.yaml")
    assert config.mqtt.broker == "mosquitto"
    assert "mosquitto" in COMPOSE["services"]
    listener = re.search(r"(?m)^listener (\d+)$", (CONTAINER / "mosquitto.conf").read_text())
    assert listener is not None
    assert listener[1] == "1883"


def test_every_folder_that_is_mounted_is_there() -> None:
    mounts = [mount.split(":") for service in COMPOSE["services"].values() for mount in service["volumes"]]
    for source, *_ in mounts:
        assert (CONTAINER / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"], source


@pytest.mark.parametrize("name", OURS)
def test_nothing_of_ours_may_do_more_than_it_needs(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["depends_on"]["mosquitto"]["condition"] == "service_healthy"
    assert {mount.rpartition(":")[2] for mount in service["volumes"] if mount.startswith("./")} == {"ro"}


def test_pages_are_seen_on_this_machine_only_and_by_a_password() -> None:
    assert COMPOSE["services"]["genred-web"]["ports"] == ["127.0.0.1:8080:8080"]
    password_file = load_config(CONTAINER / "genred.yaml").web.password_file
    assert password_file is not None
    assert str(password_file).startswith("/var/lib/genred/")


def test_commands_are_those_of_genred() -> None:
    (healthcheck,) = re.findall(r"HEALTHCHECK [^\n]*\\\n +CMD \[(.+)\]", CONTAINERFILE)
    (command,) = re.findall(r"(?m)^CMD \[(.+)\]", CONTAINERFILE)
    parser = build_parser()
    for words in (_words(healthcheck)[1:], _words(command), COMPOSE["services"]["genred-web"]["command"]):
        parser.parse_args(words)


def test_image_runs_as_a_user_of_its_own() -> None:
    (user,) = re.findall(r"(?m)^USER (.+)$", CONTAINERFILE)
    assert "--uid 10001 --user-group --groups audio" in CONTAINERFILE
    assert user == "genred"
    assert CONTAINERFILE.index("\nUSER ") < CONTAINERFILE.index("\nENTRYPOINT ")


def test_build_is_given_what_it_copies_and_no_more() -> None:
    ignore = (CONTAINER / "Containerfile.dockerignore").read_text().split("\n")
    kept = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    copied = set(re.findall(r"(?m)^COPY (?!--from|\. )(\S+)", CONTAINERFILE))
    for name in copied | kept:
        assert (REPOSITORY / name).exists(), name
        assert any(name == each or Path(each) in Path(name).parents for each in kept), name


def _words(quoted: str) -> list[str]:
    return [word.strip('" ') for word in quoted.split(",")]
