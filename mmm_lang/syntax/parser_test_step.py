"""The deprecated ``test:`` step: read as ``shell:``, with a fix that rewrites it."""

from __future__ import annotations

import re

from mmm_lang.diagnostics.model import Edit, Fix, Label
from mmm_lang.source import Span
from mmm_lang.syntax.key_check import usable_entries
from mmm_lang.syntax.keys import KEYS
from mmm_lang.syntax.nodes import Action, Broken, Handler, ShellAction, Template
from mmm_lang.syntax.parser_handlers import Handlers
from mmm_lang.syntax.values import Values
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Mapping, Scalar


def deprecated_test(
    values: Values, entry: Entry, handlers: Handlers, beside: Entry | None
) -> tuple[Action, Handler | None]:
    """The script of ``test: {command, on_failure}`` (or ``test: "…"``) and its handler.

    ``beside`` is an ``on_failure`` of the step itself, which leaves no room for one inside.
    """
    span = entry.span
    if isinstance(entry.value, Damaged):
        return Broken(span), None
    values.findings.warning(
        "deprecated-syntax",
        entry.key.span,
        "`test:` is an older way to write a shell step",
        "write `shell:` with the command, and `on_failure:` beside it",
        fix=_rewriting(values, entry),
    )
    if not isinstance(entry.value, Mapping):
        return _shell(values.essence(entry, "shell", "command"), span), None
    entries = usable_entries(values.findings, entry.value.entries, "test")
    command = entries.get("command")
    if command is None and all(inner.key.value in KEYS["test"] for inner in entry.value.entries):
        values.findings.error(
            "missing-key", entry.key.span, "`test` lacks `command`", "write `shell:` with the test command"
        )
    inside = entries.get("on_failure")
    if inside is not None and beside is not None:
        values.findings.error(
            "duplicate-key",
            inside.key.span,
            "this step has `on_failure` beside `test` and inside it",
            "keep one of them",
            secondary=(Label(beside.key.span, "the other one"),),
        )
    return _shell(values.essence(command, "shell", "command"), span), handlers.handler(inside)


def _shell(script: Template | None, span: Span) -> Action:
    return Broken(span) if script is None else ShellAction(script, span, deprecated_test=True)


def _rewriting(values: Values, entry: Entry) -> Fix | None:
    """``test:`` as ``shell:``, where that can be done by edits that keep everything else as it is."""
    title = "write it as `shell:`"
    source = values.findings.source
    if isinstance(entry.value, Scalar):
        return Fix(title, "safe", (Edit(entry.key.span, "shell"),))
    if not isinstance(entry.value, Mapping) or not entry.value.entries or entry.place != entry.value.span:
        return None
    first, *others = entry.value.entries
    if first.key.value != "command" or first.place != first.value.span:
        return None
    head = Edit(Span(entry.key.span.start, first.value.span.start), "shell: ")
    if source.text[entry.value.span.start] == "{":
        if others:
            return None
        return Fix(title, "safe", (head, Edit(Span(first.value.span.end, entry.value.span.end), "")))
    between = source.text[entry.key.span.end : first.key.span.start]
    if between.strip(": \t\r\n"):
        return None
    inner = source.position(first.key.span.start).column
    outer = source.position(entry.key.span.start).column
    edits = [head]
    # The rest of the block moves left, to where `test` stood.
    lines = range(
        source.position(first.key.span.start).line + 1, source.position(entry.value.span.end).line + 1
    )
    for number in lines:
        line = source.line_span(number)
        spaces = re.match(" *", source.slice(line))
        width = min(inner - outer, spaces.end() if spaces else 0)
        if width:
            edits.append(Edit(Span(line.start, line.start + width), ""))
    return Fix(title, "safe", tuple(edits))
