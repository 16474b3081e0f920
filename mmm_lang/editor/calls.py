"""Playbooks that a playbook calls, as an editor shows them: where they are, what they take and give."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from attrs import frozen

from mmm_lang.analysis.called_files import CalledFiles
from mmm_lang.analysis.callees import Callee
from mmm_lang.analysis.check import Analysis
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.editor.completion_model import Completion
from mmm_lang.editor.document import Document
from mmm_lang.editor.spot import Spot
from mmm_lang.editor.standpoint import standpoint
from mmm_lang.source import Source, Span
from mmm_lang.syntax.input_types import TITLES
from mmm_lang.syntax.nodes import CallAction, Input, Located, Step

_REST_OF_PATH = re.compile(r"[\w./-]*")


@frozen
class Elsewhere:
    """A place in another file."""

    source: Source
    span: Span

    @property
    def path(self) -> str:
        return os.path.abspath(self.source.path)


@frozen
class CallSpot:
    """What stands at a place of a call: its path, or one of the names of its inputs."""

    step: Step
    callee: Callee
    written: Located[str]
    is_path: bool


def call_at(document: Document, offset: int) -> CallSpot | None:
    """The path or the name of an input of a call at an offset; ``None`` where there is none, or nobody knows the other
    end."""
    for step, called in document.analysis.facts.calls.items():
        if not isinstance(called, Callee) or not isinstance(step.action, CallAction):
            continue
        path = step.action.playbook
        for one in (path, *(passed.name for passed in step.action.inputs)):
            if one.span.start <= offset <= one.span.end:
                return CallSpot(step, called, one, one is path)
    return None


def defined_elsewhere(document: Document, offset: int) -> Elsewhere | None:
    """Where the other file begins, or declares the input or output that is named at an offset."""
    spot = call_at(document, offset)
    if spot is not None:
        if spot.is_path:
            return Elsewhere(spot.callee.source, Span(0, 0))
        return _place(spot.callee, spot.callee.playbook.inputs, spot.written.value)
    resolution = document.resolution_at(offset)
    if resolution is None or not isinstance(resolution.target, StepTarget):
        return None
    target = resolution.target
    called = document.analysis.facts.calls.get(target.step)
    names = resolution.site.hole.names
    on_output = any(
        one.value == target.field and one.span.start <= offset <= one.span.end for one in names[1:]
    )
    if not isinstance(called, Callee) or not on_output:
        return None
    declared = next((one for one in called.playbook.outputs if one.name.value == target.field), None)
    return Elsewhere(called.source, declared.name.span) if declared is not None else None


def _place(callee: Callee, inputs: tuple[Input, ...], name: str) -> Elsewhere | None:
    found = next((one for one in inputs if one.name.value == name), None)
    return Elsewhere(callee.source, found.name.span) if found is not None else None


def call_page(spot: CallSpot) -> str | None:
    """What is known of the other file, or of the input that is named, as Markdown."""
    playbook = spot.callee.playbook
    if not spot.is_path:
        declared = next((one for one in playbook.inputs if one.name.value == spot.written.value), None)
        return input_page(declared) if declared is not None else None
    title = playbook.name.value if playbook.name is not None else spot.callee.source.path
    lines = [f"**{title}**"]
    if playbook.description is not None:
        lines.append(playbook.description.value)
    if playbook.inputs:
        lines.append("inputs:\n" + "\n".join(f"- {_line(one)}" for one in playbook.inputs))
    if playbook.outputs:
        lines.append("outputs: " + ", ".join(f"`{one.name.value}`" for one in playbook.outputs))
    return "\n\n".join(lines)


def input_page(declared: Input) -> str:
    """An input of a playbook that is called."""
    described = f": {declared.description}" if declared.description else ""
    value = "required" if declared.default is None else f"default: `{declared.default.value}`"
    return f"**`{declared.name.value}`** input{described}\n\ntype: {_title(declared)}\n\n{value}"


def _line(declared: Input) -> str:
    needed = ", required" if declared.default is None else ""
    described = f": {declared.description}" if declared.description else ""
    return f"`{declared.name.value}` ({_title(declared)}{needed}){described}"


def _title(declared: Input) -> str:
    return TITLES[declared.kind]


def complete_path(document: Document, spot: Spot, offset: int) -> tuple[Completion, ...]:
    """The playbooks that a call may name, and the folders on the way to one, behind `playbook:`."""
    typed = spot.typed.lstrip(" \t\"'")
    behind = _REST_OF_PATH.match(document.text, offset)
    span = Span(offset - len(typed), behind.end() if behind else offset)
    folder = typed[: typed.rfind("/") + 1]
    return tuple(
        Completion(path, "playbook", span, path, rank=number)
        for number, path in enumerate(CalledFiles().written(document.source, folder))
    )


def complete_inputs(document: Document, spot: Spot, offset: int) -> tuple[Completion, ...]:
    """The names of the inputs that a call may give, below its `inputs:`."""
    place = standpoint(document, spot, offset)
    callee = _callee(place.analysis, place.owners)
    if callee is None:
        return ()
    colon = "" if spot.rest.lstrip(" ").startswith(":") else ": "
    declared = [one for one in callee.playbook.inputs if one.name.value not in spot.siblings]
    return tuple(
        Completion(
            one.name.value,
            "input",
            spot.word,
            f"{one.name.value}{colon}",
            _title(one),
            input_page(one),
            rank=number if one.default is None else 100 + number,
        )
        for number, one in enumerate(declared)
    )


def _callee(analysis: Analysis, owners: tuple[Step, ...]) -> Callee | None:
    """The playbook that the innermost call around a place leads to."""
    for step in owners:
        called = analysis.facts.calls.get(step)
        if isinstance(called, Callee):
            return called
    return None


def outputs_seen(analysis: Analysis, step: Step) -> Iterator[tuple[str, str]]:
    """The outputs of the playbook that a step calls, each with a few words."""
    called = analysis.facts.calls.get(step)
    if isinstance(called, Callee):
        for one in called.playbook.outputs:
            yield one.name.value, f"output `{one.name.value}` of the playbook: `{one.value.raw}`"
