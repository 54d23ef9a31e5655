"""What a page holds, as a program reads it."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Collects what stands in a page.

    Attributes:
        values: Of each `data` element: its value and its text.
        times: Of each `time` element.
        tags: Names of all elements.
        references: All that could be loaded or followed.
        text: All text, styles left out.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: list[tuple[str, str]] = []
        self.times: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.references: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]
        self.handlers += [name for name in given if name.startswith("on")]
        if tag == "data":
            self.values.append((given["value"] or "", ""))
        if tag == "time":
            self.times.append(given["datetime"] or "")
        if tag not in {"meta", "link", "br", "input"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text += data
        if self._open and self._open[-1] == "data":
            value, text = self.values[-1]
            self.values[-1] = (value, text + data)
