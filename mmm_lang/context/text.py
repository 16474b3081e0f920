"""What the plain text of a file shows: markers of debt, widths, indentation, and whether a machine wrote it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from mmm_lang.context.facts import Marker, Reason

MOST_BYTES = 1024 * 1024
"""A file of code that is larger is not somebody's writing."""

MARKERS = ("BUG", "FIXME", "HACK", "TODO", "XXX")
_MARKER = re.compile(
    r"(?<![\w`'\"/.-])(BUG|FIXME|HACK|TODO|XXX)(?![\w`'\"/-])(?:\([^)\n]{0,60}\))?:?[ \t]*([^\n]*)"
)
_TEXT_WIDTH = 120
_GENERATED = re.compile(
    rb"^[ \t]*(?://|/\*|\*|#|--|;|<!--|\"\"\")[^\n]*?"
    rb"(?:@generated\b|code generated [^\n]{0,80}do not edit"
    rb"|(?:auto-?)?generated (?:by|from) [^\n]{0,120}do not (?:edit|modify)"
    rb"|auto(?:matically |-)?generated[^\n]{0,80}do not (?:edit|modify)|do not (?:edit|modify)[^\n]{0,60}generated)",
    re.MULTILINE | re.IGNORECASE,
)
_HEAD = 2048
_WIDE = 5000
_WIDE_ON_AVERAGE = 300


def markers_in(text: str, first_line: int) -> Iterator[Marker]:
    """The markers of a comment that begins on ``first_line``, at most one a line."""
    for number, line in enumerate(text.split("\n"), first_line):
        found = _MARKER.search(line)
        if found is not None:
            said = re.sub(r"\s*(\*/|-->)\s*$", "", found[2]).strip()
            yield Marker(number, found[1], said[:_TEXT_WIDTH])


def not_written_by_hand(content: bytes) -> Reason | None:
    """Why a file of code is nobody's own work, as far as its content tells."""
    if b"\0" in content[:8192]:
        return "binary"
    if _GENERATED.search(content[:_HEAD]):
        return "generated"
    lines = content.count(b"\n") + 1
    if len(content) > _WIDE and (len(content) / lines > _WIDE_ON_AVERAGE or lines < 3):
        return "minified"
    return None


def widest_line(content: bytes) -> int:
    """Characters of the longest line, a tab counting as one."""
    longest = max(content.split(b"\n"), key=len)
    return len(longest.rstrip(b"\r").decode("utf-8", "replace"))


def step_of(content: bytes) -> int | None:
    """By how much lines are indented: the commonest step deeper from one line to the next. 0 for a tab; ``None``: not at
    all."""
    steps: Counter[int] = Counter()
    depth = 0
    for line in content.split(b"\n"):
        bare = line.lstrip(b" \t")
        if not bare.strip():
            continue
        if line.startswith(b"\t"):
            steps[0] += 1
            continue
        here = len(line) - len(bare)
        if 1 < here - depth <= 8:
            steps[here - depth] += 1
        depth = here
    if not steps:
        return None
    return min(steps, key=lambda step: (-steps[step], step))


def is_crlf(content: bytes) -> bool:
    """Whether lines end as on Windows."""
    return content.count(b"\r\n") * 2 > content.count(b"\n")
