"""The site: every link and anchor leads somewhere, and no page is left out of it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_built_without_a_warning(tmp_path: Path) -> None:
    settings = ["--strict", "--config-file", "packaging/site/mkdocs.yml", "--site-dir", str(tmp_path)]
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", *settings],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")}
    assert pages <= {page.stem for page in tmp_path.glob("*.html")}
    requested = [line for page in tmp_path.glob("*.html") for line in page.read_text().split('src="')[1:]]
    assert [line[:60] for line in requested if line.startswith(("http:", "https:", "//"))] == []
