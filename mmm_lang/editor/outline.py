"""The outline of a playbook: its inputs, its steps, and what is inside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import frozen

from mmm_lang.editor.document import Document
from mmm_lang.editor.step_text import action_line, step_title
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import (
    ClaudeAction,
    ForEachAction,
    GroupAction,
    Handler,
    Map,
    ShellAction,
    Step,
)

SymbolKind = Literal["inputs", "input", "agent", "shell", "group", "other", "handler", "output", "until"]


@frozen
class Symbol:
    """An entry of the outline. ``selection`` is the part to put the cursor on, inside ``span``."""

    name: str
    detail: str
    kind: SymbolKind
    span: Span
    selection: Span
    children: tuple[Symbol, ...] = ()


def outline(document: Document) -> tuple[Symbol, ...]:
    """The symbols at the top, in the order of the text."""
    playbook = document.analysis.playbook
    found = [
        Symbol(one.name.value, one.description or "", "input", one.name.span, one.name.span)
        for one in playbook.inputs
    ]
    found += _steps(document, playbook.steps)
    found += _part(document, "merge", playbook.merge)
    found += _part(document, "reduce", playbook.reduce)
    if playbook.map is not None:
        found.append(_map(document, playbook.map))
    if playbook.until is not None:
        span = _reaching(playbook.keys.get("until", playbook.until.span), playbook.until.span)
        found.append(Symbol("until", _first(playbook.until.script.raw), "until", span, span))
    return tuple(sorted(found, key=lambda one: one.span.start))


def _part(document: Document, name: str, steps: tuple[Step, ...]) -> list[Symbol]:
    """A list of steps in the header that does not run with the others."""
    if not steps:
        return []
    key = document.analysis.playbook.keys.get(name, steps[0].span)
    span = _reaching(key, steps[-1].span)
    return [Symbol(name, "", "group", span, key, tuple(_steps(document, steps)))]


def _map(document: Document, source: Map) -> Symbol:
    """What the steps are run for, with the steps before it."""
    over = document.source.slice(source.over.span) if source.over is not None else ""
    steps = (*source.setup, *(() if source.lookup is None else (source.lookup,)))
    children = sorted(_steps(document, steps), key=lambda one: one.span.start)
    return Symbol(
        "map",
        _first(over),
        "group",
        _reaching(source.key_span, source.span),
        source.key_span,
        tuple(children),
    )


def _steps(document: Document, steps: tuple[Step, ...]) -> list[Symbol]:
    return [_step(document, step) for step in steps]


def _step(document: Document, step: Step) -> Symbol:
    selection = (
        document.inner_span(step.id.span) if step.id is not None else Span(step.span.start, step.span.start)
    )
    if not step.span.start <= selection.start <= selection.end <= step.span.end:
        selection = Span(step.span.start, step.span.start)  # the id is an alias
    did = action_line(step)
    name = step.id.value if step.id is not None else did or step_title(step)
    detail = did if step.id is not None else step_title(step)
    return Symbol(name, detail, _kind(step), step.span, selection, tuple(_inside(document, step)))


def _inside(document: Document, step: Step) -> Iterator[Symbol]:
    for output in step.outputs:
        yield Symbol(output.name.value, output.pattern.value, "output", output.name.span, output.name.span)
    if isinstance(step.action, GroupAction):
        yield from _steps(document, step.action.steps)
    elif isinstance(step.action, ForEachAction):
        lookup = () if step.action.lookup is None else (step.action.lookup,)
        yield from _steps(document, (*lookup, *step.action.steps))
    if step.on_failure is not None:
        yield _handler(document, "on_failure", step.on_failure)
    for one in step.on_exit_code:
        yield _handler(document, f"on exit {one.code.value if one.code else 'default'}", one.handler)
    if step.on_success:
        key = step.keys.get("on_success", step.on_success[0].span)
        span = _reaching(key, step.on_success[-1].span)
        yield Symbol("on_success", "", "handler", span, key, tuple(_steps(document, step.on_success)))


def _handler(document: Document, name: str, handler: Handler) -> Symbol:
    span = _reaching(handler.key_span, handler.span)
    return Symbol(name, "", "handler", span, handler.key_span, tuple(_steps(document, handler.steps)))


def _reaching(key: Span, value: Span) -> Span:
    """From a key to the end of its value; the key alone where the value is an alias to elsewhere."""
    return Span(key.start, max(key.end, value.end)) if value.start >= key.start else key


def _kind(step: Step) -> SymbolKind:
    match step.action:
        case ClaudeAction():
            return "agent"
        case ShellAction():
            return "shell"
        case GroupAction() | ForEachAction():
            return "group"
        case _:
            return "other"


def _first(script: str) -> str:
    return next((line.strip() for line in script.splitlines() if line.strip()), "")
