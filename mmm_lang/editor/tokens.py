"""Semantic tokens: references, the names in them, and slash commands, which stand inside texts and look like them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from attrs import frozen

from mmm_lang.analysis.scopes import (
    EnvironmentTarget,
    InputTarget,
    ItemTarget,
    ShellsOwn,
    StepTarget,
    VariableTarget,
)
from mmm_lang.editor.document import Document
from mmm_lang.source import Span

TokenKind = Literal["variable", "property", "parameter", "function", "keyword", "operator"]
TOKEN_KINDS: tuple[TokenKind, ...] = get_args(TokenKind)


@frozen
class Token:
    """A word on one line."""

    span: Span
    kind: TokenKind
    is_definition: bool = False


def tokens(document: Document) -> tuple[Token, ...]:
    """The tokens in the order of the text; no two overlap."""
    found = {*_of_references(document), *_of_names(document)}
    in_order = sorted(found, key=lambda one: (one.span.start, one.span.end, one.kind, one.is_definition))
    kept: list[Token] = []
    for token in in_order:
        if token.span.start < token.span.end and (not kept or kept[-1].span.end <= token.span.start):
            kept.append(token)
    return tuple(kept)


def _of_references(document: Document) -> Iterator[Token]:
    found = (pair for part in document.analysis.lists for pair in part.resolutions.items())
    for hole, resolution in found:
        if isinstance(resolution.target, ShellsOwn | None):
            continue
        if "\n" in document.source.slice(hole.span):
            continue
        first, *others = (name.span for name in hole.names)
        match resolution.target:
            case StepTarget() if hole.path[0] in ("shell", "last"):
                kind: TokenKind = "keyword"
            case InputTarget():
                kind = "keyword" if others else "parameter"
            case VariableTarget() | EnvironmentTarget() | ItemTarget() | StepTarget():
                kind = "variable"
        yield Token(first, kind)
        yield from (
            Token(span, "parameter" if isinstance(resolution.target, InputTarget) else "property")
            for span in others
        )
        yield from (
            Token(Span(one.span.start, one.span.start + len(one.name)), "function") for one in hole.filters
        )


def _of_names(document: Document) -> Iterator[Token]:
    kinds: dict[str, TokenKind] = {
        "step": "variable",
        "input": "parameter",
        "output": "property",
        "command": "function",
    }
    for one in document.occurrences:
        if one.name.kind in kinds and (one.is_definition or one.name.kind == "command"):
            yield Token(one.span, kinds[one.name.kind], one.is_definition)
