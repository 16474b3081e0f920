"""What the parser has to say, collected while it reads."""

from __future__ import annotations

from collections import Counter

from mmm_lang.diagnostics.crowds import MOST_FOUND, beyond
from mmm_lang.diagnostics.model import Diagnostic, Fix, Label, Severity
from mmm_lang.record import define, field
from mmm_lang.source import Source, Span


@define(eq=False)
class Findings:
    """The diagnostics of one source, of each rule the first `MOST_FOUND` and one that says that there are more. The
    same finding at the same place (behind two aliases, say) is one."""

    source: Source
    _found: dict[tuple[str, Span, str], Diagnostic] = field(factory=dict)
    _numbers: Counter[str] = field(factory=Counter)

    def add(self, *diagnostics: Diagnostic) -> None:
        """Take diagnostics that others made."""
        for diagnostic in diagnostics:
            key = (diagnostic.rule, diagnostic.primary.span, diagnostic.message)
            if key in self._found or self.has_enough(diagnostic.rule):
                continue
            self._numbers[diagnostic.rule] += 1
            self._found[key] = beyond(diagnostic) if self.has_enough(diagnostic.rule) else diagnostic

    def error(
        self,
        rule: str,
        span: Span,
        message: str,
        *advice: str,
        label: str = "",
        secondary: tuple[Label, ...] = (),
        fix: Fix | None = None,
    ) -> None:
        """Report what keeps the playbook from running. ``advice``: what to do, one sentence each."""
        self._report("error", rule, span, message, advice, label, secondary, fix)

    def warning(
        self,
        rule: str,
        span: Span,
        message: str,
        *advice: str,
        secondary: tuple[Label, ...] = (),
        fix: Fix | None = None,
    ) -> None:
        """Report what runs, but hardly as it was meant."""
        self._report("warning", rule, span, message, advice, "", secondary, fix)

    def note(self, rule: str, span: Span, message: str, *advice: str) -> None:
        """Report a fact worth knowing."""
        self._report("note", rule, span, message, advice, "", (), None)

    def _report(
        self,
        severity: Severity,
        rule: str,
        span: Span,
        message: str,
        advice: tuple[str, ...],
        label: str,
        secondary: tuple[Label, ...],
        fix: Fix | None,
    ) -> None:
        primary = Label(span, label)
        self.add(Diagnostic(rule, severity, message, self.source, primary, secondary, advice, fix=fix))

    def has_enough(self, rule: str) -> bool:
        """Whether more findings of a rule are not taken, so that nobody need look for advice about them."""
        return self._numbers[rule] > MOST_FOUND

    def has(self, rule: str) -> bool:
        """Whether a rule has had something to say."""
        return any(one.rule == rule for one in self._found.values())

    def retract(self, rule: str, within: Span) -> tuple[Span, ...]:
        """Take back what a rule said of places inside a span, and give these: a diagnostic of their common cause
        says it all."""
        keys = [key for key in self._found if key[0] == rule and within.start <= key[1].start < within.end]
        for key in keys:
            del self._found[key]
        return tuple(key[1] for key in keys)

    def in_order(self) -> tuple[Diagnostic, ...]:
        """All findings, in the order of their places."""
        return tuple(sorted(self._found.values(), key=lambda diagnostic: diagnostic.sort_key))
