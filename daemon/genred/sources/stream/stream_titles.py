"""The titles of one answer, from wherever they stand in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.sources.source import Title
from genred.sources.stream.icy import parse_block
from genred.sources.titles import NO_TITLE, TitleFilter, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from genred.sources.title_encoding import TitleDecoder


class StreamTitles:
    """Keeps what was announced last until somebody looks at it: a server may announce thousands at once.

    Args:
        station: The header `icy-name`, as of `Head`.
        decoder: Decodes titles and name.
        wanted: Whether titles are.

    Attributes:
        station: What the station calls itself, or None.
    """

    def __init__(self, station: str, decoder: TitleDecoder, *, wanted: bool) -> None:
        self._decoder = decoder
        self._wanted = wanted
        self._block: bytes | None = None
        self._comments: Title | None = None
        self._filter = TitleFilter()
        self.station = clean_text(decoder.decode(station.encode("latin-1", "replace"))) or None

    def take_blocks(self, blocks: Sequence[bytes]) -> None:
        """Takes ICY's metadata blocks that name a title."""
        if blocks:
            self._block = blocks[-1]

    def take_comments(self, title: Title | None, *, is_link: bool) -> None:
        """Takes the title that a container's tags name.

        Args:
            title: None where they name none.
            is_link: Of a chained Ogg, each of which has its own title or none.
        """
        self._comments = NO_TITLE if title is None and is_link else title

    def new(self) -> Iterator[Title]:
        """Yields what was announced last, if it is news."""
        title, self._comments = self._comments, None
        if self._block is not None:
            block, self._block = self._block, None
            title = parse_block(block, self._decoder) if self._wanted else None
        if not self._wanted or title is None or not self._filter.changed(title):
            return
        # The station's name is none of a song, though it may look like one.
        yield Title(title.text) if title.text == self.station else title
