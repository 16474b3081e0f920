"""The words for what a plan holds: drawings and tables say the same thing in the same way.

Texts of the playbook are somebody else's: what could disturb a terminal is escaped here, once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import duration, money, number, plural, series
from mmm_lang.plan import ir
from mmm_lang.plan.bounds import DEFAULT_ITERATIONS, Bound
from mmm_lang.plan.graph import UNTIL, Plan
from mmm_lang.plan.holes import holes_of, holes_of_action, holes_of_expression
from mmm_lang.plan.widths import Figure, WideBound

_SET_BY_COMMITS = ("spec", "spec_id")


# --- figures ---


def bound(most: Bound) -> str:
    """`6 agent calls and 4 shell runs, $15.00, 4 h 30 min`; an open end is left out."""
    counted = f"{plural(most.agent_calls, 'agent call')} and {plural(most.shell_runs, 'shell run')}"
    cost = money(most.cost_usd) if most.cost_usd is not None and most.agent_calls else None
    time = duration(most.seconds) if most.seconds else None
    return ", ".join(part for part in (counted, cost, time) if part)


def wide_bound(most: WideBound) -> str:
    """`2 + 2·|specs/*.md| agent calls and 3·|specs/*.md| shell runs, $5.00·|specs/*.md|`; an open end is left out."""
    counted = " and ".join(
        f"{_wide(figure, _count)} {noun}{'' if figure == Figure.of(1) else 's'}"
        for figure, noun in ((most.agent_calls, "agent call"), (most.shell_runs, "shell run"))
    )
    cost = _wide(most.cost_usd, money) if most.cost_usd is not None and most.agent_calls.terms else None
    time = _wide(most.seconds, duration) if most.seconds is not None and most.seconds.terms else None
    return ", ".join(part for part in (counted, cost, time) if part)


def _wide(figure: Figure, coefficient: Callable[[float], str]) -> str:
    return visible(figure.written(coefficient))


def _count(value: float) -> str:
    return number(round(value))


def limits(most: ir.Limits) -> str:
    """`40 agent calls, $20.00, 3 h`; empty where there is no limit."""
    calls = plural(most.agent_calls, "agent call") if most.agent_calls is not None else None
    cost = money(most.cost_usd) if most.cost_usd is not None else None
    time = duration(most.duration) if most.duration is not None else None
    return ", ".join(part for part in (calls, cost, time) if part)


def iterations(header: ir.Header) -> str:
    """How often the steps run at most."""
    if header.map is not None:
        return f"up to {plural(header.max_iterations or 1, 'iteration')} an item"
    if header.max_iterations is not None:
        return f"up to {plural(header.max_iterations, 'iteration')}"
    return f"up to {DEFAULT_ITERATIONS} iterations (1 an item with --map, --args)"


# --- references and conditions, as one would write them ---


def reference(hole: ir.Hole) -> str:
    """A hole as a playbook has it: `${tests.output | tail(5):-none}`."""
    default = f":-{hole.default}" if hole.default is not None else ""
    filters = "".join(
        f" | {one.name}" + (f"({one.argument})" if one.argument is not None else "") for one in hole.filters
    )
    return visible(f"${{{hole.written}{filters}{default}}}")


def template(text: ir.Template) -> str:
    """A template on one line."""
    return "".join(visible(part) if isinstance(part, str) else reference(part) for part in text.parts)


def condition(expression: ir.Expression) -> str:
    """A condition as a playbook has it, with brackets where they are needed."""
    match expression:
        case ir.Constant(value=value):
            return _constant(value)
        case ir.Operand(hole=hole):
            return reference(hole)
        case ir.Not(operand=operand):
            return f"!{_operand(operand)}"
        case ir.Both(operator=operator, left=left, right=right):
            return f" {operator} ".join(_side(side, operator) for side in (left, right))
        case ir.Comparison(operator="matches", left=left, right=ir.Constant(value=str(pattern))):
            return f"{_operand(left)} matches /{visible(pattern)}/"
        case ir.Comparison(operator=relation, left=left, right=right):
            return f"{_operand(left)} {relation} {_operand(right)}"
        case ir.Membership(left=left, choices=choices):
            return f"{_operand(left)} in [{', '.join(_operand(choice) for choice in choices)}]"


def _operand(expression: ir.Expression) -> str:
    plain = isinstance(expression, ir.Constant | ir.Operand)
    return condition(expression) if plain else f"({condition(expression)})"


def _side(expression: ir.Expression, operator: str) -> str:
    """A side of `&&` or `||`: in brackets where it is the other of the two."""
    other = isinstance(expression, ir.Both) and expression.operator != operator
    return _operand(expression) if other else condition(expression)


def _constant(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return visible(json.dumps(value, ensure_ascii=False))
    return str(int(value)) if value.is_integer() else repr(value)


# --- steps ---


def action(step: ir.Step) -> str:
    """What a step runs, by the key that a playbook has for it: `claude: /mmm-lint`."""
    title = visible(step.title)
    match step.action:
        case ir.AgentCall():
            return f"claude: {title}"
        case ir.ShellRun():
            return f"shell: {title}"
        case ir.Group() if step.key.startswith("map."):  # a part of the playbook (`plan.draw_parts`)
            return title
        case ir.Group():
            return f"group of {title}"
        case ir.Call():
            return f"playbook: {title}"
        case ir.ForEach(items=ir.Listed(), max_items=width):
            return f"foreach: {title} (×{number(width)})"
        case ir.ForEach(max_items=width):
            return f"foreach: {title} (×{number(width)} at most)"
        case ir.Approve():
            return f"approve: {title}"
        case ir.Analyze():
            return "analyze: refresh the project context"


def traits(plan: Plan, step: ir.Step) -> tuple[str, ...]:
    """Everything else about a step that decides what it does, a few words each."""
    return (*_conditions(plan, step), *_values(step), *_bounds(step), *_surroundings(step), *_commits(step))


def _conditions(plan: Plan, step: ir.Step) -> Iterator[str]:
    if plan.setup == step:
        yield "once, in a fresh worktree"
    if step.when is not None:
        yield f"when {condition(step.when)}"
    needed = {
        _read(hole)
        for hole in holes_of_action(step)
        if step.main_line and hole.default is None and _may_be_unset(plan, hole)
    }
    in_condition = set(holes_of_expression(step.when)) if step.when is not None else set()
    read = dict.fromkeys(_read(hole) for hole in holes_of(step) if hole not in in_condition)
    names = [f"{name} (skipped without it)" if name in needed else name for name in read]
    if names:
        yield f"reads {', '.join(names)}"


def _read(hole: ir.Hole) -> str:
    """What a hole reads, by the keys of the plan: `shell.output` is the output of some step."""
    match hole.target:
        case ir.StepField(step=step, field=field, path=path):
            return visible(".".join((step, field, *path)))
        case ir.Item(path=path):
            return visible(".".join(("item", *path)))
        case ir.Variable(name=name, path=path) if path:
            return visible(".".join((name, *path)))
        case ir.Variable(name=name) | ir.Environment(name=name):
            return name if "." in name else f"${name}"
        case ir.Argument(call=call, name=name, path=path):
            return visible(".".join((call, "inputs", name, *path)))


def _may_be_unset(plan: Plan, hole: ir.Hole) -> bool:
    """Whether finding nothing leaves this reference without a value (spec/language.md, Outputs)."""
    match hole.target:
        case ir.Variable(name="SPEC_ID"):
            return True
        case ir.StepField(step=step, field=field):
            action = plan.step(step).action
            if isinstance(action, ir.Call) and any(name == field for name, _ in action.outputs):
                return True
            outputs = plan.step(step).outputs
            declared = any(one.name == field and one.by == "file_pattern" for one in outputs)
            return declared or (field in _SET_BY_COMMITS and all(one.name != field for one in outputs))
    return False


def _values(step: ir.Step) -> Iterator[str]:
    if step.outputs:
        how = {"file_pattern": "file", "json": "json", "regex": "regex"}
        yield "makes " + ", ".join(
            visible(f"{one.name} ({how[one.by]} {one.pattern})") for one in step.outputs
        )
    if isinstance(step.action, ir.Call) and step.action.outputs:
        yield visible(f"makes {', '.join(name for name, _ in step.action.outputs)}")
    if step.capture_output:
        yield "sets $CAPTURED_OUTPUT"


def _bounds(step: ir.Step) -> Iterator[str]:
    if step.attempts > 1:
        pause = f", {duration(step.backoff)} apart" if step.backoff else ""
        yield f"up to {plural(step.attempts, 'run')} a round{pause}"
    cost = step.action.max_cost_usd if isinstance(step.action, ir.AgentCall) else None
    caps = [
        *([money(cost)] if cost is not None else []),
        *([duration(step.timeout)] if step.timeout is not None else []),
    ]
    if caps:
        yield f"at most {series(caps)}"


def _surroundings(step: ir.Step) -> Iterator[str]:
    match step.action:
        case ir.AgentCall() as call:
            yield from _agent(call)
        case ir.ShellRun(program=program, cwd=cwd, ok_exit_codes=codes):
            if program != "sh":
                yield f"runs in {visible(program)}"
            if cwd is not None:
                yield f"in the folder {template(cwd)}"
            if codes != (0,):
                yield f"succeeds with exit code {_any_of(codes)}"
    if step.env:
        yield f"env {', '.join(dict.fromkeys(visible(name) for name, _ in step.env))}"


def _agent(call: ir.AgentCall) -> Iterator[str]:
    for name, value in (("agent", call.agent), ("model", call.model), ("permissions", call.permissions)):
        if value is not None:
            yield visible(f"{name} {value}")
    if call.allowed_tools:
        yield visible(f"may use {', '.join(call.allowed_tools)}")
    if call.on_denied == "warn":
        yield "a refused tool is no failure"
    if call.output_schema is not None:
        yield "answers as JSON of its schema"
    if call.analysis is not None:
        yield "after a refresh of the project context"


def _commits(step: ir.Step) -> Iterator[str]:
    match step.commit_rule:
        case "required":
            yield "must commit"
        case "implied":
            yield "must commit (implied)"
    if not step.commit and step.key != UNTIL:
        yield "mmm commits nothing"
    if step.commit_message is not None:
        yield f"commits as {template(step.commit_message)}"


# --- handlers ---


def answered(handler: ir.Handler) -> str:
    """What a handler answers: `on exit code 127`, `on failure`."""
    if handler.default:
        return "on any other exit code"
    return f"on exit code {_any_of(handler.codes)}" if handler.codes else "on failure"


def rounds(handler: ir.Handler) -> tuple[str, ...]:
    """How often a handler runs, and what it means that the step has not succeeded in the end."""
    if handler.empty:
        return (_exhausted(handler),)
    again = f"up to {plural(handler.max_attempts, 'round')}, each followed by `{handler.owner}` again"
    return again, f"after the last, {_exhausted(handler)}"


def _exhausted(handler: ir.Handler) -> str:
    return "the session fails" if handler.fail_workflow else "the session goes on"


def _any_of(codes: tuple[int, ...]) -> str:
    return " or ".join(str(code) for code in codes) or "none"
