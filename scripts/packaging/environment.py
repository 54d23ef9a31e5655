"""An environment with genred for another machine, made here of wheels: nothing is compiled, and nothing in it run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LOCK = REPOSITORY / "packaging" / "requirements.txt"
_TIMEOUT_S = 600

_UNUSED = (
    "*/tests",
    "ai_edge_litert/libLiteRtWebGpuAccelerator.so",
    "ai_edge_litert/tools",
    "ai_edge_litert/vendors",
    "bin",
)
"""What wheels bring and a daemon on a processor never opens: their tests, GPU and NPU backends, commands."""


def source_date_epoch() -> int:
    """Seconds since 1970 that every file that is built bears.

    Of the environment, of the last commit, or, in an unpacked source distribution, of its files.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    command = ["git", "-C", str(REPOSITORY), "log", "-1", "--format=%ct"]
    if shutil.which("git") is not None:
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if result.returncode == 0:
            return int(result.stdout)
    return int((REPOSITORY / "pyproject.toml").stat().st_mtime)


def build_wheel(folder: Path) -> Path:
    """Builds the wheel of this repository with the tools of this environment."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel"]
    with tempfile.TemporaryDirectory() as name:
        _run([*build, "--outdir", name, str(REPOSITORY)])
        (made,) = Path(name).glob("genred-*.whl")
        # Older ones may lie there.
        return Path(shutil.copyfile(made, folder / made.name))


def install_packages(packages: Path, wheel: Path, *, python: str, platform: str) -> None:
    """Unpacks the wheel and all that it needs, as the lock file names it with its hashes.

    Args:
        packages: The folder that becomes `site-packages`.
        wheel: Of genred.
        python: Version of the target's Python, such as 3.11.
        platform: As uv names platforms, such as aarch64-manylinux_2_36.
    """
    install = [
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--link-mode", "copy", "--only-binary", ":all:"),
        *("--no-deps", "--target", str(packages), "--python-version", python, "--python-platform", platform),
    ]
    _run([*install, "--require-hashes", "--requirement", str(LOCK)])
    _run([*install, str(wheel)])
    for pattern in _UNUSED:
        for path in sorted(packages.glob(pattern) if "*" not in pattern else packages.rglob(pattern[2:])):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    for name in ("direct_url.json", "uv_cache.json", ".lock"):
        _forget(packages, name)


def _forget(packages: Path, name: str) -> None:
    """Removes what names this machine's folders, also from the list of what was installed."""
    for path in [*packages.glob(f"*.dist-info/{name}"), *packages.glob(name)]:
        path.unlink()
        record = path.with_name("RECORD")
        if record.exists():
            kept = re.sub(rf"(?m)^[^\n]*/{re.escape(name)},[^\n]*\n", "", record.read_text(encoding="utf-8"))
            record.write_text(kept, encoding="utf-8")


def _run(command: list[str]) -> None:
    environment = dict(os.environ)
    # uv brings certificates of its own; a machine that has others says so in pip's variable.
    if "PIP_CERT" in environment:
        environment.setdefault("SSL_CERT_FILE", environment["PIP_CERT"])
    result = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, env=environment)
    if result.returncode:
        sys.exit(f"{' '.join(command[:6])} ...\n{result.stdout}{result.stderr}")
