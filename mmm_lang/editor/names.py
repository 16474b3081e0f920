"""The names of a playbook and where they are written: steps, inputs, outputs, variables, commands, anchors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from attrs import frozen

from mmm_lang.agents.commands import command_of
from mmm_lang.analysis.check import Analysis
from mmm_lang.analysis.fields import declared_output
from mmm_lang.analysis.scopes import InputTarget, Resolution, StepTarget, VariableTarget
from mmm_lang.editor.anchors import anchor_places
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ClaudeAction, Playbook, ShellAction, Step, Template

NameKind = Literal["step", "input", "output", "variable", "command", "anchor"]


@frozen
class Name:
    """A name. ``owner`` is, for an output, the key of the step that declares it."""

    kind: NameKind
    text: str
    owner: str = ""


@frozen
class Occurrence:
    """A place where a name stands. ``is_spelled``: the name itself is written there; ``shell`` and ``last`` stand
    for a step without its name."""

    name: Name
    span: Span
    is_definition: bool = False
    is_spelled: bool = True


def find_occurrences(analysis: Analysis, inner_span: Callable[[Span], Span]) -> tuple[Occurrence, ...]:
    """Every occurrence of every name, in the order of the text; no place twice for one name.

    ``inner_span`` gives of the place of a scalar the part between its quotes.
    """
    found = {
        Occurrence(Name("anchor", one.name), one.span, one.is_definition)
        for one in anchor_places(analysis.source.text)
    }
    for part in analysis.lists:
        found |= {
            *_definitions(part, inner_span),
            *(one for resolution in part.resolutions.values() for one in _uses(part, resolution)),
            *_exported(part),
            *_calls(part.facts.outline.steps),
        }
    return tuple(sorted(found, key=_order))


def _order(one: Occurrence) -> tuple[int, int, str, bool]:
    return one.span.start, one.span.end, one.name.kind, one.is_definition


def _definitions(analysis: Analysis, inner_span: Callable[[Span], Span]) -> Iterator[Occurrence]:
    for step in analysis.facts.outline.steps:
        if step.id is not None:
            yield Occurrence(Name("step", step.id.value), inner_span(step.id.span), is_definition=True)
        for output in step.outputs:
            name = Name("output", output.name.value, analysis.keys.of(step))
            yield Occurrence(name, inner_span(output.name.span), is_definition=True)
    for one in analysis.playbook.inputs:
        yield Occurrence(Name("input", one.name.value), inner_span(one.name.span), is_definition=True)


def _uses(analysis: Analysis, resolution: Resolution) -> Iterator[Occurrence]:
    """The names that are written in one reference."""
    names = resolution.site.hole.names
    match resolution.target:
        case StepTarget(step=step, field=field):
            if names[0].value in analysis.facts.scope.steps:
                yield Occurrence(Name("step", names[0].value), names[0].span)
            elif step.id is not None:
                yield Occurrence(Name("step", step.id.value), names[0].span, is_spelled=False)
            if declared_output(step, field) is not None:
                written = next((name for name in names[1:] if name.value == field), None)
                if written is not None:
                    yield Occurrence(Name("output", field, analysis.keys.of(step)), written.span)
        case InputTarget(name=name, path=path):
            first = names[1] if len(names) > 1 else names[0]
            yield Occurrence(Name("input", name), first.span.to(names[-1 - len(path)].span))
        case VariableTarget(name=name):
            yield Occurrence(Name("variable", name), names[0].span)
        case _:
            pass


def _exported(analysis: Analysis) -> Iterator[Occurrence]:
    """Inputs in scripts in forms that only a shell reads, such as ``${target%/}``: they are exported to it."""
    inputs = analysis.facts.scope.inputs
    if not inputs:
        return
    words = "|".join(re.escape(name) for name in sorted(inputs))
    form = re.compile(rf"\$(?:\{{[#!]?)?({words})(?![\w.]|-[A-Za-z_])")
    for script in _scripts(analysis.playbook, analysis.facts.outline.steps):
        holes = [(hole.start, hole.end) for hole in script.holes]
        found = [one for one in form.finditer(script.raw) if not _is_inside(one.start(), holes)]
        if not found:
            continue
        from mmm_lang.analysis.shell_places import assigned_names  # the shell grammar is heavy

        assigned = assigned_names(script.raw)
        for one in found:
            if one[1] not in assigned and not _is_escaped(script.raw, one.start()):
                yield Occurrence(Name("input", one[1]), script.span_of(one.start(1), one.end(1)))


def _scripts(playbook: Playbook, steps: tuple[Step, ...]) -> Iterator[Template]:
    yield from (step.action.script for step in steps if isinstance(step.action, ShellAction))
    if playbook.until is not None:
        yield playbook.until.script


def _is_inside(index: int, ranges: list[tuple[int, int]]) -> bool:
    return any(start <= index < end for start, end in ranges)


def _is_escaped(text: str, index: int) -> bool:
    return (index - len(text[:index].rstrip("\\"))) % 2 == 1


def _calls(steps: tuple[Step, ...]) -> Iterator[Occurrence]:
    """The slash commands that steps call."""
    for step in steps:
        if not isinstance(step.action, ClaudeAction):
            continue
        prompt = step.action.prompt
        slash = 0 if step.action.form != "claude" and not prompt.raw.startswith("/") else 1
        name = command_of(prompt.raw if slash else f"/{prompt.raw}")
        if name is not None:
            yield Occurrence(Name("command", name), prompt.span_of(slash, slash + len(name)))
