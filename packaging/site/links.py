"""Makes the pages ask no other host for anything, and link to nothing that is not on the site."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

_OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\)")
_SHIM = "https://unpkg.com/iframe-worker/shim"
"""Lets the search run in a page that is opened as a file."""

_VENDORED_SHIM = Path(__file__).with_name("iframe-worker.js")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Names what is in the repository and not on the site, without a link to it; called by MkDocs for each page."""
    return _OUTSIDE.sub(r"\1", markdown)


def on_post_build(config: dict[str, Any], **_: Any) -> None:
    """Has every page take the shim from the site itself; called by MkDocs at the end."""
    site = Path(config["site_dir"])
    shutil.copy(_VENDORED_SHIM, site)
    for page in site.rglob("*.html"):
        page.write_text(page.read_text().replace(_SHIM, _VENDORED_SHIM.name))
