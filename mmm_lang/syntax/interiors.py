"""What stands inside ``${ … }`` and ``$< … >``: names, filters, a default.

Two readers that agree on every text (a property test holds them to it): a regular expression for names and
a default, which is nearly every reference there is, and ``grammar/template.lark`` for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from mmm_lang.record import frozen

FILTERS: Mapping[str, bool] = MappingProxyType(
    {"json": False, "lines": False, "words": False, "raw": False, "head": True, "tail": True}
)
"""The filters of the language, each with whether it takes a number: ``head(3)``."""

_PLAIN = re.compile(
    r"[ \t]*(?P<path>[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)*)[ \t]*(?::-(?P<default>.*))?",
    re.DOTALL,
)

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "NAME": "a name",
        "NUMBER": "a number",
        "_DOT": "`.`",
        "DEFAULT": "`:-` with a default",
        "_PIPE": "`|` with a filter",
        "RPAR": "`)`",
        "$END": "the end",
    }
)


@frozen
class FilterText:
    """One filter as written, at indexes of the interior."""

    name: str
    argument: int | None
    start: int
    end: int


@frozen
class Interior:
    """A reference's inside: its names with the index at which each begins, its default, its filters."""

    names: tuple[tuple[str, int], ...]
    default: str | None = None
    filters: tuple[FilterText, ...] = ()


@frozen
class Unreadable:
    """The text is no reference: from index ``at`` on something else was expected."""

    at: int
    expected: tuple[str, ...]


def read_interior(text: str) -> Interior | Unreadable:
    """Read an interior (without ``${`` and ``}``), loading the grammar only where it is needed."""
    return read_plain(text) or read_by_grammar(text)


def read_plain(text: str) -> Interior | None:
    """The fast path: dotted names and perhaps a default; ``None`` for anything else."""
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    names: list[tuple[str, int]] = []
    at = match.start("path")
    for name in match["path"].split("."):
        names.append((name, at))
        at += len(name) + 1
    return Interior(tuple(names), match["default"])


def read_by_grammar(text: str) -> Interior | Unreadable:
    """The whole language of interiors, by ``grammar/template.lark``."""
    from lark.lexer import Token

    from mmm_lang.syntax.grammars import Refusal, parse

    tree = parse("template.lark", text, _WORDS)
    if isinstance(tree, Refusal):
        return Unreadable(tree.at, tree.expected)
    names: tuple[tuple[str, int], ...] = ()
    default: str | None = None
    filters: list[FilterText] = []
    for child in tree.children:
        if isinstance(child, Token):
            default = str(child)[len(":-") :]
        elif child.data == "path":
            names = tuple((str(token), token.start_pos or 0) for token in child.scan_values(_is_token))
        else:
            name, *argument = child.scan_values(_is_token)
            end = child.meta.end_pos
            number = int(argument[0]) if argument else None
            filters.append(FilterText(str(name), number, name.start_pos or 0, end))
    return Interior(names, default, tuple(filters))


def _is_token(_: object) -> bool:
    return True
