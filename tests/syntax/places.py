"""Small ways to say what a playbook gives: the tests' own vocabulary."""

from __future__ import annotations

from textwrap import dedent

from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.source import Source, Span
from mmm_lang.syntax.nodes import Playbook, Step
from mmm_lang.syntax.parser import parse_playbook


def source_of(text: str) -> Source:
    """A source of an indented block of text."""
    return Source("playbook.yml", dedent(text).lstrip("\n"))


def parse(text: str) -> Playbook:
    """The playbook of a text that has nothing wrong with it."""
    playbook, diagnostics = parse_playbook(source_of(text))
    assert [diagnostic.message for diagnostic in diagnostics] == []
    return playbook


def diagnose(text: str) -> tuple[Diagnostic, ...]:
    """All that is wrong with a text."""
    return parse_playbook(source_of(text))[1]


def places(text: str) -> list[str]:
    """What is wrong and where: ``["unknown-key 2:3 tiemout"]``, with the text that is pointed at."""
    return [place_of(diagnostic) for diagnostic in diagnose(text)]


def place_of(diagnostic: Diagnostic) -> str:
    span = diagnostic.primary.span
    position = diagnostic.source.position(span.start)
    pointed = diagnostic.source.slice(span).split("\n")[0]
    return f"{diagnostic.rule} {position.line}:{position.column} {pointed}".rstrip()


def the_only(text: str) -> Diagnostic:
    """The one thing that is wrong with a text."""
    diagnostics = diagnose(text)
    assert len(diagnostics) == 1, [place_of(diagnostic) for diagnostic in diagnostics]
    return diagnostics[0]


def the_step(text: str) -> Step:
    """The one step of a faultless text."""
    (step,) = parse(text).steps
    return step


def mended(text: str) -> str:
    """A text after the fix of the only thing that is wrong with it."""
    diagnostic = the_only(text)
    assert diagnostic.fix is not None
    result = diagnostic.source.text
    for edit in sorted(diagnostic.fix.edits, key=lambda edit: edit.span, reverse=True):
        result = result[: edit.span.start] + edit.text + result[edit.span.end :]
    return result


def spans_inside(diagnostic: Diagnostic) -> list[Span]:
    """Every span of a diagnostic."""
    labels = (diagnostic.primary, *diagnostic.secondary)
    edits = diagnostic.fix.edits if diagnostic.fix is not None else ()
    return [label.span for label in labels] + [edit.span for edit in edits]
