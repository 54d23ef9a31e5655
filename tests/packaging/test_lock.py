"""The lock file, of which packages and images are made."""

from __future__ import annotations

import re
import tomllib

from tests.packaging.built import REPOSITORY

SHIPPED_EXTRAS = ("alerts", "broker", "metrics", "pictures", "web")
LOCK = (REPOSITORY / "packaging" / "requirements.txt").read_text()


def versions(text: str) -> dict[str, str]:
    return {_project(name): version for name, version in re.findall(r"(?m)^([A-Za-z0-9._-]+)==([^\s;\\]+)", text)}


def _project(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_has_its_hashes() -> None:
    for entry in re.split(r"\n(?=\S)", LOCK):
        assert entry.startswith("#") or "--hash=sha256:" in entry, entry


def test_what_genred_needs_is_locked() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + [
        requirement for extra in SHIPPED_EXTRAS for requirement in project["optional-dependencies"][extra]
    ]
    missing = {_project(re.split("[>=<]", each, maxsplit=1)[0]) for each in needed} - set(versions(LOCK))
    assert missing == set(), "scripts/package lock takes them over"


def test_versions_are_those_that_are_tested() -> None:
    tested = versions((REPOSITORY / "constraints.txt").read_text())
    locked = versions(LOCK)
    assert {name: locked[name] for name in locked if name in tested} == {
        name: tested[name] for name in locked if name in tested
    }, "scripts/package lock takes them over"
