"""Handlers whose keys stand one level too far left, or whose options stand on a step of their list."""

from __future__ import annotations

from mmm_lang.diagnostics.model import Edit, Fix, Label
from mmm_lang.figures import series
from mmm_lang.source import Source, Span
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.keys import ACTIONS, KEYS
from mmm_lang.syntax.values import is_nothing
from mmm_lang.syntax.yaml_nodes import Entry, Item, Mapping, Sequence


def with_handler_indented(findings: Findings, node: Mapping) -> Mapping:
    """The keys of a step, those that were meant for an empty ``on_failure`` or ``on_success`` put below it.

    That they stand beside it is reported: a second action right after it, or a handler's option.
    """
    for at, entry in enumerate(node.entries):
        before, after = node.entries[:at], node.entries[at + 1 :]
        if entry.key.value not in ("on_failure", "on_success") or not is_nothing(entry.value) or not after:
            continue
        first = after[0].key
        acts = first.value in ACTIONS and any(one.key.value in ACTIONS for one in before)
        if not acts and (entry.key.value != "on_failure" or first.value not in KEYS["handler"]):
            continue
        others = " and the keys after it" if len(after) > 1 else ""
        findings.error(
            "misplaced-key",
            first.span,
            f"`{first.value}` stands beside `{entry.key.value}`, not below it",
            f"indent `{first.value}`{others} further than `{entry.key.value}`",
            secondary=(Label(entry.key.span, "has nothing below it"),),
            fix=_indenting(findings.source, after),
        )
        below = Mapping(after, first.span.to(after[-1].place))
        return Mapping((*before, Entry(entry.key, below, below.span)), node.span)
    return node


def _indenting(source: Source, entries: tuple[Entry, ...]) -> Fix | None:
    """Two spaces before each line of some keys; only where each begins its line."""
    if any(source.slice(_start_of_line(source, entry)).strip() for entry in entries):
        return None
    first = source.position(entries[0].key.span.start).line
    last = source.position(max(entries[-1].key.span.end, entries[-1].place.end)).line
    starts = [source.line_span(line) for line in range(first, last + 1)]
    edits = tuple(Edit(Span(line.start, line.start), "  ") for line in starts if source.slice(line).strip())
    return Fix("indent it", "unsafe", edits)


def _start_of_line(source: Source, entry: Entry) -> Span:
    return Span(source.line_span(source.position(entry.key.span.start).line).start, entry.key.span.start)


def without_options(findings: Findings, node: Sequence) -> Sequence:
    """The steps of a handler's list, without the options of the handler that stand on them; those are reported."""
    strays = [
        entry.key
        for item in node.items
        if isinstance(item.node, Mapping) and item.node.get("on_failure") is None
        for entry in item.node.entries
        if entry.key.value in KEYS["handler"]
    ]
    if not strays:
        return node
    names = series(dict.fromkeys(f"`{key.value}`" for key in strays))
    findings.error(
        "misplaced-key",
        strays[0].span,
        f"{names} cannot stand on a step of the handler's list",
        f"put the list under `steps:` below `on_failure:`, and {names} beside `steps:`",
        secondary=tuple(Label(key.span, "this too") for key in strays[1:]),
    )
    return Sequence(tuple(_without(item, {id(key) for key in strays}) for item in node.items), node.span)


def _without(item: Item, keys: set[int]) -> Item:
    if not isinstance(item.node, Mapping):
        return item
    kept = tuple(entry for entry in item.node.entries if id(entry.key) not in keys)
    return Item(Mapping(kept, item.node.span), item.place)
