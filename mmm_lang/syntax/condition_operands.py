"""The leaves of a condition: references, constants, patterns, each with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmm_lang.record import evolve, field, frozen
from mmm_lang.source import Span
from mmm_lang.syntax.hole_scanner import HoleText, scan
from mmm_lang.syntax.interiors import read_plain
from mmm_lang.syntax.nodes import Comparison, Constant, Expression, Hole, Reference, Template
from mmm_lang.syntax.templates import hole_of

if TYPE_CHECKING:
    from mmm_lang.syntax.hole_troubles import Trouble

_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'", "$": "$"}
_IN_QUOTES = re.compile(r"\\(?P<escape>.)|\$(?:\{[^}]*\}?|<[^>]*>?|[A-Za-z_][A-Za-z0-9_]*)", re.DOTALL)
_LARGEST = 1e300


def comparison(operator: str, left: Expression, right: Expression, span: Span) -> Comparison:
    """A comparison by one of the six operators; ``ValueError`` for any other text."""
    match operator:
        case "==" | "!=" | "<" | "<=" | ">" | ">=":
            return Comparison(operator, left, right, span)
    raise ValueError(f"not a comparison: {operator}")


@frozen(eq=False)
class Operands:
    """Reads operands at indexes of one text, and collects its holes and what is wrong with it."""

    template: Template
    holes: list[Hole] = field(factory=list)
    troubles: list[Trouble] = field(factory=list)

    def note(self, trouble: Trouble) -> None:
        """Keep a finding."""
        self.troubles.append(trouble)

    def _refuse(self, rule: str, message: str, start: int, end: int, advice: tuple[str, ...]) -> None:
        from mmm_lang.syntax.hole_troubles import Trouble

        self.note(Trouble(rule, "error", message, start, end, advice))

    def is_plain(self, start: int, end: int) -> bool:
        """Whether the reference at ``start`` to ``end`` can be read without the grammar of templates."""
        return read_plain(self.template.raw[start + 2 : end - 1]) is not None

    def reference(self, start: int, end: int) -> Reference | None:
        """The reference that fills ``start`` to ``end``; ``None`` where it is malformed, which is noted."""
        found = scan(self.template.raw[start:end], "prompt")
        if found.troubles:
            from mmm_lang.syntax.condition_troubles import (
                comparison_inside,
            )  # needs the grammar, which is heavy

            trouble = comparison_inside(self.template.raw, start, end)
            if trouble is not None:
                self.note(trouble)
                return None
        self.troubles.extend(
            evolve(trouble, start=trouble.start + start, end=trouble.end + start)
            for trouble in found.troubles
        )
        for piece in found.pieces:
            if isinstance(piece, HoleText) and (piece.start, piece.end) == (0, end - start):
                shifted = evolve(
                    piece, start=piece.start + start, end=piece.end + start, inside=piece.inside + start
                )
                hole = hole_of(shifted, self.template)
                self.holes.append(hole)
                return Reference(hole, hole.span)
        return None

    def constant(self, start: int, end: int) -> Constant:
        """A number, a truth value or text in quotes."""
        span = self.template.span_of(start, end)
        text = self.template.raw[start:end]
        if text[0] in "\"'":
            return Constant(self._unquoted(text, start), span)
        if text in ("true", "false"):
            return Constant(text == "true", span)
        number = float(text)
        if abs(number) > _LARGEST:
            advice = ("compare with a smaller number",)
            self._refuse("condition-syntax", "this number is too large", start, end, advice)
            number = 0.0
        return Constant(number, span)

    def pattern(self, start: int, end: int) -> Constant:
        """A pattern between slashes: its text, as Python's ``re`` reads it."""
        text = self.template.raw[start + 1 : end - 1]
        from mmm_lang.syntax.regexes import flaw_of

        flaw = flaw_of(text)
        if flaw is not None:
            message = f"invalid regular expression: {flaw.why}"
            at = start + 1
            self._refuse("invalid-regex", message, at + flaw.start, at + flaw.end, (flaw.advice,))
        return Constant(text, self.template.span_of(start, end))

    def _unquoted(self, text: str, start: int) -> str:
        """The text between quotes, escapes resolved."""

        def resolve(match: re.Match[str]) -> str:
            escape = match["escape"]
            if escape in _ESCAPES:
                return _ESCAPES[escape]
            at = start + 1 + match.start()
            if escape is None:
                message = f"`{match[0]}` in quotes is plain text"
                advice = f"write `{match[0]}` without the quotes; a plain `$` is written `\\$`"
            else:
                message = f"there is no escape `{match[0]}`"
                advice = "a backslash is written `\\\\`"
            end = at + len(match[0])
            self._refuse("condition-syntax", message, at, end, (advice,))
            return match[0]

        return _IN_QUOTES.sub(resolve, text[1:-1])
