"""`genred config-schema`: a JSON Schema of the configuration, for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from genred.config.json_schema import json_schema
from genred.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> ExitCode:
    """Writes the schema to standard output."""
    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return ExitCode.OK
