"""Python through its grammar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import tree_sitter_python
from tree_sitter import Language, Node

from mmm_lang.context.facts import Import, Strength
from mmm_lang.context.parsing import Captures, Grammar, line_of, text_of

_QUERY = """
(import_statement) @import
(import_from_statement) @import
(function_definition) @function
(class_definition name: (identifier) @type)
[
  (if_statement) (elif_clause) (for_statement) (while_statement) (except_clause)
  (conditional_expression) (boolean_operator) (for_in_clause) (if_clause) (case_clause)
] @branch
((case_clause . (case_pattern) @rest) @join (#eq? @rest "_"))
(comment) @comment
(module (if_statement condition: (comparison_operator) @condition))
"""


@cache
def python_grammar() -> Grammar:
    """The grammar of Python."""
    return Grammar(
        Language(tree_sitter_python.language()),
        _QUERY,
        lambda node: text_of(node.child_by_field_name("name")),
        _imports,
        lambda captures: any("__main__" in text_of(node) for node in captures.get("condition", ())),
    )


def _imports(captures: Captures, tests: Sequence[range]) -> Iterator[Import]:
    del tests  # Python has none inside of its modules
    for node in captures.get("import", ()):
        strength = _strength(node)
        names = [_plain(one) for one in node.children_by_field_name("name")]
        if node.type == "import_statement":
            for name in names:
                yield Import(name, line_of(node), strength)
            continue
        module = text_of(node.child_by_field_name("module_name")).replace(" ", "")
        yield Import(module, line_of(node), strength, tuple(names))


def _plain(node: Node) -> str:
    """The imported name, without its alias and without spaces around its dots."""
    name = node.child_by_field_name("name") if node.type == "aliased_import" else node
    return text_of(name).replace(" ", "")


def _strength(node: Node) -> Strength:
    """Imports under `TYPE_CHECKING` are for the type checker, those in functions wait until these are called."""
    above = node.parent
    while above is not None:
        if above.type == "function_definition":
            return "lazy"
        if above.type == "if_statement" and "TYPE_CHECKING" in text_of(
            above.child_by_field_name("condition")
        ):
            return "type"
        above = above.parent
    return "import"
