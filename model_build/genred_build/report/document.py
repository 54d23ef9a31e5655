"""A report as blocks, written as one self-contained HTML page and as Markdown with its pictures beside it."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Heading:
    """A title; level 1 is the page's."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text; `warning` sets it apart."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a caption; the first column names the row."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG; `name` is its file name without the ending."""

    name: str
    caption: str
    png: bytes


Block = Heading | Paragraph | Table | Picture

_STYLE = """
:root { color-scheme: light dark; --line: #bbb; --soft: #f2f2f2; --warn: #d55e00; }
@media (prefers-color-scheme: dark) { :root { --line: #555; --soft: #222; } figure img { background: #fff; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
.table { overflow-x: auto; margin: 1rem 0; } .table p { font-weight: 600; margin: 0 0 .3rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .7rem; text-align: right; }
th:first-child, td:first-child, td:nth-child(2):last-child { text-align: left; }
thead th { background: var(--soft); }
figure { margin: 1.5rem 0; } figure img { max-width: 100%; height: auto; }
figcaption { font-size: .9rem; } .warning { border-left: .3rem solid var(--warn); padding-left: .8rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
"""


def write_html(blocks: Sequence[Block], title: str, path: Path) -> None:
    """Writes one page that loads nothing from elsewhere: the pictures stand inside it."""
    body = "\n".join(_html_block(block) for block in blocks)
    page = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{html.escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
    path.write_text(page, encoding="utf-8")


def write_markdown(blocks: Sequence[Block], path: Path, pictures: Path) -> None:
    """Writes Markdown, and its pictures as files into a folder below the page's own."""
    pictures.mkdir(parents=True, exist_ok=True)
    lines = []
    for block in blocks:
        if isinstance(block, Picture):
            (pictures / f"{block.name}.png").write_bytes(block.png)
            place = pictures.relative_to(path.parent).as_posix()
            lines.append(f"![{block.caption}]({place}/{block.name}.png)")
        else:
            lines.append(_markdown_block(block))
    path.write_text("\n\n".join(lines) + "\n", encoding="utf-8")


def _html_block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{html.escape(text)}</h{level}>"
        case Paragraph(text, warning):
            return f'<p class="warning">{html.escape(text)}</p>' if warning else f"<p>{html.escape(text)}</p>"
        case Picture(_, caption, png):
            data = base64.b64encode(png).decode("ascii")
            words = html.escape(caption, quote=True)
            return (
                f'<figure><img src="data:image/png;base64,{data}" alt="{words}">'
                f"<figcaption>{words}</figcaption></figure>"
            )
        case Table(caption, header, rows):
            head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in header)
            lines = "\n".join(
                "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
            )
            return (
                f'<div class="table"><p>{html.escape(caption)}</p>\n<table aria-label="{html.escape(caption)}">\n'
                f"<thead><tr>{head}</tr></thead>\n"
                f"<tbody>\n{lines}\n</tbody></table></div>"
            )


def _markdown_block(block: Heading | Paragraph | Table) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {text}"
        case Paragraph(text, warning):
            return f"> **Mind:** {text}" if warning else text
        case Table(caption, header, rows):
            lines = [f"**{caption}**", "", _markdown_row(header), "|---|" + "---:|" * (len(header) - 1)]
            return "\n".join([*lines, *(_markdown_row(row) for row in rows)])


def _markdown_row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
