"""``foreach:`` with ``do:``: a list, and the steps for each of its items.

The list is a reference, is written out, or is what a command prints. Where it is not written out, ``max_items`` is the
bound of the loop, and must be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Keys
from collections.abc import Sequence as Several

from mmm_lang.diagnostics.model import Edit, Fix, Label
from mmm_lang.source import Span
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.key_check import is_damaged, usable_entries
from mmm_lang.syntax.keys import KEYS
from mmm_lang.syntax.nodes import (
    CommandItems,
    ForEachAction,
    ItemValue,
    Listed,
    Located,
    Mapped,
    Template,
)
from mmm_lang.syntax.parser_handlers import Handlers
from mmm_lang.syntax.parser_items import printed_items
from mmm_lang.syntax.value_reader import shown
from mmm_lang.syntax.values import Values, is_nothing
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Mapping, Node, Scalar, Sequence

MOST_ITEMS = 10_000
"""Items of one loop."""

_LISTS = 'write a list, a reference to one such as `${files.json.items}`, or `{shell: "…"}` with a command that prints it'
_DO = "write the steps for every item below `do:`; the item is `${item}` there"
_PATTERN = re.compile(r"[^\s$]*[*?][^\s$]*")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


def parse_loop(values: Values, handlers: Handlers, entry: Entry, known: Keys[str, Entry]) -> ForEachAction:
    """A step whose action is ``foreach``; ``known`` are all keys of the step."""
    span = entry.span
    items = _items(values, entry)
    max_items = _max_items(values, known.get("max_items"))
    is_bounded = isinstance(items, Listed) or isinstance(entry.value, Sequence)
    if "max_items" not in known and not is_bounded and items is not None:
        values.findings.error(
            "missing-key",
            entry.key.span,
            "`foreach` lacks `max_items`",
            "write how many items there are at most, such as `max_items: 20`: it is the bound of the loop",
        )
    steps = handlers.following(known.get("do"))
    if "do" not in known:
        values.findings.error("missing-key", entry.key.span, "`foreach` lacks `do`", _DO)
    return ForEachAction(items, steps, span, max_items)


def actions_beside_loop(findings: Findings, actions: Several[Entry], has_do: bool) -> None:
    """A loop whose steps, or one of them, stand beside it."""
    loop = next(entry.key for entry in actions if entry.key.value == "foreach")
    other = next(entry.key for entry in actions if entry.key is not loop)
    fix = None
    if other.value == "foreach":
        advice = "keep one of them; a loop inside a loop stands below `do:`"
    elif other.value == "steps" and not has_do:
        advice = "replace `steps` with `do`"
        fix = Fix(advice, "safe", (Edit(other.span, "do"),))
    else:
        advice = f"write `{other.value}:` below `do:`, with the keys that are for it"
    findings.error(
        "several-actions",
        other.span,
        f"the steps of a loop stand below `do:`, and `{other.value}` stands beside `foreach`",
        advice,
        secondary=(Label(loop.span, "the loop"),),
        fix=fix,
    )


def _max_items(values: Values, entry: Entry | None) -> Located[int] | None:
    found = values.integer(entry, 1, "write how many items there are at most")
    if entry is not None and found is not None and found.value > MOST_ITEMS:
        values.invalid(
            entry,
            f"`max_items` must be {MOST_ITEMS:,} at most, found {found.value:,}",
            "split the list; a playbook that is to run for very many items is run once an item with `map:`",
        )
        return None
    return found


# --- the items ---


def _items(values: Values, entry: Entry) -> Template | Listed | CommandItems | None:
    if is_damaged(entry):
        return None
    match entry.value:
        case Sequence() as node:
            return _list(values, entry, node)
        case Mapping() as node:
            return _command(values, entry, node)
        case Scalar() as scalar if not is_nothing(scalar):
            return _reference(values, entry, scalar)
    values.findings.error("missing-action", entry.key.span, "`foreach` has no items", _LISTS)
    return None


def _list(values: Values, entry: Entry, node: Sequence) -> Listed | None:
    if not node.items:
        values.invalid(entry, "`foreach` has an empty list", "write the items, or remove the loop")
        return None
    if len(node.items) > MOST_ITEMS:
        many = f"`foreach` has {len(node.items):,} items, and takes {MOST_ITEMS:,} at most"
        values.invalid(entry, many, "split the list")
        return None
    found = [_value(values, item.node, item.place) for item in node.items]
    return Listed(tuple(one for one in found if one is not None), node.span)


def _value(values: Values, node: Node, place: Span) -> ItemValue | None:
    """An item, or a value in one. Scalars are taken as they are written, numbers and truth values too."""
    match node:
        case Scalar() if is_nothing(node):
            values.findings.error(
                "invalid-value", place, "an item has nothing in it", 'write it, `""` for an empty text'
            )
        case Scalar():
            return values.template_of(node, "text")
        case Sequence(items=items):
            inner = [_value(values, item.node, item.place) for item in items]
            return Listed(tuple(one for one in inner if one is not None), node.span)
        case Mapping(entries=entries):
            named = [(one.key, _value(values, one.value, one.place)) for one in entries]
            kept = [(Located(key.value, key.span), value) for key, value in named if value is not None]
            return Mapped(tuple(kept), node.span)
        case Damaged():
            pass
    return None


def _reference(values: Values, entry: Entry, scalar: Scalar) -> Template | None:
    """One reference, and nothing beside it: what it stands for is the list."""
    if not isinstance(resolve(scalar), str):
        values.wrong_type(entry, "a list of items", _LISTS)
        return None
    template = values.template_of(scalar, "text")
    holes = template.holes
    if len(holes) == 1 and not (scalar.value[: holes[0].start] + scalar.value[holes[0].end :]).strip():
        return template
    text = scalar.value.strip()
    if holes:
        message = "`foreach` must be one reference and nothing beside it"
        advice = "write the reference alone, or a list: `[…]`"
    else:
        message = f"`foreach` must be a list of items, found the text `{shown(text)}`"
        advice = _instead_of_text(text)
    if text:
        values.findings.error("wrong-type", scalar.span, message, advice)
    else:
        values.findings.error("missing-action", scalar.span, "`foreach` has no items", _LISTS)
    return None


def _instead_of_text(text: str) -> str:
    span = _RANGE.fullmatch(text)
    if span is not None:
        return f'write `{{shell: "seq {span[1]} {span[2]}"}}`, or the numbers as a list'
    if _PATTERN.fullmatch(text) and len(text) <= 40:
        return f"""write `{{shell: "git ls-files '{text}'"}}`: each line that it prints is an item"""
    words = [word for word in re.split(r"[,\s]+", text) if word]
    if 1 < len(words) <= 8 and all(re.fullmatch(r"[\w./*+-]+", word) for word in words):
        return f"write `[{', '.join(words)}]`"
    if len(words) > 1 and words[0] in ("ls", "find", "git", "cat", "jq", "seq", "grep"):
        return f'write `{{shell: "{shown(text)}"}}`: each line that it prints is an item'
    return _LISTS


def _command(values: Values, entry: Entry, node: Mapping) -> CommandItems | None:
    """``{shell: …, json: …}``."""
    known = usable_entries(values.findings, node.entries, "foreach")
    if "shell" not in known:
        if all(inner.key.value in KEYS["foreach"] for inner in node.entries):
            values.findings.error(
                "missing-key", entry.key.span, "`foreach` does not say where its items are", _LISTS
            )
        return None
    return printed_items(values, node, known)
