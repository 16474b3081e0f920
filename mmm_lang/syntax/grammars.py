"""The grammars of ``grammar/*.lark``, built when first needed.

This module imports lark; import it inside the function that needs it, so that a file of plain references
never pays for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from typing import cast

from lark import Lark, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.lexer import Token

from mmm_lang.record import frozen
from mmm_lang.resources import read_resource

Parsed = Tree[Token]
_SHORT = 300
"""Code points of a text that is worth remembering."""


@frozen
class Refusal:
    """Where a text leaves its grammar (index from 0), and what may stand there, as people say it."""

    at: int
    expected: tuple[str, ...]


@cache
def _parser(name: str) -> Lark:
    return Lark(
        read_resource("grammar", name),
        parser="lalr",
        lexer="contextual",
        propagate_positions=True,
        maybe_placeholders=False,
    )


def parse(grammar: str, text: str, words: Mapping[str, str]) -> Parsed | Refusal:
    """Parse ``text`` by a grammar such as ``template.lark``.

    ``words`` says what the grammar's terminals are called, in the order in which people should read
    them; a terminal without a word is never named in a refusal. ``$END`` is the end of the text.
    """
    parsed = _remembered(grammar, text) if len(text) <= _SHORT else _parsed(grammar, text)
    return Refusal(parsed[0], _named(parsed[1], words)) if isinstance(parsed, tuple) else parsed


@lru_cache(maxsize=256)  # long playbooks say the same again and again
def _remembered(grammar: str, text: str) -> Parsed | tuple[int, frozenset[str]]:
    return _parsed(grammar, text)


def _parsed(grammar: str, text: str) -> Parsed | tuple[int, frozenset[str]]:
    """The tree, or the index at which the text leaves the grammar, with the terminals that may stand there."""
    try:
        return _parser(grammar).parse(text)
    except UnexpectedToken as error:
        at = error.token.start_pos
        if at is None or error.token.type == "$END":
            at = len(text)
        return at, frozenset(error.accepts or error.expected)
    except UnexpectedCharacters as error:
        # lark declares the place as None and sets an int
        return cast("int", error.pos_in_stream), frozenset(_acceptable(grammar, text))
    except UnexpectedInput:
        return len(text), frozenset()


def _acceptable(grammar: str, text: str) -> set[str]:
    """The terminals that may stand where ``text`` stops being readable.

    The error itself names those of the parser's table, which has merged states and lists too many.
    """
    parser = _parser(grammar).parse_interactive(text)
    with suppress(UnexpectedInput):
        parser.exhaust_lexer()
    return set(parser.accepts())  # type: ignore[no-untyped-call]  # lark has no annotation there


def _named(terminals: Iterable[str], words: Mapping[str, str]) -> tuple[str, ...]:
    known = set(terminals)
    return tuple(dict.fromkeys(word for terminal, word in words.items() if terminal in known))
