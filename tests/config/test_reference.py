"""The configuration's reference says what the schema says."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_reference_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "config-reference.py"))
    assert (ROOT / "docs" / "configuration.md").read_text() == script["reference"](), (
        "run: python scripts/config-reference.py --write"
    )
