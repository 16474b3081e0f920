"""The references of a plan's steps: what a step, its action or its condition reads."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.plan import ir


def holes_of(step: ir.Step) -> Iterator[ir.Hole]:
    """Every reference of a lowered step, those of its action first."""
    yield from holes_of_action(step)
    for _, template in step.env:
        yield from template.holes
    for other in (step.commit_message, step.action.cwd if isinstance(step.action, ir.ShellRun) else None):
        if other is not None:
            yield from other.holes
    if step.when is not None:
        yield from holes_of_expression(step.when)


def holes_of_action(step: ir.Step) -> Iterator[ir.Hole]:
    """The references of a step's action: what decides that it has nothing to work on."""
    match step.action:
        case ir.AgentCall(prompt=prompt, args=args):
            yield from prompt.holes
            for arg in args:
                yield from arg.holes
        case ir.ShellRun(script=script):
            yield from script.holes
        case ir.Approve(question=question):
            yield from question.holes
        case ir.Call(inputs=inputs):
            for passed in inputs:
                for value in passed.values:
                    yield from value.holes
        case ir.ForEach(items=ir.Hole() as hole):
            yield hole
        case ir.ForEach(items=ir.Listed() as listed):
            yield from holes_of_item(listed)


def holes_of_item(value: ir.ItemValue) -> Iterator[ir.Hole]:
    """The references of an item that is written in the playbook."""
    match value:
        case ir.Template(holes=holes):
            yield from holes
        case ir.Listed(entries=entries):
            for one in entries:
                yield from holes_of_item(one)
        case ir.Mapped(entries=named):
            for _, one in named:
                yield from holes_of_item(one)


def holes_of_expression(expression: ir.Expression) -> Iterator[ir.Hole]:
    """The references of a condition."""
    match expression:
        case ir.Operand(hole=hole):
            yield hole
        case ir.Not(operand=operand):
            yield from holes_of_expression(operand)
        case ir.Both(left=left, right=right) | ir.Comparison(left=left, right=right):
            yield from holes_of_expression(left)
            yield from holes_of_expression(right)
        case ir.Membership(left=left, choices=choices):
            yield from holes_of_expression(left)
            for choice in choices:
                yield from holes_of_expression(choice)
