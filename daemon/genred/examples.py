"""The examples that come with genred: configurations, automations of Home Assistant, dashboards."""

from __future__ import annotations

import json
import re
from itertools import takewhile
from pathlib import Path

from genred.errors import UsageError

_PACKAGED = Path(__file__).with_name("configs")
_CHECKOUT = Path(__file__).parents[2] / "configs"
"""In a checkout, from where the wheel has them."""


def example_files() -> dict[str, Path]:
    """Every example by its name: its path without the ending where no other example has that name."""
    folder = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}


def read_example(name: str) -> str:
    """Gives the text of an example.

    Raises:
        UsageError: There is none of this name.
    """
    files = example_files()
    if name not in files:
        raise UsageError(f"there is no example {name!r}; the examples are {', '.join(files)}")
    return files[name].read_text(encoding="utf-8")


def summary(text: str) -> str:
    """What an example shows: a dashboard's description, an automation's alias, or the comment at its top."""
    if text.startswith("{"):
        return str(json.loads(text)["description"])
    alias = re.search(r"(?m)^alias: (.+)$", text)
    if alias:
        return alias[1]
    comment = " ".join(line.lstrip("# ") for line in takewhile(lambda line: line.startswith("#"), text.splitlines()))
    return re.split(r"[.:](?: |$)", comment, maxsplit=1)[0]
