"""What the translation of the older map and reduce dialect has to say, collected while it is made."""

from __future__ import annotations

from typing import Literal

from mmm_lang.record import define, field, frozen
from mmm_lang.source import Span
from mmm_lang.syntax.older_filters import Refused
from mmm_lang.syntax.yaml_nodes import Entry, Scalar


@frozen
class Trouble:
    """Something to report: as in `Findings`."""

    severity: Literal["error", "warning"]
    rule: str
    span: Span
    message: str
    advice: tuple[str, ...]


@define(eq=False)
class Report:
    """All that was found so far."""

    troubles: list[Trouble] = field(factory=list)

    def error(self, rule: str, span: Span, message: str, *advice: str) -> None:
        """Something whose meaning cannot be kept."""
        self.troubles.append(Trouble("error", rule, span, message, advice))

    def wrong_value(self, span: Span, message: str, advice: str) -> None:
        """A value that cannot be kept."""
        self.error("invalid-value", span, message, advice)

    def ignored(self, entry: Entry, advice: str) -> None:
        """A key without a counterpart that changes nothing of what is done."""
        self.without_effect(entry.key.span, f"`{entry.key.value}` has no effect here", advice)

    def without_effect(self, span: Span, message: str, advice: str) -> None:
        """The same with words of its own."""
        self.troubles.append(Trouble("warning", "ignored-key", span, message, (advice,)))

    def no_counterpart(self, entry: Entry, advice: str) -> None:
        """A key without a counterpart that chose among the items."""
        message = f"there is no `{entry.key.value}` in `map:`, and without it other items would be run"
        self.error("unknown-key", entry.key.span, message, advice)

    def refused(self, scalar: Scalar, refused: Refused, rule: str) -> None:
        """A text that has no counterpart, at its place in a scalar."""
        start = scalar.offset_of(refused.start)
        span = Span(start, max(start, scalar.offset_of(refused.end)))
        self.error(rule, span, refused.message, refused.advice)
