"""Whether a shell computes at a place: there a value is read as an expression, so only a number may stand.

``$(( ))`` is one such place; in bash so are subscripts, ``${x:offset}``, ``[[ … -eq … ]]``, ``let`` and
``declare -i``, and each of them runs the commands in a text such as ``a[$(…)]``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmm_lang.analysis.shell_tree import ScriptTree

if TYPE_CHECKING:
    from tree_sitter import Node

_TESTS = frozenset({b"-eq", b"-ne", b"-lt", b"-le", b"-gt", b"-ge"})
_ELEMENT = re.compile(rb"\[[^\]]*\Z")


def computes(tree: ScriptTree, near: tuple[Node, ...], start: int, single_bracket: bool) -> bool:
    """Whether any of the nodes around ``start`` (innermost first) is read as an expression.

    ``single_bracket``: the shell computes in ``[ … ]`` as in ``[[ … ]]``.
    """
    tested = False
    compared = False
    for index, node in enumerate(near):
        match node.type:
            case "arithmetic_expansion":
                return True
            case "compound_statement" | "test_command" if tree.text(node).startswith(b"(("):
                return True
            case "c_style_for_statement":
                body = node.child_by_field_name("body")
                if body is None or start < body.start_byte:
                    return True
            case "subscript":
                if _index_computes(tree, node.child_by_field_name("name")):
                    return True
            case "array":
                if _is_element_index(tree, node, near[:index], start):
                    return True
            case "expansion":
                if _is_slice(node, start):
                    return True
            case "binary_expression" if not tested:
                tested = True
                operator = node.child_by_field_name("operator")
                compared = operator is not None and tree.text(operator) in _TESTS
            case "test_command":
                if compared and (single_bracket or tree.text(node).startswith(b"[[")):
                    return True
            case "command" | "declaration_command":
                if _is_of_numbers(tree, node):
                    return True
    return False


def _index_computes(tree: ScriptTree, name: Node | None) -> bool:
    """Whether the subscripts of an array are numbers: those of one declared with ``-A`` are text."""
    if name is None:
        return True
    declared = rb"\b(?:declare|local|typeset|readonly)\s+-[A-Za-z]*A[A-Za-z]*\s+" + re.escape(tree.text(name))
    return re.search(declared + rb"\b", tree.source) is None


def _is_element_index(tree: ScriptTree, array: Node, inside: tuple[Node, ...], start: int) -> bool:
    """Whether a place is the index in ``x=([index]=value)``."""
    element = next(iter(inside[-1:]), None)
    if element is None or _ELEMENT.match(tree.source[element.start_byte : start]) is None:
        return False
    assignment = array.parent
    return _index_computes(tree, assignment.child_by_field_name("name") if assignment is not None else None)


def _is_slice(expansion: Node, start: int) -> bool:
    """Whether a place is the offset or length in ``${x:offset:length}``."""
    signs = [node.type for node in expansion.children if node.end_byte <= start and not node.is_named]
    return bool(signs) and signs[-1] == ":"


def _is_of_numbers(tree: ScriptTree, command: Node) -> bool:
    """Whether a command computes its arguments: ``let``, ``declare -i``."""
    words = [tree.text(node) for node in command.children]
    if command.type == "command":
        return words[:1] == [b"let"]
    return any(re.fullmatch(rb"-[A-Za-z]*i[A-Za-z]*", word) for word in words)
