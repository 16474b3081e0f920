"""Diagnostics as an editor shows them: those that nothing suppresses, with all there is to say in one text."""

from __future__ import annotations

from attrs import frozen

from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.editor.document import Document
from mmm_lang.source import Span

UNNECESSARY = ("unused-", "useless-", "unreachable-", "redundant-", "ignored-key")
"""What the names of rules about text that could be removed begin with; editors show it faded."""

DEPRECATED = frozenset({"deprecated-syntax"})
"""Rules about older forms; editors strike them through."""


@frozen(eq=False)
class Finding:
    """One diagnostic of the document. ``message`` has the advice too, ``related`` are the labels with something to
    say, the primary one's message left out where there is none."""

    span: Span
    severity: Severity
    rule: str
    message: str
    related: tuple[Label, ...]
    is_unnecessary: bool
    is_deprecated: bool
    diagnostic: Diagnostic


def findings(document: Document) -> tuple[Finding, ...]:
    """All there is to say about a document, in the order of the text."""
    return tuple(
        finding_of(one)
        for one in unsuppressed(document.diagnostics)
        if one.source.path == document.source.path  # the text of one with a secret in it has stars there
    )


def finding_of(diagnostic: Diagnostic) -> Finding:
    """A diagnostic as it is shown."""
    advice = diagnostic.help or ((diagnostic.fix.title,) if diagnostic.fix is not None else ())
    said = diagnostic.primary.message
    first = f"{diagnostic.message} ({said})" if said else diagnostic.message
    lines = [first, *(f"help: {one}" for one in advice), *(f"note: {one}" for one in diagnostic.notes)]
    return Finding(
        span=diagnostic.primary.span,
        severity=diagnostic.severity,
        rule=diagnostic.rule,
        message="\n".join(lines),
        related=diagnostic.secondary,
        is_unnecessary=diagnostic.rule.startswith(UNNECESSARY),
        is_deprecated=diagnostic.rule in DEPRECATED,
        diagnostic=diagnostic,
    )
