"""``map:``: what the steps are run for, and the steps before the first item.

An item is a file, a line or a JSON value. Where the items come from is written under ``over:``; everything else says
which of them are taken, in which order, and how they run.
"""

from __future__ import annotations

import re

from mmm_lang.diagnostics.model import Edit, Fix, Label
from mmm_lang.figures import series
from mmm_lang.record import frozen
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.key_check import usable_entries
from mmm_lang.syntax.keys import KEYS
from mmm_lang.syntax.nodes import (
    FileItems,
    GlobItems,
    ItemSource,
    ListedItems,
    Located,
    Map,
    SortKey,
)
from mmm_lang.syntax.parser_blocks import parse_limits, plain_value
from mmm_lang.syntax.parser_items import printed_items
from mmm_lang.syntax.parser_steps import Steps
from mmm_lang.syntax.value_reader import shown
from mmm_lang.syntax.values import Values, is_nothing
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Mapping, Scalar, Sequence

_EXAMPLE = 'write `map: {over: "specs/*.md"}`'
_SOURCES = 'write a glob such as `"specs/*.md"`, or `{items: […]}`, `{shell: "…"}` or `{file: "…"}`'
_KINDS = ("items", "shell", "file")
_SORT_KEY = re.compile(r"(?P<minus>-)? *item(?P<path>(?:\.[\w-]+)*)\Z")
_OTHER_SORT_KEY = re.compile(
    r"(?P<minus>-)? *(?:\$\{)?(?P<name>[A-Za-z_][\w-]*(?:\.[\w-]+)*)\}?(?: +(?P<word>(?i:asc|desc)(?i:ending)?))?\Z"
)
"""Sort keys as other tools write them: `${item.score}`, `score`, `item.score DESC`."""


@frozen(eq=False)
class MapReader:
    """Reads ``map:``."""

    values: Values
    steps: Steps

    def read(self, entry: Entry | None) -> Map | None:
        """The value of ``map:``; ``None`` where it is not written, or is no mapping."""
        if entry is None or isinstance(entry.value, Damaged):
            return None
        is_empty = is_nothing(entry.value)
        written = (
            () if is_empty else self.values.entries(entry, "a mapping", _EXAMPLE, fix=_as_mapping(entry))
        )
        known = usable_entries(self.values.findings, written, "map")
        lacks = all(inner.key.value in KEYS["map"] for inner in written) and "over" not in known
        if lacks and (is_empty or isinstance(entry.value, Mapping)):
            self.values.findings.error("missing-key", entry.key.span, "`map` lacks `over`", _SOURCES)
        values = self.values
        return Map(
            over=self.source(known.get("over")),
            span=entry.value.span,
            key_span=entry.key.span,
            filter=values.condition(known.get("filter")),
            sort_by=self.sort_keys(known.get("sort_by")),
            max_items=values.integer(known.get("max_items"), 1, "write how many items there may be at most"),
            parallel=values.integer(known.get("parallel"), 1, "write how many items run side by side"),
            fail_fast=values.boolean(known.get("fail_fast")),
            limits=parse_limits(values, known.get("limits")),
            setup=self.steps.steps(known["setup"]) if "setup" in known else (),
        )

    # --- over ---

    def source(self, entry: Entry | None) -> ItemSource | None:
        """The value of ``over:``."""
        if entry is None or isinstance(entry.value, Damaged):
            return None
        match entry.value:
            case Mapping() as node:
                return self.keyed_source(entry, node)
            case Sequence() as node if any(isinstance(item.node, Mapping | Sequence) for item in node.items):
                self.values.wrong_type(
                    entry, "file patterns", "write `over: {items: […]}` for items that are written here"
                )
                return None
            case Sequence():
                patterns = self.values.texts(entry) or ()
                if not patterns:
                    self.values.invalid(entry, "`over` names no items", _SOURCES)
                return GlobItems(patterns, entry.value.span) if patterns else None
        if is_nothing(entry.value):
            self.values.wrong_type(entry, "the items", _SOURCES)
            return None
        pattern = self.values.text(entry)
        return None if pattern is None else GlobItems((pattern,), entry.value.span)

    def keyed_source(self, entry: Entry, node: Mapping) -> ItemSource | None:
        """``{items: […]}``, ``{shell: …, json: …}`` or ``{file: …, json: …}``."""
        findings = self.values.findings
        known = usable_entries(findings, node.entries, "over")
        kinds = [known[name] for name in known if name in _KINDS]
        if not kinds:
            if all(inner.key.value in KEYS["over"] for inner in node.entries):
                findings.error("missing-key", entry.key.span, "`over` does not say where items are", _SOURCES)
            return None
        if len(kinds) > 1:
            first, second, *_ = sorted(kinds, key=lambda one: one.key.span)
            findings.error(
                "invalid-value",
                second.key.span,
                f"`over` has both `{first.key.value}` and `{second.key.value}`",
                "keep one of them: items have one source",
                secondary=(Label(first.key.span, "the other source"),),
            )
            return None
        kind = kinds[0]
        self._check_beside(known, kind)
        if kind.key.value == "items":
            return self.listed(kind)
        if kind.key.value == "file":
            file = self.values.text(kind)
            if file is not None and not file.value.strip():
                self.values.invalid(
                    kind, "`file` is empty", "write the path of the file that holds the items"
                )
                return None
            path = self.values.text(known.get("json"))
            return None if file is None else FileItems(file, path, node.span)
        return printed_items(self.values, node, known)

    def _check_beside(self, known: dict[str, Entry], kind: Entry) -> None:
        """``json`` and ``timeout`` say something of some sources only."""
        name = kind.key.value
        for key, owners in (("json", ("shell", "file")), ("timeout", ("shell",))):
            if key in known and name not in owners:
                belongs = series(f"`{owner}`" for owner in owners)
                self.values.findings.error(
                    "misplaced-key",
                    known[key].key.span,
                    f"`{key}` belongs to {belongs}, and these items are from `{name}`",
                    f"remove `{key}`",
                    secondary=(Label(kind.key.span, "where the items are from"),),
                )

    def listed(self, entry: Entry) -> ListedItems | None:
        """``items: […]``: scalars, mappings and lists, as JSON has them."""
        import json  # few playbooks have such items

        found = []
        for item in self.values.items(entry, "a list of items"):
            if isinstance(item.node, Damaged):
                continue
            if is_nothing(item.node):
                self.values.findings.error(
                    "invalid-value", item.place, "an item is empty", "write it, or remove its `-`"
                )
                continue
            try:
                text = json.dumps(plain_value(item.node), ensure_ascii=False, allow_nan=False)
            except ValueError:
                advice = "write a finite number"
                self.values.findings.error(
                    "invalid-value", item.place, "JSON has no infinite numbers", advice
                )
                continue
            found.append(Located(text, item.place))
        if isinstance(entry.value, Sequence) and not entry.value.items:
            self.values.invalid(entry, "`items` is empty", "write the items, one after each `-`")
        return ListedItems(tuple(found), entry.value.span) if found else None

    # --- sort_by ---

    def sort_keys(self, entry: Entry | None) -> tuple[SortKey, ...]:
        """``sort_by``: one key, or a list of them."""
        if entry is None:
            return ()
        if isinstance(entry.value, Sequence):
            texts = self.values.texts(entry) or ()
        else:
            one = self.values.text(entry)
            texts = () if one is None else (one,)
        return tuple(key for text in texts if (key := self._sort_key(text)) is not None)

    def _sort_key(self, text: Located[str]) -> SortKey | None:
        found = _SORT_KEY.match(text.value.strip())
        if found is not None:
            return SortKey(tuple(found["path"].split(".")[1:]), found["minus"] is not None, text.span)
        meant = _meant_sort_key(text.value.strip())
        advice = (
            f"replace with `{meant}`"
            if meant
            else "write `item.NAME` for a field, `item` for the item itself; `-` in front is descending"
        )
        written = self.values.findings.source.slice(text.span)
        fix = (
            Fix(advice, "unsafe", (Edit(text.span, f'"{meant}"'),)) if meant and "\n" not in written else None
        )
        message = f"`{shown(text.value)}` is nothing to sort items by"
        self.values.findings.error("invalid-value", text.span, message, advice, fix=fix)
        return None


def _meant_sort_key(text: str) -> str | None:
    """What was meant by the sort key of another tool."""
    found = _OTHER_SORT_KEY.match(text)
    if found is None:
        return None
    name = found["name"]
    path = name if name == "item" or name.startswith("item.") else f"item.{name}"
    down = found["minus"] is not None or (found["word"] or "").casefold().startswith("desc")
    return f"-{path}" if down else path


def _as_mapping(entry: Entry) -> Fix | None:
    """`map: "specs/*.md"` as it was meant."""
    node = entry.value
    if not isinstance(node, Scalar) or not isinstance(resolve(node), str):
        return None
    if set('"\\\n') & {*node.value}:
        return None
    return Fix("make it a mapping", "unsafe", (Edit(node.span, f'{{over: "{node.value}"}}'),))
