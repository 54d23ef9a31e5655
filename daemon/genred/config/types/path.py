"""Files: relative ones begin at the configuration's own folder."""

from __future__ import annotations

from pathlib import Path

from genred.config.types.value import ValueType
from genred.errors import ConfigError


class FilePath(ValueType):
    """The path of a file or folder; `~` is the home folder. An empty text stays empty."""

    takes_any_text = True

    def __init__(self) -> None:
        super().__init__(str)

    def finish(self, value: str, folder: Path | None) -> str:
        """Places a relative path in the folder.

        Raises:
            ConfigError: There is no home folder of the user named after `~`.
        """
        if not value:
            return value
        try:
            path = Path(value).expanduser() if value.startswith("~") else Path(value)
        except RuntimeError as error:
            raise ConfigError(f"{value}: there is no such user or home folder") from error
        return str(path if folder is None else folder / path)


class ModelName(FilePath):
    """The path of a model bundle's card, or a bare word: the name of a shipped bundle."""

    def finish(self, value: str, folder: Path | None) -> str:
        """Places a path in the folder; leaves a name."""
        is_path = "/" in value or value.endswith((".json", ".tflite"))
        return super().finish(value, folder) if is_path else value
