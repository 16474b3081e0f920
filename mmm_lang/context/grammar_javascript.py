"""JavaScript and TypeScript through their grammars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node

from mmm_lang.context.facts import Import
from mmm_lang.context.parsing import Captures, Grammar, line_of, text_of

_QUERY = """
(import_statement source: (string) @source) @import
(export_statement source: (string) @source)
(call_expression function: (identifier) @callee arguments: (arguments . (string) @required))
(call_expression function: (import) arguments: (arguments . (string) @lazy))
[
  (function_declaration) (generator_function_declaration) (function_expression) (arrow_function) (method_definition)
] @function
[
  (if_statement) (for_statement) (for_in_statement) (while_statement) (do_statement)
  (catch_clause) (ternary_expression) (switch_case)
] @branch
(binary_expression operator: ["&&" "||" "??"]) @branch
(comment) @comment
"""
_JAVASCRIPT = """
(class_declaration name: (identifier) @type)
"""
_TYPESCRIPT = """
(import_require_clause source: (string) @source)
(class_declaration name: (type_identifier) @type)
(abstract_class_declaration name: (type_identifier) @type)
(interface_declaration name: (type_identifier) @type)
(type_alias_declaration name: (type_identifier) @type)
(enum_declaration name: (identifier) @type)
"""


@cache
def javascript_grammar() -> Grammar:
    """The grammar of JavaScript, JSX included."""
    return _grammar(Language(tree_sitter_javascript.language()), _QUERY + _JAVASCRIPT)


@cache
def typescript_grammar() -> Grammar:
    """The grammar of TypeScript."""
    return _grammar(Language(tree_sitter_typescript.language_typescript()), _QUERY + _TYPESCRIPT)


@cache
def tsx_grammar() -> Grammar:
    """The grammar of TypeScript with JSX."""
    return _grammar(Language(tree_sitter_typescript.language_tsx()), _QUERY + _TYPESCRIPT)


def _grammar(language: Language, query: str) -> Grammar:
    return Grammar(language, query, _name, _imports, lambda captures: False)


def _imports(captures: Captures, tests: Sequence[range]) -> Iterator[Import]:
    del tests  # they have files of their own
    for node in captures.get("source", ()):
        yield Import(_text(node), line_of(node), "type" if _is_for_types(node) else "import")
    for node in captures.get("required", ()):
        call = node.parent.parent if node.parent is not None else None
        if call is not None and text_of(call.child_by_field_name("function")) == "require":
            yield Import(_text(node), line_of(node))
    for node in captures.get("lazy", ()):
        yield Import(_text(node), line_of(node), "lazy")


def _text(string: Node) -> str:
    return text_of(string)[1:-1]


def _is_for_types(source: Node) -> bool:
    """`import type …` and `export type … from`; `import {type A}` alone still loads the module."""
    statement = source.parent
    return statement is not None and any(child.type == "type" for child in statement.children)


def _name(node: Node) -> str:
    """A function's own name, or that of what it is assigned to."""
    own = node.child_by_field_name("name")
    if own is not None:
        return text_of(own)
    above = node.parent
    for name in ("name", "left", "key", "property"):
        named = None if above is None or above.type == "arguments" else above.child_by_field_name(name)
        if named is not None and named.end_byte <= node.start_byte:
            return " ".join(text_of(named).split())[:80]
    return "(anonymous)"
