"""Builds and checks what a release has; see scripts/release."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from app import APP, build_app, pack
from debian_package import MACHINES, SUITES, build_package
from environment import LOCK, REPOSITORY, build_wheel, source_date_epoch

_TIMEOUT_S = 3_600
_CONTAINER_TOOLS = ("docker", "podman", "buildah")


def main() -> None:
    """Does what the command line asks for."""
    parser = argparse.ArgumentParser(prog="scripts/release", description="Builds and checks a release.")
    parser.add_argument("--draft", action="store_true", help="of the working tree as it is, for trying")
    parser.add_argument("--twice", action="store_true", help="build again elsewhere, and compare byte by byte")
    parser.add_argument("--tag", action="store_true", help="tag the commit at the end")
    parser.add_argument("--suite", action="append", choices=SUITES, help="release of Debian; may be repeated [all]")
    parser.add_argument(
        "--architecture", action="append", choices=MACHINES, help="of Debian packages; may be repeated [all]"
    )
    options = parser.parse_args()
    version = _version()
    changes = _changes(version)
    if not options.draft:
        _require_release(version, changes)
    os.environ["SOURCE_DATE_EPOCH"] = str(source_date_epoch())
    out = REPOSITORY / "dist" / version
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    targets = [(s, a) for s in options.suite or SUITES for a in options.architecture or MACHINES]
    reproducible = build_all(out, targets)
    (out / "CHANGES.md").write_text(changes, encoding="utf-8")
    _check(out)
    _describe(out)
    _build_container(out)
    if options.twice:
        _compare(reproducible, targets)
    _write_checksums(out)
    if options.tag:
        _run(["git", "tag", "--annotate", f"v{version}", "--message", f"genred {version}\n\n{changes}"])
    _say(f"{out}: {len(list(out.iterdir()))} files")


def build_all(out: Path, targets: list[tuple[str, str]]) -> list[Path]:
    """Builds what must come out the same wherever it is built. Gives the files."""
    wheel = build_wheel(out)
    _run([sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", str(out), str(REPOSITORY)])
    packages = [build_package(SUITES[suite], architecture, wheel, out) for suite, architecture in targets]
    with tempfile.TemporaryDirectory() as name:
        app = build_app(wheel, Path(name) / "genred-homeassistant")
        pack(app, out / f"genred-homeassistant-{_version()}.tar.gz")
    return [wheel, *out.glob("*.tar.gz"), *packages]


def _check(out: Path) -> None:
    distributions = [str(path) for pattern in ("*.whl", "genred-[0-9]*.tar.gz") for path in out.glob(pattern)]
    _run([sys.executable, "-m", "twine", "check", "--strict", *distributions])
    wheels = [name for name in distributions if name.endswith(".whl")]
    _run([sys.executable, "-m", "check_wheel_contents", "--config", str(REPOSITORY / "pyproject.toml"), *wheels])
    for package in sorted(out.glob("*.deb")):
        _run(["lintian", "--fail-on", "error", "--allow-root", "--tag-display-limit", "0", str(package)])


def _describe(out: Path) -> None:
    """Writes the bill of materials and the licences, from an environment that has what the packages have."""
    with tempfile.TemporaryDirectory() as name:
        environment = Path(name) / "environment"
        python = str(environment / "bin" / "python")
        (wheel,) = out.glob("*.whl")
        uv = [sys.executable, "-m", "uv"]
        _run([*uv, "venv", "--quiet", "--python", sys.executable, str(environment)])
        _run([*uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "--requirement", str(LOCK)])
        _run([*uv, "pip", "install", "--quiet", "--python", python, "--no-deps", str(wheel)])
        materials = [
            "environment",
            "--output-reproducible",
            "--of",
            "JSON",
            "--output-file",
            str(out / "sbom.cdx.json"),
        ]
        _run([sys.executable, "-m", "cyclonedx_py", *materials, python])
        licences = [
            f"--python={python}",
            "--format=markdown",
            "--with-urls",
            "--order=license",
            f"--output-file={out / 'LICENCES.md'}",
        ]
        _run([sys.executable, "-m", "piplicenses", *licences])


def _build_container(out: Path) -> None:
    tool = next((tool for tool in _CONTAINER_TOOLS if shutil.which(tool) and _works(tool)), None)
    if tool is None:
        _say("no container: there is no docker, podman or buildah that works")
        return
    containerfile = REPOSITORY / "packaging" / "container" / "Containerfile"
    # The others' own format has no health checks.
    form = [] if tool == "docker" else ["--format", "docker"]
    if _fails([tool, "build", *form, "--file", str(containerfile), "--tag", "genred", str(REPOSITORY)]):
        _say(f"no container: {tool} could not build it; is there a registry with the base image?")
        return
    archive = out / "genred-container.tar"
    target = (
        ["push", "genred", f"docker-archive:{archive}"] if tool == "buildah" else ["save", "-o", str(archive), "genred"]
    )
    _run([tool, *target])


def _compare(built: list[Path], targets: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        again = {path.name: path for path in build_all(Path(name), targets)}
        for path in built:
            if _digest(path) != _digest(again[path.name]):
                sys.exit(f"{path.name}: comes out otherwise when it is built again")
    _say(f"built twice, byte for byte the same: {', '.join(path.name for path in built)}")


def _write_checksums(out: Path) -> None:
    lines = [f"{_digest(path)}  {path.name}\n" for path in sorted(out.iterdir()) if path.is_file()]
    (out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _version() -> str:
    text = (REPOSITORY / "daemon" / "genred" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    if found is None:
        sys.exit("daemon/genred/__init__.py: has no __version__")
    return found[1]


def _changes(version: str) -> str:
    """What CHANGELOG.md has under the version, or under what is not released yet."""
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    for heading in (re.escape(version), "Unreleased"):
        found = re.search(rf"(?ms)^## {heading}[^\n]*\n(.*?)(?=^## |\Z)", text)
        if found:
            return found[0]
    return ""


def _require_release(version: str, changes: str) -> None:
    if _output(["git", "status", "--porcelain"]):
        sys.exit("the working tree is not clean; commit first, or take --draft")
    if not changes.startswith(f"## {version}"):
        sys.exit(f"CHANGELOG.md has no heading '## {version}'; name the version there, or take --draft")
    if f'\nversion: "{version}"\n' not in (APP / "genred" / "config.yaml").read_text(encoding="utf-8"):
        sys.exit(f"{(APP / 'genred' / 'config.yaml').relative_to(REPOSITORY)}: its version is not {version}")
    if _output(["git", "tag", "--list", f"v{version}"]):
        sys.exit(f"v{version} is tagged already; raise __version__ in daemon/genred/__init__.py")


def _works(tool: str) -> bool:
    return not _fails([tool, "images"])


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False).returncode != 0


def _output(command: list[str]) -> str:
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True
    ).stdout.strip()


def _run(command: list[str]) -> None:
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(command[:4])} ...\n{result.stdout}{result.stderr}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
