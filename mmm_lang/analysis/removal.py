"""Taking a key out of a playbook without a trace, and without touching a comment."""

from __future__ import annotations

from mmm_lang.diagnostics.model import Edit, Fix
from mmm_lang.source import Source, Span


def removal(source: Source, key: Span, value: Span) -> Fix | None:
    """A safe fix that removes the entry ``key: value``; ``None`` where that would take a comment along, or leave nothing
    behind in its mapping."""
    entry = key.to(value)
    region = _in_flow(source.text, entry) or _in_block(source, entry)
    if region is None:
        return None
    name = source.slice(key)
    return Fix(f"remove `{name}`", "safe", (Edit(region, ""),))


def _in_flow(text: str, entry: Span) -> Span | None:
    """The region of an entry between braces, with the comma that it no longer needs."""
    start, end = entry.start, entry.end
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    while end < len(text) and text[end] in " \t":
        end += 1
    before, after = text[start - 1 : start], text[end : end + 1]
    if before not in ("{", ",") or after not in ("}", ","):
        return None
    if after == ",":
        end += 1
        while end < len(text) and text[end] in " \t":
            end += 1
        return Span(entry.start, end)
    return Span(start - 1, entry.end) if before == "," else None


def _in_block(source: Source, entry: Span) -> Span | None:
    """The region of an entry that has its lines to itself: whole lines, or, where it opens an item of a list, up
    to the next key of the same mapping."""
    text = source.text
    first, last = source.position(entry.start), source.position(entry.end)
    line = source.line_span(first.line)
    end_of_line = source.line_span(last.line).end
    if text[entry.end : end_of_line].strip():
        return None
    end = source.line_starts[last.line] if last.line < len(source.line_starts) else len(text)
    before = text[line.start : entry.start]
    if not before.strip():
        return Span(line.start, end) if _has_sibling(source, entry, first.column, last.line) else None
    follower = text[end:].split("\n", 1)[0]
    indent = len(follower) - len(follower.lstrip(" "))
    if before.strip(" -") or indent != first.column - 1 or follower.strip()[:1] in ("", "#", "-"):
        return None
    return Span(entry.start, end + indent)


def _has_sibling(source: Source, entry: Span, column: int, last_line: int) -> bool:
    """Whether the mapping has another key in the same column, on the lines around."""
    text = source.text
    above = text[: source.line_span(source.position(entry.start).line).start].splitlines()
    below = text[entry.end :].splitlines()[1:]
    for lines in (reversed(above), iter(below)):
        for line in lines:
            content = line.strip()
            if not content or content.startswith("#"):
                continue
            at = len(line) - len(line.lstrip(" -"))
            if at < column - 1:
                break
            if at == column - 1 and ":" in content:
                return True
    return False
