"""Conditions: the value of ``when:`` becomes an expression, with the place of every part.

The commonest ones (a truth value, a reference, a reference compared with a constant) are read by a regular
expression; ``grammar/condition.lark`` reads the rest. A property test holds the two to each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.source import Source, Span
from mmm_lang.syntax.condition_operands import Operands, comparison
from mmm_lang.syntax.hole_scanner import HoleText, scan
from mmm_lang.syntax.nodes import Condition, Expression, Hole, Template
from mmm_lang.syntax.templates import diagnose, hole_of

if TYPE_CHECKING:
    from mmm_lang.syntax.hole_troubles import Trouble

__all__ = ["parse_condition", "read_by_grammar", "read_plain"]

LONGEST = 4000
"""Code points that a condition may have."""
MOST_OPERATORS = 100
"""Operators and parentheses that a condition may hold: so nothing that walks it can run out of stack."""

_PLAIN = re.compile(
    r"""
    [ \t\r\n]*
    (?: (?P<truth> true | false )
      | (?P<reference> \$\{[^{}]*\} )
        (?: [ \t\r\n]* (?P<operator> == | != | <= | >= | < | > ) [ \t\r\n]*
            (?P<constant> -?[0-9]+(?:\.[0-9]+)? | "[^"\\\n$]*" | '[^'\\\n$]*' | true | false ) )?
    )
    [ \t\r\n]*
    """,
    re.VERBOSE,
)
_OPERATORS = frozenset({"either", "both", "negation", "group"})


def parse_condition(
    raw: str, span: Span, offset_of: Callable[[int], int], source: Source
) -> tuple[Condition, tuple[Diagnostic, ...]]:
    """Read a decoded condition.

    ``span`` is the scalar's place; ``offset_of`` maps an index of ``raw``, ``len(raw)`` included, to its
    offset in ``source``. Where the text is no sound condition, ``expression`` is ``None``, the references that
    could be made out are in ``holes``, and a diagnostic has said why. Never raises.
    """
    template = Template((), raw, span, offset_of)
    operands = Operands(template)
    expression = read_plain(operands) or read_by_grammar(operands)
    holes = operands.holes if expression is not None else _holes_of(template)
    if any(trouble.severity == "error" for trouble in operands.troubles):
        expression = None  # what was made of it is not what was meant
    diagnostics = tuple(diagnose(trouble, template, source) for trouble in operands.troubles)
    return Condition(expression, tuple(holes), raw, span), diagnostics


def _holes_of(template: Template) -> list[Hole]:
    """The references in a text that is no condition; one that only lacks its braces has been reported."""
    pieces = scan(template.raw, "prompt").pieces
    return [
        hole_of(piece, template)
        for piece in pieces
        if isinstance(piece, HoleText)
        and not (piece.spelling == "bare" and template.raw.startswith(".", piece.end))
    ]


def read_plain(operands: Operands) -> Expression | None:
    """The fast path; ``None``, with nothing noted in ``operands``, for anything that it does not know."""
    match = _PLAIN.fullmatch(operands.template.raw)
    if match is None:
        return None
    if match["truth"]:
        return operands.constant(*match.span("truth"))
    start, end = match.span("reference")
    if not operands.is_plain(start, end):
        return None
    reference = operands.reference(start, end)
    operator = match["operator"]
    if reference is None or not operator:
        return reference
    constant = operands.constant(*match.span("constant"))
    whole = operands.template.span_of(start, match.end("constant"))
    return comparison(operator, reference, constant, whole)


def read_by_grammar(operands: Operands) -> Expression | None:
    """The whole language; ``None`` where the text is not of it, with the reason noted in ``operands``."""
    from mmm_lang.syntax.condition_tree import WORDS, build, references_of
    from mmm_lang.syntax.condition_troubles import refused
    from mmm_lang.syntax.grammars import Refusal, parse

    raw = operands.template.raw
    if len(raw) > LONGEST:
        operands.note(_too_much(f"longer than {LONGEST} characters", len(raw)))
        return None
    tree = parse("condition.lark", raw, WORDS)
    if isinstance(tree, Refusal):
        operands.note(refused(raw, tree.at, tree.expected))
        return None
    if sum(node.data in _OPERATORS for node in tree.iter_subtrees()) > MOST_OPERATORS:
        operands.note(_too_much(f"of more than {MOST_OPERATORS} operators and parentheses", len(raw)))
        return None
    readings = [operands.reference(start, end) for start, end in references_of(tree)]
    references = [reference for reference in readings if reference is not None]
    if len(references) < len(readings):
        return None
    return build(tree, operands, iter(references))


def _too_much(what: str, length: int) -> Trouble:
    from mmm_lang.syntax.hole_troubles import Trouble

    advice = ("let a `shell:` step decide, and test its exit code",)
    return Trouble("condition-syntax", "error", f"a condition {what}", 0, length, advice)
