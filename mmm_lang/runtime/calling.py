"""What goes into a playbook that is called, and what comes out of it."""

from __future__ import annotations

from mmm_lang.plan import ir
from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.rendering import Missing, Renderer
from mmm_lang.runtime.state import Attempt, Place
from mmm_lang.runtime.values import Value, ValueProblem, read_text, size_of
from mmm_lang.syntax.input_types import TITLES, fits, list_text

LARGEST = 1024 * 1024
"""Bytes of a value that goes in or comes out: it is kept in the journal."""
_SHOWN = 40


def inputs_of(action: ir.Call, renderer: Renderer) -> dict[str, str]:
    """The inputs of a call that begins. Raises `Missing` where a reference has no value, and `ValueProblem` where a value
    is none of its type, or too long."""
    found = {}
    for passed in action.inputs:
        if passed.is_list:
            text = list_text(tuple(_text(passed.name, renderer, one) for one in passed.values))
        else:
            (value,) = passed.values
            text = _text(passed.name, renderer, value)
        if not fits(passed.type, text):
            title = TITLES[passed.type]
            raise ValueProblem(
                f"the input `{passed.name}` of `{action.playbook}` is {title}, and {_shown(text)} is none"
            )
        found[passed.name] = text
    return found


def outputs_of(action: ir.Call, renderer: Renderer) -> dict[str, str]:
    """The outputs of a call whose steps are through; one whose reference has no value is not there. Raises
    `ValueProblem`."""
    found = {}
    for name, value in action.outputs:
        try:
            found[name] = _text(name, renderer, value)
        except Missing:
            continue
    return found


def _shown(text: str) -> str:
    line = " ".join(text.split())
    if not line:
        return "an empty text"
    return f"`{line}`" if len(line) <= _SHOWN else f"`{line[: _SHOWN - 1]}…`"


def _text(name: str, renderer: Renderer, template: ir.Template) -> str:
    values = [part if isinstance(part, str) else renderer.value(part) for part in template.parts]
    size = sum(map(size_of, values))
    if size > LARGEST:
        raise ValueProblem(
            f"`{name}` has {size:,} bytes, and a playbook hands over {LARGEST:,} at most; "
            "hand over a path, such as `${id.output_file}`"
        )
    if len(values) == 1 and isinstance(values[0], tuple):
        return list_text(values[0])
    return "".join(map(_written, values))


def _written(value: Value) -> str:
    return read_text(value)


def place_inside(plan: Plan, attempt: Attempt) -> Place:
    """Where the outputs of a call are read: at the place of its first step."""
    path = (*attempt.path, attempt.number)
    first = next(iter(plan.inside(attempt.step)), None)
    return (attempt.step if first is None else first.key, path)


def calls_around(plan: Plan, step: str) -> tuple[ir.Step, ...]:
    """The calls that a step is in, the outermost first."""
    nodes = (plan.nodes[region.key] for region in plan.around.get(step, ()))
    return tuple(node for node in nodes if isinstance(node, ir.Step) and isinstance(node.action, ir.Call))
