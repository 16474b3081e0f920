"""Rust through its grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

import tree_sitter_rust
from tree_sitter import Language, Node

from mmm_lang.context.facts import Import, Strength
from mmm_lang.context.parsing import Captures, Grammar, line_of, text_of

_QUERY = """
(use_declaration) @use
[(scoped_identifier) (scoped_type_identifier)] @path
(function_item) @function
[
  (struct_item name: (type_identifier) @type) (enum_item name: (type_identifier) @type)
  (union_item name: (type_identifier) @type) (trait_item name: (type_identifier) @type)
  (type_item name: (type_identifier) @type)
]
[(if_expression) (while_expression) (for_expression) (match_arm)] @branch
(binary_expression operator: ["&&" "||"]) @branch
(let_chain "&&" @branch)
(let_declaration alternative: (_)) @branch
(match_expression) @join
(attribute_item) @attribute
(source_file (function_item name: (identifier) @outer))
[(line_comment) (block_comment)] @comment
"""

_TEST = re.compile(
    r"#\[\s*(cfg\s*\(.*\btest\b.*\)|([\w]+::)*(test|rstest|test_case|bench)\b.*)\s*\]", re.DOTALL
)
_MOST_NESTING = 64


@cache
def rust_grammar() -> Grammar:
    """The grammar of Rust. A closure counts to the function around it; `?` is no branch."""
    return Grammar(
        Language(tree_sitter_rust.language()),
        _QUERY,
        lambda node: text_of(node.child_by_field_name("name")),
        _imports,
        lambda captures: any(text_of(node) == "main" for node in captures.get("outer", ())),
        _tests,
    )


def _tests(captures: Captures) -> tuple[range, ...]:
    """What a `#[cfg(test)]` or `#[test]` stands before, attribute included; ranges do not overlap."""
    found: list[range] = []
    for node in sorted(captures.get("attribute", ()), key=lambda node: node.start_byte):
        if (found and node.start_byte in found[-1]) or not _TEST.fullmatch(text_of(node)):
            continue
        item = node.next_named_sibling
        while item is not None and item.type in ("attribute_item", "line_comment", "block_comment"):
            item = item.next_named_sibling
        if item is not None and item.type in ("mod_item", "function_item", "impl_item"):
            found.append(range(node.start_byte, item.end_byte))
    return tuple(found)


def _imports(captures: Captures, tests: Sequence[range]) -> Iterator[Import]:
    for node in captures.get("use", ()):
        is_public = any(child.type == "visibility_modifier" for child in node.children)
        strength: Strength = "reexport" if is_public else "import"
        if any(node.start_byte in one for one in tests):
            strength = "test"
        argument = node.child_by_field_name("argument")
        for path in _paths(argument, "", 0) if argument is not None else ():
            yield Import(path, line_of(node), strength, depth=_depth(node))
    for node in captures.get("path", ()):
        path = "".join(text_of(node).split())
        above = node.parent
        if path.startswith("crate::") and above is not None and above.type not in _INSIDE_USE:
            is_test = any(node.start_byte in one for one in tests)
            yield Import(path, line_of(node), "test" if is_test else "import", depth=_depth(node))


_INSIDE_USE = frozenset(
    {
        "scoped_identifier",
        "scoped_type_identifier",
        "use_declaration",
        "scoped_use_list",
        "use_list",
        "use_as_clause",
        "use_wildcard",
    }
)


def _paths(node: Node, before: str, nesting: int) -> Iterator[str]:
    """The paths of a tree of `use`: `a::{b, c::*}` is `a::b` and `a::c`."""
    if nesting > _MOST_NESTING:
        return
    match node.type:
        case "use_list":
            for child in node.named_children:
                yield from _paths(child, before, nesting + 1)
        case "scoped_use_list":
            path = node.child_by_field_name("path")
            inner = node.child_by_field_name("list")
            if inner is not None:
                yield from _paths(inner, _joined(before, text_of(path)), nesting + 1)
        case "use_as_clause":
            path = node.child_by_field_name("path")
            if path is not None:
                yield from _paths(path, before, nesting + 1)
        case "use_wildcard":
            if node.named_children:
                yield from _paths(node.named_children[0], before, nesting + 1)
            elif before:
                yield before
        case "self":
            yield before or "self"
        case "line_comment" | "block_comment":
            return
        case _:
            yield _joined(before, text_of(node))


def _joined(before: str, path: str) -> str:
    whole = f"{before}::{path}" if before and path else before or path
    return "".join(whole.split()).removeprefix("::")


def _depth(node: Node) -> int:
    """How many inline modules are around it."""
    depth, above = 0, node.parent
    while above is not None:
        depth += above.type == "mod_item"
        above = above.parent
    return depth
