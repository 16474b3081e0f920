"""The items of `map:`, from what was found to what runs: which of them, in which order, with which variables.

All of it is pure but for `items_here`, which looks at the files of a work tree. An item is a JSON value: text for a
file or a line, and whatever JSON has for the others.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from attrs import evolve, field, frozen

from mmm_lang.diagnostics.display import visible
from mmm_lang.plan import ir
from mmm_lang.runtime.conditions import holds
from mmm_lang.runtime.rendering import filtered
from mmm_lang.runtime.requirements import Item, Problem, matching_files
from mmm_lang.runtime.values import FileText, Value, ValueProblem, json_text, read_text
from mmm_lang.syntax.json_paths import NothingThere, items_at
from mmm_lang.tagged import Json

LABEL_WIDTH = 60
"""Characters of an item that people are shown."""


class ItemsRefused(Exception):
    """What was found cannot be the items; ``problem`` says what is wrong and what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.problem = Problem(message, help)


# --- what was found ---


def with_given_items(
    header: ir.MapHeader | None, patterns: Sequence[str], values: Sequence[str]
) -> ir.MapHeader | None:
    """What a session runs for, where `--map` gives ``patterns`` and `--args` gives ``values``: they take the place of
    `over`. ``None`` where there is neither, and no `map:`."""
    if not patterns and not values:
        return header
    given = ir.GivenItems(tuple(patterns), tuple(values))
    return ir.MapHeader(given) if header is None else evolve(header, over=given)


def items_here(
    root: str, over: ir.GlobItems | ir.ListedItems | ir.FileItems | ir.GivenItems
) -> tuple[Json, ...]:
    """The items that need no command: files below ``root``, what the playbook or the command line lists, and what a file
    holds. A pattern of the playbook may match nothing. Raises `ItemsRefused`."""
    match over:
        case ir.GlobItems(patterns=patterns):
            return _matching(root, patterns)
        case ir.ListedItems(values=values):
            return tuple(json.loads(one) for one in values)
        case ir.FileItems(path=path, json=inside):
            return items_in(_content(root, path), inside, f"`{path}`")
        case ir.GivenItems(patterns=patterns, values=values):
            for pattern in patterns:
                if not matching_files(root, pattern):
                    advice = (
                        f"globs are relative to the work tree's root, `{root}`; quote them from your shell"
                    )
                    raise ItemsRefused(f"no file matches `--map {pattern}`", advice)
            return (*_matching(root, patterns), *values)


def _matching(root: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Those of each pattern in the order of their names, none twice."""
    found: dict[str, None] = {}
    for pattern in patterns:
        found.update(dict.fromkeys(matching_files(root, pattern)))
    return tuple(found)


def _content(root: str, path: str) -> str:
    """The text of a file of the work tree; bytes that are no UTF-8 are replaced."""
    place = os.path.realpath(os.path.join(root, path))
    top = os.path.realpath(root)
    if os.path.commonpath((place, top)) != top:
        raise ItemsRefused(f"`over` names `{path}`, which is outside the repository", "name a file inside it")
    try:
        return read_text(FileText(place)) if os.path.exists(place) else _missing(path)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ItemsRefused(f"`{path}`, which holds the items, cannot be read: {why}", _FILE_HELP) from None
    except ValueProblem as problem:
        raise ItemsRefused(
            f"`{path}` cannot be read: {problem}", "split it, or print the items by a command"
        ) from None


def _missing(path: str) -> str:
    raise ItemsRefused(f"there is no file `{path}`, which should hold the items", _FILE_HELP)


_FILE_HELP = "paths are relative to the work tree's root; `map: {setup: […]}` may make the file first"


def items_in(text: str, path: str | None, source: str) -> tuple[Json, ...]:
    """The items in the output of a command or in a file: its lines that are not empty, or what the JSON path ``path``
    finds. ``source`` is what messages call it. Raises `ItemsRefused`."""
    if path is None:
        lines = (line.removesuffix("\r") for line in text.split("\n"))
        return tuple(line for line in lines if line.strip())
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ItemsRefused(f"{source} is JSON that is too deep", _JSON_HELP) from None
    except ValueError as error:
        what = "is empty" if not text.strip() else f"is not JSON: {str(error).lower()}"
        raise ItemsRefused(f"{source} {what}", _JSON_HELP) from None
    try:
        return items_at(value, path)
    except NothingThere as error:
        raise ItemsRefused(
            f"`{path}` finds no items in {source}: {error}",
            "write the path to the list under `json:`, such as `$.items[*]`, or print such JSON",
        ) from None


_JSON_HELP = "print one JSON value and nothing else, or leave out `json:`: then every line is an item"


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no value of JSON")


# --- which of them, in which order ---


def chosen_items(
    header: ir.MapHeader, found: Sequence[Json], variables: Mapping[str, str] | None = None
) -> tuple[Json, ...]:
    """Those for which `filter` is true, by `sort_by`, at most `max_items`, in this order.

    Without `sort_by` they stay in the order in which they were found. ``variables`` are those of the session, such as
    `inputs.NAME`. Raises `ItemsRefused` where the filter cannot be asked about one of them.
    """
    passed = [
        one for number, one in enumerate(found, start=1) if _passes(header, one, number, variables or {})
    ]
    return tuple(sorted_items(passed, header.sort_by)[: header.max_items])


def _passes(header: ir.MapHeader, item: Json, number: int, variables: Mapping[str, str]) -> bool:
    if header.filter is None:
        return True
    own = variables_of_item(header, item, number, 0)
    try:
        return holds(header.filter, _ItemReader(item, {**variables, **own}))
    except ValueProblem as problem:
        why = str(problem).replace("the condition compares", "`filter` compares")
        raise ItemsRefused(
            f"`filter` cannot be asked about item {number}, `{label_of(item)}`: {why}",
            "give the reference a default, such as `${item.score:-0}`, or compare it as text with `==`",
        ) from None


@frozen
class _ItemReader:
    """What the references of a filter are worth for one item. What an item does not have is empty text."""

    item: Json
    variables: Mapping[str, str] = field(factory=dict)

    def value(self, hole: ir.Hole) -> Value:
        match hole.target:
            case ir.Item(path=path):
                found = value_in(self.item, path)
                value: Value = "" if found is None else json_text(found)
            case ir.Variable(name=name, path=path):
                value = self.variables.get(name, "")
                if path:
                    found = value_in(json.loads(value), path)
                    value = "" if found is None else json_text(found)
            case _:
                value = ""
        if hole.default is not None and read_text(value) == "":
            return hole.default
        for one in hole.filters:
            value = filtered(value, one)
        return value


def value_in(item: Json, path: Iterable[str]) -> Json:
    """What an item holds at a path of names and indexes; ``None`` where there is nothing, as for JSON's null."""
    value = item
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def sorted_items(items: Sequence[Json], keys: Sequence[ir.SortKey]) -> list[Json]:
    """Items by several keys, the first of which weighs most. Equal ones stay in their order.

    Numbers come before texts, and texts before everything else, which is compared as its JSON; a descending key turns
    that around. What has no value comes last either way.
    """
    found = list(items)
    for key in reversed(keys):
        valued = [(value_in(one, key.path), one) for one in found]
        present = [(_rank(value), one) for value, one in valued if value is not None]
        present.sort(key=itemgetter(0), reverse=key.descending)
        found = [*(one for _, one in present), *(one for value, one in valued if value is None)]
    return found


def _rank(value: Json) -> tuple[int, float, str]:
    match value:
        case bool():
            return 0, float(value), ""
        case int() | float():
            return 1, value, ""
        case str():
            return 2, 0.0, value
    return 3, 0.0, json.dumps(value, ensure_ascii=False, sort_keys=True)


# --- what runs ---


def variables_of_item(header: ir.MapHeader, item: Json, index: int, total: int) -> dict[str, str]:
    """The session variables that an item sets: ``item`` (JSON text), `ARG` (its text), `INDEX` from 1, `TOTAL`, and of a
    file `FILE`, `FILE_NAME`, `FILE_STEM`."""
    text = json_text(item)
    found = {"item": json.dumps(item, ensure_ascii=False, separators=(",", ":")), "ARG": text}
    if isinstance(item, str) and _is_file(header.over, item):
        name = os.path.basename(item)
        found |= {"FILE": item, "FILE_NAME": name, "FILE_STEM": os.path.splitext(name)[0]}
    return {**found, "INDEX": str(index), "TOTAL": str(total)}


def _is_file(over: ir.ItemSource, item: str) -> bool:
    return isinstance(over, ir.GlobItems) or (isinstance(over, ir.GivenItems) and item not in over.values)


def session_item(header: ir.MapHeader, item: Json, index: int, total: int) -> Item:
    """An item as sessions know it: its label and its variables."""
    return Item(label_of(item), variables_of_item(header, item, index, total))


def label_of(item: Json) -> str:
    """What people call an item: its text on one line, or for an object the first text in it that names it."""
    text = item if isinstance(item, str) else _name_of(item) or json_text(item)
    line = visible(re.sub(r"\s+", " ", text).strip()) or "(empty)"
    return line if len(line) <= LABEL_WIDTH else f"{line[: LABEL_WIDTH - 1]}…"


def _name_of(item: Json) -> str | None:
    """The value that most likely names an object to people."""
    if not isinstance(item, dict):
        return None
    texts = {name.casefold(): one for name, one in item.items() if isinstance(one, str) and one.strip()}
    return next((texts[name] for name in _NAMES if name in texts), None)


_NAMES = ("id", "name", "title", "path", "file", "location", "key", "url", "description")
