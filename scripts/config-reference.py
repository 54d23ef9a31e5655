"""Writes docs/configuration.md from the schema, so that the two cannot disagree.

python scripts/config-reference.py          prints it
python scripts/config-reference.py --write  writes it
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from genred.config import schema
from genred.config.schema import Config
from genred.config.section import Section, documented

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
    for field in msgspec.structs.fields(kind):
        default = "required" if field.required else _default(field)
        lines.append(f"| `{field.encode_name}` | {default} | {descriptions[field.name]}{_choices(field.type)} |")
    return "\n".join(lines) + "\n"


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, Section):
        return "see below"
    return (
        "none"
        if value is None
        else f"`{str(value).lower() if isinstance(value, bool) else value!s}`"
        if value != ""
        else "empty"
    )


def _choices(hint: Any) -> str:
    if "Literal" in str(get_origin(hint)):
        return f" One of {', '.join(f'`{choice}`' for choice in get_args(hint))}."
    return ""


if __name__ == "__main__":
    if "--write" in sys.argv:
        TARGET.write_text(reference())
    else:
        sys.stdout.write(reference())
