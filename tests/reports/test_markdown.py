from __future__ import annotations

from datetime import UTC, datetime

from genred.reports import wording
from genred.reports.markdown import escaped, to_markdown
from genred.reports.report import StationRows, report_of
from tests.reports.material import LONG_DAY, october
from tests.reports.programme import BERLIN
from tests.reports.rows import entry


def test_every_figure_of_the_shares_is_in_the_table() -> None:
    text = to_markdown(october(), BERLIN)
    for station in october().stations:
        for share in station.shares:
            row = f"| {share.on_air} | {wording.share(share.share)} | {wording.points(share.change)} |"
            assert row in text


def test_all_rows_of_a_table_have_as_many_cells_as_its_head() -> None:
    cells = 0
    for line in to_markdown(october(), BERLIN).splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        count = line.replace(r"\|", "").count("|")
        cells = cells or count
        assert count == cells, line


def test_a_title_cannot_break_its_table_or_become_a_link() -> None:
    assert escaped("a|b [c](d) <e> *f*\n`g`") == r"a\|b \[c\](d) \<e\> \*f\*\\n\`g\`"
    rows = [entry(LONG_DAY.since, 60, "jazz", title="a | b\n# c", artist="<b>")]
    report = report_of([StationRows("one", "# One", rows, [])], LONG_DAY, datetime(2026, 12, 1, tzinfo=UTC))
    text = to_markdown(report, BERLIN)
    assert r"| a \| b\\n\# c |" in text
    assert r"## \# One" in text
    assert r"| \<b\> |" in text
