"""Tables for benchmarks: aligned columns, and a verdict where a bound was set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """A figure that was promised.

    Attributes:
        name: What is measured.
        measured: In `unit`.
        most: The bound, in `unit`.
    """

    name: str
    measured: float
    most: float
    unit: str

    @property
    def held(self) -> bool:
        return self.measured <= self.most


def print_table(title: str, headings: list[str], rows: list[list[str]]) -> None:
    """Prints a table, first column to the left, all others to the right."""
    widths = [max(len(row[column]) for row in [headings, *rows]) for column in range(len(headings))]
    print(f"\n{title}")
    for row in [headings, ["-" * width for width in widths], *rows]:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  " + "  ".join(cells).rstrip())


def print_bounds(bounds: list[Bound]) -> bool:
    """Prints all bounds and says whether all are held."""
    rows = [
        [
            bound.name,
            f"{bound.measured:.2f} {bound.unit}",
            f"{bound.most:g} {bound.unit}",
            "held" if bound.held else "BROKEN",
        ]
        for bound in bounds
    ]
    print_table("Bounds", ["what", "measured", "at most", "verdict"], rows)
    return all(bound.held for bound in bounds)
