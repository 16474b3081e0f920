"""Lines of a playbook that go elsewhere: with their comments, further left or right, and where a new line goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.rewriting import Draft, whole, without
from mmm_lang.record import evolve
from mmm_lang.source import Span
from mmm_lang.syntax.yaml_nodes import Entry, Mapping


def lines_with_comments(draft: Draft, entry: Entry) -> Span:
    """The lines of an entry, and those of the comment right above it, unless that begins the file."""
    lines = draft.lines_of(whole(entry))
    number = draft.source.position(lines.start).line
    first = number
    while first > 1 and draft.source.slice(draft.source.line_span(first - 1)).lstrip().startswith("#"):
        first -= 1
    return Span(draft.source.line_starts[(number if first == 1 else first) - 1], lines.end)


def edited(draft: Draft, lines: Span, edits: Iterable[Edit]) -> str:
    """Whole lines after edits inside them."""
    shifted = [
        evolve(edit, span=Span(edit.span.start - lines.start, edit.span.end - lines.start)) for edit in edits
    ]
    return apply_edits(draft.source.slice(lines), shifted)


def indented(text: str, columns: int) -> str:
    """Every line that many columns further right, or left as far as it has the spaces; empty ones as they are."""
    if columns < 0:
        return re.sub(rf"(?:\A|(?<=[\r\n])) {{1,{-columns}}}", "", text)
    return re.sub(r"(?:\A|(?<=[\r\n]))(?=[^\r\n])", " " * columns, text)


def ended(draft: Draft, text: str) -> str:
    """Lines of which the last has its end."""
    return text if text.endswith(("\n", "\r")) else f"{text}{draft.line_end}"


def begins_line(draft: Draft, offset: int) -> str:
    """A line end, where a text at this offset would not begin a line without one."""
    return "" if draft.source.text[:offset].endswith(("\n", "\r")) else draft.line_end


def added(draft: Draft, mapping: Mapping, behind: Entry, written: Sequence[str]) -> Edit:
    """More entries for a mapping, each as it is written on one line, behind one of it."""
    if draft.is_in_flow(mapping):
        end = whole(behind).end
        return Edit(Span(end, end), "".join(f", {one}" for one in written))
    end = draft.lines_of(whole(behind)).end
    column = " " * draft.column(mapping.entries[0].key.span.start)
    lines = "".join(f"{column}{one}{draft.line_end}" for one in written)
    return Edit(Span(end, end), begins_line(draft, end) + lines)


def settled_comments(draft: Draft, offset: int, column: int) -> Iterator[Edit]:
    """The comments below an offset, up to the next line with anything else, no deeper than a column.

    A deeper one would be taken for text, where a block of text comes to stand above it.
    """
    source = draft.source
    for number in range(source.position(offset).line, len(source.line_starts) + 1):
        line = source.line_span(number)
        text = source.slice(line)
        width = len(text) - len(text.lstrip(" "))
        if text.strip() and not text.lstrip().startswith("#"):
            return
        if text.strip() and width > column and line.start >= offset:
            yield Edit(Span(line.start + column, line.start + width), "")


def removed(draft: Draft, owner: Mapping, entry: Entry) -> tuple[Edit, ...]:
    """Like `without`, with the comments below no deeper than the entry was."""
    edits = without(draft, owner, entry)
    if not edits or draft.is_in_flow(owner):
        return edits
    end = draft.lines_of(whole(entry)).end
    return (*edits, *settled_comments(draft, end, draft.column(entry.key.span.start)))
