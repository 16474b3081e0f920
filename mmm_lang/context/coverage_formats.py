"""Formats of coverage reports: from bytes to lines that can run and lines that ran, by the path that the report names."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from xml.parsers import expat

from attrs import frozen

from mmm_lang.commands.folder import inside, table


class UnreadableReport(Exception):
    """A report that is not what its name says."""


@frozen
class Lines:
    """How many lines (of Go, statements) can run, and how many of them ran."""

    covered: int
    total: int


def read_lcov(content: bytes) -> dict[str, Lines]:
    """`lcov.info`. Raises `UnreadableReport`."""
    hits: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    path = None
    for line in content.decode("utf-8", "replace").splitlines():
        if line.startswith("SF:"):
            path = line[3:].strip()
            hits[path].update({})
        elif line.startswith("DA:") and path is not None:
            number, _, rest = line[3:].partition(",")
            ran = rest.split(",")[0].strip()
            hits[path][number] = hits[path].get(number, False) or ran not in ("", "0")
    if not hits:
        raise UnreadableReport("it names no source file (`SF:`)")
    return {path: Lines(sum(lines.values()), len(lines)) for path, lines in hits.items()}


def read_cobertura(content: bytes) -> dict[str, Lines]:
    """Cobertura's XML. Entities are refused: nothing needs them here. Raises `UnreadableReport`."""
    hits: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    path: list[str] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        if name == "class" and "filename" in attributes:
            path[:] = [attributes["filename"]]
        elif name == "line" and path:
            number = attributes.get("number", "")
            ran = attributes.get("hits", "0") != "0"
            hits[path[0]][number] = hits[path[0]].get(number, False) or ran

    def refuse(*about: object) -> None:
        raise UnreadableReport("it declares entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise UnreadableReport(f"it is not XML: {error}") from None
    if not hits:
        raise UnreadableReport("it has no `class` with lines")
    return {path: Lines(sum(lines.values()), len(lines)) for path, lines in hits.items()}


def read_coverage_json(content: bytes) -> dict[str, Lines]:
    """`coverage json` of coverage.py. Raises `UnreadableReport`."""
    files = inside(_json(content), "files")
    if not files:
        raise UnreadableReport("it has no `files`")
    found = {}
    for path, about in files.items():
        summary = inside(about, "summary")
        found[path] = _lines(summary.get("covered_lines"), summary.get("num_statements"))
    return found


def read_jest_summary(content: bytes) -> dict[str, Lines]:
    """`coverage-summary.json` of jest, vitest and nyc. Raises `UnreadableReport`."""
    files = {path: inside(about, "lines") for path, about in table(_json(content)).items() if path != "total"}
    if not files:
        raise UnreadableReport("it names no file")
    return {path: _lines(lines.get("covered"), lines.get("total")) for path, lines in files.items()}


_BLOCK = re.compile(r"(.+):([\d.]+,[\d.]+) (\d+) (\d+)")


def read_go_profile(content: bytes) -> dict[str, Lines]:
    """What `go test -coverprofile` writes; figures are statements. Raises `UnreadableReport`."""
    first, _, rest = content.decode("utf-8", "replace").partition("\n")
    if not first.startswith("mode: "):
        raise UnreadableReport("it does not begin with `mode:`")
    blocks: defaultdict[str, dict[str, tuple[int, bool]]] = defaultdict(dict)
    for line in rest.splitlines():
        if (found := _BLOCK.fullmatch(line.strip())) is not None:
            path, place, statements, count = found.groups()
            before = blocks[path].get(place, (0, False))[1]
            blocks[path][place] = (int(statements), before or int(count) > 0)
    return {
        path: Lines(sum(size for size, ran in each.values() if ran), sum(size for size, _ in each.values()))
        for path, each in blocks.items()
    }


def _json(content: bytes) -> object:
    try:
        read: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableReport(f"it is not JSON: {error}") from None
    return read


def _lines(covered: object, total: object) -> Lines:
    if isinstance(covered, bool) or isinstance(total, bool):
        raise UnreadableReport("its figures are not numbers")
    if not isinstance(covered, int) or not isinstance(total, int) or not 0 <= covered <= total:
        raise UnreadableReport("its figures are not numbers of lines")
    return Lines(covered, total)
