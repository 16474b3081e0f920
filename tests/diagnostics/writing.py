"""Short ways to write diagnostics about a text."""

from __future__ import annotations

from mmm_lang.diagnostics import Diagnostic, Label
from mmm_lang.source import Source, Span


def label(source: Source, text: str, message: str = "", nth: int = 0) -> Label:
    """A label on the ``nth`` occurrence of ``text``."""
    start = -1
    for _ in range(nth + 1):
        start = source.text.index(text, start + 1)
    return Label(Span(start, start + len(text)), message)


def through(source: Source, first: str, last: str, message: str = "") -> Label:
    """A label from the beginning of ``first`` to the end of ``last``."""
    return Label(label(source, first).span.to(label(source, last).span), message)


def finding(source: Source, primary: Label, *secondary: Label, **rest: object) -> Diagnostic:
    """An error named ``some-rule``, but for what ``rest`` says."""
    given = {"rule": "some-rule", "severity": "error", "message": "something is wrong", **rest}
    return Diagnostic(source=source, primary=primary, secondary=secondary, **given)
