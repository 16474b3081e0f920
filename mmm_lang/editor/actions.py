"""Code actions: a fix for a diagnostic, all safe fixes at once, a comment that silences a rule at its place."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from mmm_lang.analysis.mend import mend
from mmm_lang.diagnostics.fixing import fixable
from mmm_lang.diagnostics.model import Diagnostic, Edit
from mmm_lang.editor.difference import difference
from mmm_lang.editor.document import Document
from mmm_lang.editor.findings import Finding, findings
from mmm_lang.editor.silencing import silencing
from mmm_lang.source import Span

ActionKind = Literal["fix", "fix-all", "silence"]


@frozen(eq=False)
class Action:
    """Edits with a title. ``finding`` is what they are for; ``is_preferred``: nothing can go wrong with them."""

    title: str
    kind: ActionKind
    edits: tuple[Edit, ...]
    finding: Finding | None = None
    is_preferred: bool = False


def fixes(document: Document, span: Span) -> tuple[Action, ...]:
    """The fixes of diagnostics that touch a span."""
    return tuple(
        Action(one.diagnostic.fix.title, "fix", one.diagnostic.fix.edits, one, _is_safe(one.diagnostic))
        for one in _touching(document, span)
        if one.diagnostic.fix is not None and one.diagnostic.fix.edits
    )


def silencings(document: Document, span: Span) -> tuple[Action, ...]:
    """For every diagnostic that touches a span the comment that silences it, where there can be one."""
    found = []
    for one in _touching(document, span):
        edits = silencing(document, one.diagnostic)
        if edits:
            still = "; the playbook can still not be run" if one.severity == "error" else ""
            found.append(Action(f"silence `{one.rule}` here{still}", "silence", edits, one))
    return tuple(found)


def fix_all(document: Document) -> Action | None:
    """All safe fixes of a document, and those that they make possible; ``None`` where there are none."""
    if not fixable(document.diagnostics, "safe"):
        return None
    mended = mend(document.source, lambda source: document.judge(source).diagnostics, "safe")
    edits = difference(document.text, mended.source.text)
    if not edits:
        return None
    count = len(mended.applied)
    return Action("apply the safe fix" if count == 1 else f"apply all {count} safe fixes", "fix-all", edits)


def _touching(document: Document, span: Span) -> tuple[Finding, ...]:
    return tuple(
        one for one in findings(document) if one.span.start <= span.end and span.start <= one.span.end
    )


def _is_safe(diagnostic: Diagnostic) -> bool:
    return diagnostic.fix is not None and diagnostic.fix.applicability == "safe"
