"""From the parse tree of ``grammar/condition.lark`` to the expression.

This module imports lark; it is imported where a condition needs the grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from lark import Tree
from lark.lexer import Token

from mmm_lang.syntax.condition_operands import Operands, comparison
from mmm_lang.syntax.grammars import Parsed
from mmm_lang.syntax.nodes import Both, Comparison, Expression, Membership, Not, Reference

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "_AND": "`&&`",
        "_OR": "`||`",
        "COMPARE": "a comparison",
        "_IN": "`in`",
        "_MATCHES": "`matches`",
        "REFERENCE": "a reference",
        "STRING": "text in quotes",
        "NUMBER": "a number",
        "PATTERN": "a pattern such as `/error/`",
        "LSQB": "`[`",
        "COMMA": "`,`",
        "RSQB": "`]`",
        "RPAR": "`)`",
        "$END": "the end",
    }
)
"""What the terminals of the grammar are called in messages, in the order of print."""


def _extent(token: Token) -> tuple[int, int]:
    assert token.start_pos is not None
    assert token.end_pos is not None
    return token.start_pos, token.end_pos


def references_of(tree: Parsed) -> tuple[tuple[int, int], ...]:
    """Where the references of a tree begin and end, in order of the text."""
    tokens = tree.scan_values(lambda value: isinstance(value, Token) and value.type == "REFERENCE")
    return tuple(sorted(_extent(token) for token in tokens))


def build(tree: Parsed, operands: Operands, references: Iterator[Reference]) -> Expression:
    """The expression of a tree; ``references`` are those of ``references_of``, already read.

    Recursion is as deep as the tree, which the caller has bounded.
    """
    children = tree.children
    match str(tree.data):
        case "reference":
            return next(references)
        case "constant":
            return operands.constant(*_extent(_token(children[0])))
        case "group" | "start":
            return build(_subtree(children[0]), operands, references)
    span = operands.template.span_of(tree.meta.start_pos, tree.meta.end_pos)
    left = build(_subtree(children[0]), operands, references)
    match str(tree.data):
        case "negation":
            return Not(left, span)
        case "membership":
            choices = (_subtree(child) for child in _subtree(children[1]).children)
            return Membership(left, tuple(build(each, operands, references) for each in choices), span)
        case "matching":
            return Comparison("matches", left, operands.pattern(*_extent(_token(children[1]))), span)
        case "comparison":
            right = build(_subtree(children[2]), operands, references)
            return comparison(str(children[1]), left, right, span)
    right = build(_subtree(children[1]), operands, references)
    return Both("||" if tree.data == "either" else "&&", left, right, span)


def _token(child: Token | Parsed) -> Token:
    assert isinstance(child, Token)
    return child


def _subtree(child: Token | Parsed) -> Parsed:
    assert isinstance(child, Tree)
    return child
