"""Short ways to ask for the verdict on a text."""

from __future__ import annotations

from textwrap import dedent

from mmm_lang.analysis.check import Analysis, analyse
from mmm_lang.analysis.scopes import Resolution
from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.source import Source


def analysed(text: str) -> Analysis:
    """The analysis of a playbook that is written in a test, indented as the test is."""
    return analyse(Source("playbook.yml", dedent(text)))


def found(text: str) -> list[tuple[str, int, int]]:
    """Rule, line and column of every diagnostic."""
    analysis = analysed(text)
    return [(one.rule, *place(one)) for one in analysis.diagnostics]


def rules(text: str) -> list[str]:
    """The rules that fire, in order of print."""
    return [one.rule for one in analysed(text).diagnostics]


def place(diagnostic: Diagnostic) -> tuple[int, int]:
    position = diagnostic.source.position(diagnostic.primary.span.start)
    return position.line, position.column


def only(text: str) -> Diagnostic:
    """The one diagnostic of a text."""
    (diagnostic,) = analysed(text).diagnostics
    return diagnostic


def underlined(diagnostic: Diagnostic) -> str:
    """The text under the primary label."""
    return diagnostic.source.slice(diagnostic.primary.span)


def labelled(diagnostic: Diagnostic) -> list[tuple[str, str]]:
    """Text and message of the secondary labels."""
    return [(diagnostic.source.slice(one.span), one.message) for one in diagnostic.secondary]


def mended(diagnostic: Diagnostic) -> str:
    """The text with the diagnostic's fix applied."""
    assert diagnostic.fix is not None
    text = diagnostic.source.text
    for edit in sorted(diagnostic.fix.edits, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def resolution(analysis: Analysis, written: str) -> Resolution:
    """What the hole that is written so stands for; there must be one."""
    (one,) = [
        found for hole, found in analysis.resolutions.items() if analysis.source.slice(hole.span) == written
    ]
    return one
