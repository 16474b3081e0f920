"""The one value that check, editor and runner speak in.

The headline says what is wrong and can be read alone, the labels say where, help says what to do and
notes state facts. Wording: lower case, no full stop, names in backticks, no blame.
"""

from __future__ import annotations

from typing import Literal

from mmm_lang.record import frozen
from mmm_lang.source import Source, Span

Severity = Literal["error", "warning", "note"]
Applicability = Literal["safe", "unsafe"]
SuppressedBy = Literal["comment", "config", "baseline"]


@frozen
class Label:
    """A span of the diagnostic's source, or of ``source`` if another file, and a few words about it."""

    span: Span
    message: str = ""
    source: Source | None = None


@frozen
class Edit:
    """Replace ``span`` (in the diagnostic's source) by ``text``."""

    span: Span
    text: str


@frozen
class Fix:
    """Edits that mend the cause. ``unsafe``: they may change what the playbook means."""

    title: str
    applicability: Applicability
    edits: tuple[Edit, ...]


@frozen(eq=False)
class Diagnostic:
    """One finding.

    ``rule`` is its kebab-case name, ``primary`` the place it is about, ``secondary`` other places that
    explain it, ``help`` what to do (one sentence an item), ``notes`` facts that matter. ``justification`` is why
    it is suppressed, in the words of whoever did it, if there are any. ``flow``: the steps of the path that a value
    takes to the primary place, in order, where the finding is about one.
    """

    rule: str
    severity: Severity
    message: str
    source: Source
    primary: Label
    secondary: tuple[Label, ...] = ()
    help: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fix: Fix | None = None
    suppressed: SuppressedBy | None = None
    justification: str = ""
    flow: tuple[Label, ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order of print: file, place, rule, message; the same on every run."""
        span = self.primary.span
        return (self.source.path, span.start, span.end, self.rule, self.message)
