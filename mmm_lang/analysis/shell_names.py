"""The names to which a script gives values itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmm_lang.analysis.shell_tree import ScriptTree, nodes

if TYPE_CHECKING:
    from tree_sitter import Node

_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNED_IN_SUM = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)")
_ASSIGNING_SIGNS = frozenset({":=", "="})
_DECLARATIONS = frozenset({b"local", b"declare", b"typeset"})
_READ_FLAG = re.compile(rb"-[A-Za-z]*[dinNptu]")
"""A flag of ``read`` whose next word is no name (that of ``-a`` is one)."""
_MAPFILE_FLAG = re.compile(rb"-[A-Za-z]*[dnOsucC]")


def names_assigned_in(tree: ScriptTree) -> dict[str, int]:
    """Every plain name that the script assigns, declares locally, reads or loops over, each with the byte
    offset at which it is first written so."""
    found: dict[str, int] = {}
    for node in nodes(tree.root):
        for name, start in _names(tree, node):
            if _NAME.fullmatch(name):
                found[name.decode()] = min(start, found.get(name.decode(), start))
    return found


_Named = tuple[bytes, int]
"""A name and the byte offset at which it stands."""


def _names(tree: ScriptTree, node: Node) -> Iterator[_Named]:
    match node.type:
        case "variable_assignment" if node.parent is None or node.parent.type != "command":
            name = node.child_by_field_name("name")
            if name is not None:
                yield _named(tree, name.child_by_field_name("name") or name)
        case "for_statement":
            name = node.child_by_field_name("variable")
            if name is not None:
                yield _named(tree, name)
        case "declaration_command" if node.children and tree.text(node.children[0]) in _DECLARATIONS:
            yield from (_named(tree, child) for child in node.children if child.type == "variable_name")
        case "expansion" if any(child.type in _ASSIGNING_SIGNS for child in node.children):
            yield from (_named(tree, child) for child in node.children[:2] if child.type == "variable_name")
        case "arithmetic_expansion":
            yield from _named_in_sum(tree, node)
        case "compound_statement" | "test_command" if tree.text(node).startswith(b"(("):
            yield from _named_in_sum(tree, node)
        case "command":
            yield from _names_of_command(tree, node)


def _named(tree: ScriptTree, node: Node) -> _Named:
    return tree.text(node), node.start_byte


def _named_in_sum(tree: ScriptTree, node: Node) -> Iterator[_Named]:
    for assignment in _ASSIGNED_IN_SUM.finditer(tree.text(node)):
        yield assignment[1], node.start_byte + assignment.start(1)


def _names_of_command(tree: ScriptTree, command: Node) -> Iterator[_Named]:
    words = [_named(tree, node) for node in command.children if node.type != "variable_assignment"]
    match words:
        case [(b"read", _), *arguments]:
            yield from _operands(arguments, _READ_FLAG)
        case [(b"mapfile" | b"readarray", _), *arguments]:
            yield from _operands(arguments, _MAPFILE_FLAG)
        case [(b"getopts", _), _, name, *_]:
            yield name
        case [(b"printf", _), (b"-v", _), name, *_]:
            yield name


def _operands(arguments: list[_Named], flags_with_value: re.Pattern[bytes]) -> Iterator[_Named]:
    """The arguments that are neither flags nor the values of flags."""
    before = b""
    for word, start in arguments:
        if not word.startswith(b"-") and flags_with_value.fullmatch(before) is None:
            yield word, start
        before = word
