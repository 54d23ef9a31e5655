"""A YAML file whose keys and types are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
import yaml

from genred_build.errors import BuildError

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


def read_yaml(path: Path, kind: type[T], *, strict: bool = False) -> T:
    """Reads one.

    Args:
        path: Of it.
        kind: What it holds.
        strict: Whether a number in quotes is none.

    Raises:
        BuildError: It is missing, no YAML, or a key is unknown or of the wrong type; the message says which.
    """
    try:
        return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), kind, strict=strict)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise BuildError(f"{path}: {error}") from error
