"""Wheel and source distribution: complete, clean, and usable where there is nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

import genred
from genred.cli.command_line import build_parser
from genred.exit_codes import ExitCode
from tests.cli.wav import write_wav
from tests.packaging.built import REPOSITORY, Environment, build
from tests.signals import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(distributions: list[Path]) -> Path:
    return next(path for path in distributions if path.suffix == ".whl")


@pytest.fixture(scope="module")
def sdist(distributions: list[Path]) -> Path:
    return next(path for path in distributions if path.suffix == ".gz")


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("environment") / "whole", wheel)
    made.lend_packages()
    return made


@pytest.fixture(scope="module")
def without_extras(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("environment") / "plain", wheel)
    made.lend_packages("amqtt", "starlette", "PIL", "matplotlib")
    return made


def test_both_are_clean(distributions: list[Path], wheel: Path) -> None:
    _tool("twine", "check", "--strict", *map(str, distributions))
    _tool("check_wheel_contents", "--config", str(REPOSITORY / "pyproject.toml"), str(wheel))


def test_version_is_said_in_one_place(wheel: Path, sdist: Path, environment: Environment, tmp_path: Path) -> None:
    assert wheel.name == f"genred-{genred.__version__}-py3-none-any.whl"
    assert sdist.name == f"genred-{genred.__version__}.tar.gz"
    assert environment.run("genred", "--version", cwd=tmp_path).stdout == f"genred {genred.__version__}\n"


def test_wheel_has_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    wanted = {
        *_tracked("daemon/genred", "daemon/"),
        *_tracked("model_build/genred_build", "model_build/"),
        *(f"genred/{name}" for name in _tracked("configs", "")),
    }
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if not re.match(r"genred-[^/]+\.(dist-info|data)/", name)}
    assert found == wanted


def test_source_distribution_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    folder = tmp_path / sdist.name.removesuffix(".tar.gz")
    assert (folder / "tests" / "packaging" / "test_wheel.py").exists()
    assert (folder / "systemd" / "install").exists()
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()
    # Everything else can be built of it as well, without the repository's commits.
    dated = subprocess.run(
        [sys.executable, "-c", "import environment; print(environment.source_date_epoch())"],
        cwd=folder / "scripts" / "packaging",
        env={key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert int(dated.stdout) == int((folder / "pyproject.toml").stat().st_mtime)


def test_models_and_examples_come_along(environment: Environment, tmp_path: Path) -> None:
    song = _write_song(tmp_path)
    heard = json.loads(environment.run("genred", "classify", "--json", str(song), cwd=tmp_path).stdout)
    assert heard["model"] == "student"
    example = environment.run("genred", "config-example", "files", cwd=tmp_path)
    assert example.stdout == (REPOSITORY / "configs" / "files.yaml").read_text()
    assert "genred-build all" in environment.run("genred-build", "--help", cwd=tmp_path).stdout


def test_manual_and_completions_speak_of_every_command(environment: Environment, tmp_path: Path) -> None:
    commands = _commands()
    share = environment.folder / "share"
    page = share / "man" / "man1" / "genred.1"
    shown = subprocess.run(
        ["man", "--warnings", "-l", str(page)], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path
    )
    assert shown.stderr == ""
    for command in commands:
        assert f"genred {command}\n" in shown.stdout
    assert "EXAMPLES AND EXIT STATUS\n" in shown.stdout
    bash = share / "bash-completion" / "completions" / "genred"
    script = f"source {bash}; COMP_WORDS=(genred ''); COMP_CWORD=1; _shtab_genred; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    offered = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert set(commands) <= set(offered.stdout.split())
    zsh = (share / "zsh" / "site-functions" / "_genred").read_text()
    assert zsh.startswith("#compdef genred")


def test_demo_runs(environment: Environment, tmp_path: Path) -> None:
    result = environment.run("genred", "demo", "--seconds", "12", cwd=tmp_path)
    assert result.returncode == ExitCode.OK, result.stderr
    assert "genred/" in result.stdout


def test_configuration_is_written_by_asking(environment: Environment, tmp_path: Path) -> None:
    result = environment.run("genred", "init", "new.yaml", cwd=tmp_path)
    assert result.returncode == ExitCode.USAGE
    assert "This writes new.yaml" in result.stdout


@pytest.mark.parametrize(
    ("command", "package", "extra"),
    [
        (["genred", "demo"], "amqtt", "broker"),
        (["genred", "web", "--demo"], "starlette", "web"),
        (["genred", "classify", "--picture", "a.png", "song.wav"], "pillow", "pictures"),
        (["genred-build", "figures", "song.wav", "--out", "out"], "matplotlib", "build"),
    ],
)
def test_extra_that_is_missing_is_named_in_one_line(
    command: Sequence[str], package: str, extra: str, without_extras: Environment, tmp_path: Path
) -> None:
    _write_song(tmp_path)
    result = without_extras.run(*command, cwd=tmp_path)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.splitlines()
    assert package in line
    assert f'pip install "genred[{extra}]"' in line


def test_every_extra_is_explained() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    table = re.findall(r"(?m)^\| ((?:`[a-z]+`(?:, )?)+) \|", (REPOSITORY / "docs" / "install.md").read_text())
    explained = set(re.findall(r"[a-z]+", " ".join(table)))
    assert set(project["optional-dependencies"]) - {"dev", "docs", "release"} == explained


def _commands() -> list[str]:
    (commands,) = (action for action in build_parser()._actions if isinstance(action.choices, dict))
    return list(commands.choices or ())


def _write_song(folder: Path) -> Path:
    return write_wav(folder / "song.wav", SOUNDS["jazz"](7.0, np.random.default_rng(1)))


def _tracked(folder: str, prefix: str) -> set[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True, timeout=60).stdout
    return {name.removeprefix(prefix) for name in listed.splitlines() if (REPOSITORY / name).exists()}


def _tool(*arguments: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
