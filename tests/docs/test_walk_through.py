"""The output that the architecture's document shows is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.events import Output
from tests.docs.pages import ROOT, blocks
from tests.outputs.events import changed

if TYPE_CHECKING:
    from pathlib import Path


def test_the_output_keeps_the_word_on_air(tmp_path: Path) -> None:
    (program,) = (block for block in blocks(ROOT / "docs" / "architecture.md", "python") if "class SignOutput" in block)
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - of the repository
    output = names["SignOutput"](tmp_path)
    assert isinstance(output, Output)
    output.start()
    assert output.alive
    event = changed("jazz", 1.0)
    output.handle(event)
    output.close()
    assert not output.alive
    assert (tmp_path / event.station).read_text() == f"{event.announcement}\n"
