"""What is expected of a station: the items of `stations.ID.expect`."""

from __future__ import annotations

from genred.config.annotations import Between, Genres, GenreShares, Id, Period
from genred.config.section import Section

_KINDS = ("share", "share_at_most", "silence_at_most", "not", "only")


class ExpectationConfig(
    Section,
    frozen=True,
    rename={"silence_at_most_s": "silence_at_most", "not_": "not", "for_s": "for", "over_s": "over"},
):
    """One expectation of a station: exactly one of share, share_at_most, silence_at_most, not and only.

    A genre is one of the model's labels, or `music` (any genre), `speech` or `silence`. Time in which the station is
    offline or uncertain does not count.

    Attributes:
        share: Each of these genres has at least this share of the time, such as `{classical: 0.7}`.
        share_at_most: Each of these genres has at most this share of the time.
        over_s: Period up to now for which shares are computed. With `between` it may be omitted; then shares are
            computed over the whole span.
        silence_at_most_s: No dead air lasts longer than this.
        not_: None of these genres is on air for longer than `for`.
        only: No other genre is on air for longer than `for`.
        for_s: For `not` and `only`: the longest tolerated time without interruption.
        between: The expectation applies only in this span of each day, in the station's time zone, such as
            `06:00-10:00`.
        id: Id of the expectation in events and entities. By default it is derived from the expectation.
        name: Name for people. By default it is derived in the same way.
    """

    share: GenreShares | None = None
    share_at_most: GenreShares | None = None
    over_s: Period | None = None
    silence_at_most_s: Period | None = None
    not_: Genres | None = None
    only: Genres | None = None
    for_s: Period | None = None
    between: Between | None = None
    id: Id | None = None
    name: str = ""

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        values = (self.share, self.share_at_most, self.silence_at_most_s, self.not_, self.only)
        given = [kind for kind, value in zip(_KINDS, values, strict=True) if value is not None]
        if len(given) != 1:
            found = f"found {' and '.join(given)}" if given else "found none"
            raise ValueError(f"must have exactly one of {', '.join(_KINDS)}; {found}")
        of_share, of_genre = given[0].startswith("share"), given[0] in {"not", "only"}
        if self.over_s is not None and not of_share:
            raise ValueError(f"over belongs to share and share_at_most, not to {given[0]}")
        if of_share and self.over_s is None and self.between is None:
            raise ValueError(f"{given[0]} needs over, such as `over: 1h`, or between")
        if of_genre != (self.for_s is not None):
            word = f"{given[0]} needs for, such as `for: 5min`" if of_genre else "for belongs to not and only"
            raise ValueError(word)
        self._check_span()
        together = sum(share for genre, share in (self.share or {}).items() if genre != "music")
        if together > 1.000_001:
            raise ValueError(f"the shares are {together:g} in total, which is more than 1")

    def _check_span(self) -> None:
        period_s = self.over_s or self.for_s or self.silence_at_most_s
        if self.between is not None and period_s is not None and period_s > self.between.usual_s:
            raise ValueError(f"{period_s:g} s is longer than the span {self.between}")

    @property
    def genres(self) -> tuple[str, ...]:
        """Every genre that it names."""
        return tuple(self.share or self.share_at_most or self.not_ or self.only or ())
