"""Packages that only some installations have, and how to get one that is missing."""

from __future__ import annotations

_EXTRAS = {
    "apprise": "alerts",
    "amqtt": "broker",
    "prometheus_client": "metrics",
    "pyarrow": "parquet",
    "starlette": "web",
    "uvicorn": "web",
    "sse_starlette": "web",
    "argon2": "web",
    "itsdangerous": "web",
    "PIL": "pictures",
}
"""The extra of genred that a module comes with; as in pyproject.toml."""

_PROJECTS = {"PIL": "pillow"}
"""Projects that are not called as their modules are."""


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """Says in one line what to install, or None where the module that is missing is of no extra."""
    package = (error.name or "").partition(".")[0]
    extra = _EXTRAS.get(package)
    if extra is None:
        return None
    project = _PROJECTS.get(package, package.replace("_", "-"))
    return f'this needs the package {project}; install it with: pip install "genred[{extra}]"'
