"""A plan for a terminal: a tree in the order in which it runs, readable in 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from attrs import frozen

from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import number
from mmm_lang.plan import ir, wording
from mmm_lang.plan.bounds import iterations_of, worst_case
from mmm_lang.plan.draw_parts import as_one
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.whole import Plans, Whole, items_at_most, whole_case

WIDTH = 80
_NARROWEST = 36
"""Columns that a text has even where deep nesting leaves no room."""
_LONGEST_DEFAULT = 50


@frozen
class Branch:
    """One entry of the tree: its name, what it is, phrases that are said under it, and the entries inside it."""

    name: str
    what: str = ""
    notes: tuple[str, ...] = ()
    inside: tuple[Branch, ...] = ()


def draw_text(plan: Plan) -> str:
    """The plan as lines of text, with what it reads, makes, repeats and may cost at most."""
    return _text(plan, _closing(plan))


def draw_whole_text(plans: Plans) -> str:
    """The same of a playbook with `map:`, all its parts in one tree."""
    source = plans.body.header.map
    if source is None:
        return draw_text(plans.body)
    iterations = iterations_of(plans.body, None, items=True)
    whole = whole_case(plans, iterations, items_at_most(source), merges=source.parallel > 1)
    return _text(as_one(plans), _closing_of_whole(whole, plans.body.header))


def _text(plan: Plan, closing: Iterable[str]) -> str:
    flow = Branch("", inside=tuple(_flow(plan)))
    often = _wrapped(f"{wording.iterations(plan.header)}; fewer where nothing changes", "", "  ")
    lines = [*_heading(plan.header), "", *often, *_drawn(flow, ""), "", *closing]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _heading(header: ir.Header) -> Iterator[str]:
    yield visible(header.name)
    if header.description:
        yield from _wrapped(visible(" ".join(header.description.split())), "  ", "  ")
    for one in header.inputs:
        yield from _wrapped(_input(one), "  ", "    ")
    if header.secrets:
        yield from _wrapped(f"masks {visible(', '.join(header.secrets))}", "  ", "    ")
    if header.protect:
        yield from _wrapped(f"protects {visible(', '.join(header.protect))}", "  ", "    ")


def _input(one: ir.Input) -> str:
    what = f" ({visible(' '.join(one.description.split()))})" if one.description else ""
    if one.default is None:
        return f"input {visible(one.name)}{what}: to be given"
    default = " ".join(one.default.split())
    shown = default if len(default) <= _LONGEST_DEFAULT else f"{default[:_LONGEST_DEFAULT]}…"
    return f"input {visible(one.name)}{what}: {visible(shown)}"


def _closing(plan: Plan) -> Iterator[str]:
    case = worst_case(plan, iterations_of(plan, None, items=False))
    yield from _wrapped(f"one iteration at most: {wording.bound(case.iteration)}", "", "  ")
    if case.iterations > 1:
        yield from _wrapped(f"all {number(case.iterations)} at most: {wording.bound(case.total)}", "", "  ")
    yield from _limits(plan.header)


def _closing_of_whole(whole: Whole, header: ir.Header) -> Iterator[str]:
    yield from _wrapped(f"one item at most: {wording.bound(whole.each)}", "", "  ")
    yield from _wrapped(f"all of it at most: {wording.wide_bound(whole.total)}", "", "  ")
    yield from _limits(header)


def _limits(header: ir.Header) -> Iterator[str]:
    if limits := wording.limits(header.limits):
        yield from _wrapped(f"limits: {limits}; what does not fit is not started", "", "  ")


# --- from the plan to the tree ---


def _flow(plan: Plan) -> Iterator[Branch]:
    yield from _steps(plan, plan.top())
    if plan.until is not None:
        until = plan.until
        notes = ("ends the session where it succeeds", *wording.traits(plan, until))
        yield Branch(until.key, wording.action(until), notes)


def _steps(plan: Plan, steps: Iterable[ir.Step]) -> Iterator[Branch]:
    for step in steps:
        inside = (*_steps(plan, plan.inside(step.key)), *_branches(plan, step))
        yield Branch(step.key, wording.action(step), wording.traits(plan, step), inside)


def _branches(plan: Plan, step: ir.Step) -> Iterator[Branch]:
    """What follows a failure of the step, and its success."""
    for handler in plan.handlers(step.key):
        first, *notes = wording.rounds(handler)
        inside = tuple(_steps(plan, plan.inside(handler.key)))
        yield Branch(f"{wording.answered(handler)}: {first}", notes=tuple(notes), inside=inside)
    after_success = tuple(_steps(plan, plan.after_success(step.key)))
    if after_success:
        yield Branch("on success, once", inside=after_success)


# --- from the tree to lines ---


def _drawn(branch: Branch, left: str) -> Iterator[str]:
    """The entries inside a branch; ``left`` is what stands before each line."""
    for one in branch.inside:
        last = one is branch.inside[-1]
        below = left + ("   " if last else "│  ")
        margin = below + ("│    " if one.inside else "     ")
        first = left + ("╰─ " if last else "├─ ")
        head = f"{one.name} ─ {one.what}" if one.what else one.name
        if one.what and len(first + head) > _right(margin):
            yield first + one.name
            yield from _wrapped(one.what, margin, f"{margin}  ")
        else:
            yield from _wrapped(head, first, margin)
        yield from _packed(one.notes, margin)
        yield from _drawn(one, below)


def _packed(phrases: Iterable[str], left: str) -> Iterator[str]:
    """Phrases, as many a line as there is room for; one that is too long for a line is wrapped."""
    line = ""
    for phrase in phrases:
        longer = f"{line} · {phrase}" if line else phrase
        if line and len(left + longer) > _right(left):
            yield from _wrapped(line, left, f"{left}  ")
            longer = phrase
        line = longer
    if line:
        yield from _wrapped(line, left, f"{left}  ")


def _wrapped(text: str, first: str, others: str) -> list[str]:
    """The text in lines, with what stands before the first and before the other ones."""
    return textwrap.wrap(
        text, _right(others), initial_indent=first, subsequent_indent=others, break_on_hyphens=False
    )


def _right(left: str) -> int:
    """The column where a line ends that begins with ``left``."""
    return max(WIDTH, len(left) + _NARROWEST)
