"""Packages that only some installations have, and how to add one that is missing."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from genred import __version__

_EXTRAS = {
    "apprise": "alerts",
    "amqtt": "broker",
    "gradio": "classify",
    "prometheus_client": "metrics",
    "pyarrow": "parquet",
    "fsspec": "archive",
    "distributed": "cluster",
    "PIL": "pictures",
    "argon2": "web",
    "itsdangerous": "web",
    "python_multipart": "web",
    "sse_starlette": "web",
    "starlette": "web",
    "uvicorn": "web",
}
"""The extra of genred that a module comes with; as in pyproject.toml."""

_PROJECTS = {"PIL": "pillow", "argon2": "argon2-cffi"}
"""Projects that are not called as their modules are."""

_INSTALLERS = {
    "pipx_metadata.json": "pipx runpip genred install {requirement}",
    "uv-receipt.toml": "uv pip install --python {prefix} {requirement}",
    "debian-package": 'pipx install "./genred-{version}-py3-none-any.whl[{extra}]"',
}
"""Files that whatever has made an environment leaves in it, and how a package is added to such a one.

Installing anew with one extra would take the others away, and fetch a genred from an index that may have none.
"""


def how_to_install(extra: str) -> str:
    """How to add an extra to this installation: the words after "install it with"."""
    return _how_to_add(f'"genred[{extra}]"', extra)


def how_to_install_package(project: str) -> str:
    """How to add a package that belongs to no extra."""
    return _how_to_add(project, "archive")


def _how_to_add(requirement: str, extra: str) -> str:
    prefix = shlex.quote(sys.prefix)
    for name, command in _INSTALLERS.items():
        if (Path(sys.prefix) / name).exists():
            return command.format(requirement=requirement, extra=extra, prefix=prefix, version=__version__)
    programs = Path(sys.prefix) / "bin"
    found = shutil.which("pip")
    if found is not None and Path(found).parent == programs:
        return f"pip install {requirement}"
    # Debian's own pip, or another environment's, would install it elsewhere or refuse.
    sudo = "" if os.access(sys.prefix, os.W_OK) else "sudo "
    return f"{sudo}{shlex.quote(str(programs / 'python'))} -m pip install {requirement}"


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """Says in one line what to install, or None where the module that is missing is of no extra."""
    package = (error.name or "").partition(".")[0]
    extra = _EXTRAS.get(package)
    if extra is None:
        return None
    project = _PROJECTS.get(package, package.replace("_", "-"))
    return f"this needs the package {project}; install it with: {how_to_install(extra)}"
