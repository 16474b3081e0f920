"""Go through its grammar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import tree_sitter_go
from tree_sitter import Language, Node

from mmm_lang.context.facts import Import
from mmm_lang.context.parsing import Captures, Grammar, line_of, text_of

_QUERY = """
(import_spec path: (_) @path)
(package_clause (package_identifier) @package)
[(function_declaration) (method_declaration)] @function
(type_spec name: (type_identifier) @type)
[(if_statement) (for_statement) (expression_case) (type_case) (communication_case)] @branch
(binary_expression operator: ["&&" "||"]) @branch
(comment) @comment
"""


@cache
def go_grammar() -> Grammar:
    """The grammar of Go. A function literal counts to the function around it."""
    return Grammar(
        Language(tree_sitter_go.language()),
        _QUERY,
        _name,
        _imports,
        lambda captures: any(text_of(node) == "main" for node in captures.get("package", ())),
    )


def _imports(captures: Captures, tests: Sequence[range]) -> Iterator[Import]:
    del tests  # they have files of their own
    for node in captures.get("path", ()):
        yield Import(text_of(node)[1:-1], line_of(node))


def _name(node: Node) -> str:
    """`Name`, and `Type.Name` of a method."""
    name = text_of(node.child_by_field_name("name"))
    receiver = node.child_by_field_name("receiver")
    if receiver is None:
        return name
    kind = text_of(receiver).strip("()").split("[")[0].split()
    return f"{kind[-1].lstrip('*')}.{name}" if kind else name
