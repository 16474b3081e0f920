"""Completion: what can be written where the cursor stands. Made for texts that are being typed."""

from __future__ import annotations

import re

from mmm_lang.analysis.registry import COMMENT_RULES, YAML_RULES, Subject, all_rules
from mmm_lang.editor.calls import complete_inputs, complete_path
from mmm_lang.editor.complete_commands import complete_command
from mmm_lang.editor.complete_keys import complete_keys, complete_value
from mmm_lang.editor.complete_references import complete_reference
from mmm_lang.editor.completion_model import Completion
from mmm_lang.editor.document import Document
from mmm_lang.editor.ground import PASSED
from mmm_lang.editor.spot import Spot, spot_at
from mmm_lang.source import Source, Span

__all__ = ["TRIGGERS", "Completion", "completion"]

TRIGGERS = ("$", "{", "<", ".", "/", "[", "|")
"""Characters after which an editor should ask by itself."""

_SUPPRESSION = re.compile(r"#[ \t]*mmm:[ \t]*ignore(?:-file)?\[[a-z0-9, -]*\Z")
_SILENCEABLE: tuple[Subject, ...] = ("playbook", "script", "bound")
"""What the rules are about that a comment in a playbook can silence."""
_COMMENT = re.compile(r"(?:^|[ \t])#")


def completion(document: Document, offset: int) -> tuple[Completion, ...]:
    """What can be written at an offset, the likeliest first. Each says which text it replaces."""
    offset = min(offset, len(document.text))
    spot = spot_at(document.source, offset)
    line = _line_before(document.source, offset)
    if _SUPPRESSION.search(line):
        found = _rules(spot)
    elif spot.kind != "text" and _is_comment(line):
        found = ()
    else:
        found = (
            complete_reference(document, spot, offset)
            or complete_command(document, spot, offset)
            or _of_structure(document, spot, offset)
        )
    return tuple(sorted(found, key=lambda one: one.rank))


def _of_structure(document: Document, spot: Spot, offset: int) -> tuple[Completion, ...]:
    if spot.kind == "key" and spot.ground == PASSED:
        return complete_inputs(document, spot, offset)
    if spot.kind == "key":
        return complete_keys(document.source, spot)
    if spot.kind == "value" and spot.key == "playbook" and spot.ground in ("step", "handler"):
        return complete_path(document, spot, offset)
    return complete_value(spot) if spot.kind == "value" else ()


def _line_before(source: Source, offset: int) -> str:
    line = source.line_span(source.position(offset).line)
    return source.text[line.start : min(offset, line.end)]


def _is_comment(line: str) -> bool:
    """Whether a line ends inside a comment; a `#` in quotes is none."""
    start = _COMMENT.search(line)
    if start is None:
        return False
    before = line[: start.start()]
    return before.count('"') % 2 == 0 and before.count("'") % 2 == 0


def _rules(spot: Spot) -> tuple[Completion, ...]:
    """The rules that a comment can silence."""
    return tuple(
        Completion(
            rule.name, "rule", Span(spot.word.start, spot.word.end), rule.name, rule.severity, rule.page
        )
        for rule in all_rules()
        if rule.name not in YAML_RULES | COMMENT_RULES and rule.subject in _SILENCEABLE
    )
