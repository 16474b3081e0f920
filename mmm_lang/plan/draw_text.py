"""A plan for a terminal: a tree in the order in which it runs, readable in 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from attrs import frozen

from mmm_lang.diagnostics.display import visible
from mmm_lang.plan import ir, wording
from mmm_lang.plan.bounds import iterations_of, worst_case
from mmm_lang.plan.graph import Plan

WIDTH = 80
_NARROWEST = 36
"""Columns that a text has even where deep nesting leaves no room."""
_LONGEST_DEFAULT = 50


@frozen
class Branch:
    """One entry of the tree: a line, what is said under it, and the entries inside it."""

    head: str
    notes: tuple[str, ...] = ()
    inside: tuple[Branch, ...] = ()


def draw_text(plan: Plan) -> str:
    """The plan as lines of text, with what it reads, makes, repeats and may cost at most."""
    flow = Branch(wording.iterations(plan.header), (), tuple(_flow(plan)))
    lines = [*_heading(plan.header), "", *_drawn(flow), "", *_closing(plan)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _heading(header: ir.Header) -> Iterator[str]:
    yield visible(header.name)
    if header.description:
        yield from _wrapped(visible(" ".join(header.description.split())), "  ", "  ")
    for one in header.inputs:
        yield from _wrapped(_input(one), "  ", "    ")
    if header.protect:
        yield from _wrapped(f"protects {visible(', '.join(header.protect))}", "  ", "    ")


def _input(one: ir.Input) -> str:
    what = f" ({visible(' '.join(one.description.split()))})" if one.description else ""
    if one.default is None:
        return f"input {visible(one.name)}{what}: to be given"
    default = " ".join(one.default.split())
    return f"input {visible(one.name)}{what}: {visible(textwrap.shorten(default, _LONGEST_DEFAULT, placeholder=' …'))}"


def _closing(plan: Plan) -> Iterator[str]:
    case = worst_case(plan, iterations_of(plan, None, items=False))
    yield from _wrapped(f"one iteration at most: {wording.bound(case.iteration)}", "", "  ")
    if case.iterations > 1:
        yield from _wrapped(
            f"all {wording.number(case.iterations)} at most: {wording.bound(case.total)}", "", "  "
        )
    if limits := wording.limits(plan.header.limits):
        yield from _wrapped(f"limits: {limits}", "", "  ")


# --- from the plan to the tree ---


def _flow(plan: Plan) -> Iterator[Branch]:
    yield from _steps(plan, plan.body())
    if plan.until is not None:
        until = plan.until
        notes = _joined("ends the session where it succeeds", *wording.traits(plan, until))
        yield Branch(f"{until.key} ─ {wording.action(until)}", notes)


def _steps(plan: Plan, steps: Iterable[ir.Step]) -> Iterator[Branch]:
    for step in steps:
        inside = (*_steps(plan, plan.inside(step.key)), *_branches(plan, step))
        notes = _joined(*wording.traits(plan, step))
        yield Branch(f"{step.key} ─ {wording.action(step)}", notes, inside)


def _branches(plan: Plan, step: ir.Step) -> Iterator[Branch]:
    """What follows a failure of the step, and its success."""
    for handler in plan.handlers(step.key):
        answers = wording.answered(handler)
        if handler.empty:
            yield Branch(f"{answers}: {wording.exhausted(handler)}")
            continue
        again = f"{answers}: {wording.rounds(handler)}, each followed by `{step.key}` again"
        after = f"after the last: {wording.exhausted(handler)}"
        yield Branch(again, (after,), tuple(_steps(plan, plan.inside(handler.key))))
    after_success = tuple(_steps(plan, plan.after_success(step.key)))
    if after_success:
        yield Branch("on success, once", (), after_success)


def _joined(*phrases: str) -> tuple[str, ...]:
    return (" · ".join(phrases),) if phrases else ()


# --- from the tree to lines ---


def _drawn(root: Branch) -> Iterator[str]:
    yield root.head
    yield from _drawn_inside(root, "")


def _drawn_inside(branch: Branch, left: str) -> Iterator[str]:
    for one in branch.inside:
        last = one is branch.inside[-1]
        below = left + ("   " if last else "│  ")
        notes = below + ("│  " if one.inside else "   ")
        yield from _wrapped(one.head, left + ("╰─ " if last else "├─ "), f"{notes}  ")
        for note in one.notes:
            yield from _wrapped(note, f"{notes} ", f"{notes} ")
        yield from _drawn_inside(one, below)


def _wrapped(text: str, first: str, others: str) -> Iterator[str]:
    """The text in lines of the terminal's width, with what stands before the first and the other ones."""
    width = max(WIDTH, len(others) + _NARROWEST)
    yield from textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [first]
