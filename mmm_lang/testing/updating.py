"""`mmm test --update`: expectations become what was found, and all the rest of the file stays as it is.

Texts are replaced at their places, item by item, so that comments, order and style of what still holds are kept.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mmm_lang.agents.recording_text import quoted
from mmm_lang.diagnostics.model import Edit
from mmm_lang.source import Source, Span
from mmm_lang.syntax import yaml_nodes as yaml
from mmm_lang.syntax.yaml_tree import read_tree
from mmm_lang.testing.model import Stop
from mmm_lang.testing.verdict import Difference

_PLAIN = re.compile(r"[A-Za-z_/][\w ./()+@=*-]*(?<! )")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def updated(source: Source, differences: Iterable[Difference]) -> str:
    """The text of a test file that expects what was found, as far as that can be written."""
    nodes = {_span(node): node for node in _nodes(read_tree(source).root)}
    edits: list[Edit] = []
    for difference in differences:
        node = nodes.get(difference.span)
        if node is not None and difference.actual is not None:
            edits += _edits(source, node, difference.actual)
    text = source.text
    for edit in sorted(edits, key=lambda one: one.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _nodes(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if node is None:
        return
    yield node
    match node:
        case yaml.Sequence(items=items):
            for item in items:
                yield from _nodes(item.node)
        case yaml.Mapping(entries=entries):
            for entry in entries:
                yield from _nodes(entry.value)


def _span(node: yaml.Node) -> Span:
    return node.span


def _edits(source: Source, node: yaml.Node, actual: object) -> Iterator[Edit]:
    match node, actual:
        case yaml.Mapping(entries=entries), Mapping():
            for entry in entries:
                value = actual.get(entry.key.value)
                if isinstance(entry.value, yaml.Scalar) and entry.value.value != (value or ""):
                    yield Edit(_place(entry), _after_key(entry, _scalar(value)))
        case yaml.Sequence(), tuple():
            yield from _list_edits(source, node, [_item(one) for one in actual])
        case yaml.Scalar(), _:
            yield Edit(node.span, _scalar(actual))


def _place(entry: yaml.Entry) -> Span:
    """Where the value stands; where nothing is written, behind the key's colon."""
    empty = entry.value.span.start == entry.value.span.end
    return Span(entry.key.span.end + 1, entry.key.span.end + 1) if empty else entry.value.span


def _after_key(entry: yaml.Entry, text: str) -> str:
    return f" {text}" if entry.value.span.start == entry.value.span.end else text


def _list_edits(source: Source, node: yaml.Sequence, wanted: Sequence[str]) -> Iterator[Edit]:
    """The edits of a list: what stays is not touched."""
    flow = source.text.startswith("[", node.span.start)
    if flow and not node.items and wanted:
        inside = " " * (_indent(source, node.span) + 2)
        before = source.text[: node.span.start]
        begin = node.span.start - (len(before) - len(before.rstrip(" ")))
        yield Edit(Span(begin, node.span.end), "".join(f"\n{inside}- {one}" for one in wanted))
        return
    if flow or not wanted or not node.items:
        yield Edit(node.span, f"[{', '.join(_in_flow(one) for one in wanted)}]")
        return
    column = source.position(node.span.start).column - 1
    lines = [_lines_of(source, item.node.span) for item in node.items]
    written = [source.slice(item.node.span) for item in node.items]
    matcher = difflib.SequenceMatcher(None, written, list(wanted), autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        text = "".join(f"{' ' * column}- {one}\n" for one in wanted[begin:end])
        if tag == "insert":
            at = lines[first].start if first < len(lines) else lines[-1].end
            missing_end = first == len(lines) and not source.text[:at].endswith("\n")
            yield Edit(Span(at, at), f"\n{text.rstrip()}" if missing_end else text)
        else:
            yield Edit(Span(lines[first].start, lines[last - 1].end), text)


def _indent(source: Source, span: Span) -> int:
    """The column (from 0) of the key on the line where a span begins."""
    line = source.slice(source.line_span(source.position(span.start).line))
    found = re.match(r"[ ]*(?:- +)*", line)
    return len(found[0]) if found is not None else 0


def _lines_of(source: Source, span: Span) -> Span:
    """The whole lines that a span stands on, with their line ends."""
    first = source.position(span.start).line
    last = source.position(max(span.start, span.end - 1)).line
    end = source.line_starts[last] if last < len(source.line_starts) else len(source.text)
    return Span(source.line_starts[first - 1], end)


def _item(value: object) -> str:
    return f"{value.name}: {value.what}" if isinstance(value, Stop) else _scalar(value)


def _in_flow(item: str) -> str:
    return item if item.startswith('"') or not re.search(r"[,\[\]{}]", item) else quoted(item)


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
    text = str(value)
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)
