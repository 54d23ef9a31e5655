"""Writes docs/configuration.md from the schema, so that the two cannot disagree.

python scripts/config-reference.py          prints it
python scripts/config-reference.py --write  writes it
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, get_args, get_origin

from genred.config import schema
from genred.config.schema import Config
from genred.config.section import Field, Section, documented, fields_of
from genred.config.types.duration import Duration
from genred.config.types.size import Size

TARGET = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"

HEADING = """\
# Configuration

This page lists every key of `genred.yaml` with its default. Unknown keys are errors; `genred check-config FILE` lists
all errors at once.

- `${NAME}` in any text is replaced by the environment variable of that name.
- Relative paths start from the configuration's own folder.
- Durations (keys that end in `_s`, ages, and `over`, `for`, `silence_at_most`, `after`, `every`) are numbers of
  seconds, or text with units: `250ms`, `15s`, `5min`, `1h30m`, `42d`.
- Sizes are numbers of bytes, or text with a unit: `500MB`, `2GB`.

`scripts/config-reference.py` generates this page from the schema. `genred config-schema` prints the same as a JSON
Schema for editors.
"""

UNITS_S = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"), (0.001, "ms"))
UNITS_BYTES = ((10**9, "GB"), (10**6, "MB"), (1, "B"))

PLACES: list[tuple[str, type[Section]]] = [
    ("top level", Config),
    ("`stations.ID`", schema.StationConfig),
    ("`stations.ID.source`: a stream", schema.StreamSource),
    ("`stations.ID.source`: a soundcard", schema.SoundcardSource),
    ("`stations.ID.source`: a file or folder", schema.FileSource),
    ("`stations.ID.source`: a command", schema.CommandSource),
    ("`stations.ID.source`: standard input", schema.PipeSource),
    ("`stations.ID.retry`", schema.RetryConfig),
    ("`stations.ID.expect`: each item of the list", schema.ExpectationConfig),
    ("`stations.ID.recording`", schema.StationRecordingConfig),
    ("`analysis`, `stations.ID.analysis`", schema.AnalysisConfig),
    ("`analysis.silence`", schema.SilenceConfig),
    ("`analysis.clipping`", schema.ClippingConfig),
    ("`analysis.signal`", schema.SignalConfig),
    ("`analysis.smoothing`", schema.SmoothingConfig),
    ("`mqtt`", schema.MqttConfig),
    ("`mqtt.tls`", schema.TlsConfig),
    ("`homeassistant`", schema.HomeAssistantConfig),
    ("`metrics`", schema.MetricsConfig),
    ("`recording`", schema.RecordingConfig),
    ("`airplay`", schema.AirplayConfig),
    ("`web`", schema.WebConfig),
    ("`log`", schema.LogConfig),
    ("`alerts.ID`", schema.AlertConfig),
]


def reference() -> str:
    """Gives the page."""
    return HEADING + "".join(_section(title, kind) for title, kind in PLACES)


def _section(title: str, kind: type[Section]) -> str:
    summary, descriptions = documented(kind)
    lines = [f"\n## {title[0].upper()}{title[1:]}\n", f"{summary}\n", "| key | default | meaning |", "|---|---|---|"]
    for field in fields_of(kind):
        default = "required" if field.required else _default(field)
        lines.append(f"| `{field.key}` | {default} | {descriptions[field.name]}{_choices(field.hint)} |")
    return "\n".join(lines) + "\n"


def _default(field: Field) -> str:
    value = field.default
    if isinstance(value, Section):
        return "see below"
    if value is None or value == ():
        return "none"
    if value == "":
        return "empty"
    kinds = [type(item) for item in get_args(field.hint)]
    if Duration in kinds:
        return f"`{_duration(value)}`"
    if Size in kinds:
        return f"`{_size(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _duration(seconds: float) -> str:
    """In the largest unit of which it is a whole number."""
    size, unit = next((size, unit) for size, unit in UNITS_S if seconds % size == 0)
    return f"{seconds / size:g}{unit}"


def _size(size_bytes: int) -> str:
    size, unit = next((size, unit) for size, unit in UNITS_BYTES if size_bytes % size == 0)
    return f"{size_bytes // size}{unit}"


def _choices(hint: Any) -> str:
    if "Literal" in str(get_origin(hint)):
        return f" One of {', '.join(f'`{choice}`' for choice in get_args(hint))}."
    return ""


if __name__ == "__main__":
    if "--write" in sys.argv:
        TARGET.write_text(reference())
    else:
        sys.stdout.write(reference())
