"""The documents of `spec/` as tests read them: sections, tables, blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SPEC = Path(__file__).resolve().parents[2] / "spec"

_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


def read(document: str) -> str:
    return (SPEC / document).read_text(encoding="utf-8")


def sections(document: str) -> dict[str, str]:
    """Text by heading, each up to the next heading of any level."""
    content = read(document)
    headings = list(_HEADING.finditer(content))
    ends = [heading.start() for heading in headings[1:]] + [len(content)]
    return {one[2]: content[one.end() : end] for one, end in zip(headings, ends, strict=True)}


def tables(section: str) -> Iterator[list[list[str]]]:
    """The tables of a section: rows of cells, the heading row first."""
    for block in re.findall(r"(?:^\|.*\|$\n?)+", section, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.strip().split("\n")]
        yield [rows[0], *rows[2:]]


def table(document: str, heading: str, first: str) -> list[list[str]]:
    """The rows (without the heading row) of the table in that section whose first column is headed so."""
    [found] = [one for one in tables(sections(document)[heading]) if one[0][0] == first]
    return found[1:]


def names(cell: str) -> list[str]:
    """Everything in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def anchors(document: str) -> set[str]:
    """What links can lead to in it, as GitHub names it."""
    found = (heading[2] for heading in _HEADING.finditer(read(document)))
    return {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in found}
