"""Writes the made-up reports that the tests look at, and the picture of one that the README shows.

python -m tests.reports FOLDER
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import msgspec
from PIL import Image

from genred.reports.html import to_html
from tests.browser import chromium
from tests.reports.material import long_day, october
from tests.reports.programme import BERLIN

WIDTH, HEIGHT = 1_120, 1_345


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    month = october()
    shown = msgspec.structs.replace(month, stations=month.stations[:1])
    pages = {"month": month, "day": long_day(), "station": shown}
    for name, report in pages.items():
        (folder / f"{name}.html").write_text(to_html(report, BERLIN), encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto((folder / "station.html").resolve().as_uri())
        picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(folder / "report.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
