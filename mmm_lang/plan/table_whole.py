"""What `mmm plan` prints of a playbook with `map:`: the steps of each part, and what all items together can do."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import number, plural
from mmm_lang.plan import ir, wording
from mmm_lang.plan.bounds import StepBound, WorstCase
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.table import (
    DEAREST,
    Row,
    chooses,
    figures_of,
    held_limits,
    indents_of,
    laid_out,
    limits_beside,
    open_ends,
    row_of,
    shown_columns,
    wrapped,
)
from mmm_lang.plan.whole import CONFLICT, Plans, Whole
from mmm_lang.plan.widths import Figure, WideBound

_NO_FIGURES = ("",) * 5
_CONFLICT = "an agent, where the merge conflicts"


def whole_table(plans: Plans, whole: Whole, limits: ir.Limits) -> str:
    """What would run, part by part, how often at most, and the proved worst case of all items.

    ``limits`` are those of everything together.
    """
    header = plans.body.header
    often = f"{plural(whole.item.iterations, 'iteration')} an item"
    if whole.item.iterations != 1:
        often = f"up to {often}; fewer where nothing changes"
    rows = [*_rows(plans, whole)]
    bounds = [bound for _, case in _cases(plans, whole) for bound in case.rows]
    totals = []
    if whole.item.iterations != 1:
        totals.append(Row(figures_of(None, whole.item.iteration), "one iteration"))
    totals.append(
        Row(figures_of(None, whole.each), "one item" if whole.merge is None else "one item and its merge")
    )
    most = whole.items.constant
    if most is not None:
        totals.append(
            Row(
                figures_of(None, whole.of_items(round(most))), f"all of it, for {plural(round(most), 'item')}"
            )
        )
    lines = [
        *wrapped(f"{visible(header.name)}: {often}"),
        "",
        *laid_out(rows, totals, shown_columns(bounds)),
        "",
        *_notes(plans, whole, bounds, limits),
    ]
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _cases(plans: Plans, whole: Whole) -> Iterator[tuple[Plan, WorstCase]]:
    """The parts that there are, in the order in which they run."""
    parts = (
        (plans.opening, whole.opening),
        (plans.body, whole.item),
        (plans.merge or plans.body, whole.checks),
        (plans.reduce, whole.reduce),
    )
    for plan, case in parts:
        if plan is not None and case is not None:
            yield plan, case


def _rows(plans: Plans, whole: Whole) -> Iterator[Row]:
    if plans.opening is not None and whole.opening is not None:
        yield Row(_NO_FIGURES, "once, before the items")
        yield from _steps(plans.opening, whole.opening)
    yield Row(_NO_FIGURES, f"for each item, {_most_items(whole)}")
    yield from _steps(plans.body, whole.item)
    if whole.merge is not None:
        yield Row(_NO_FIGURES, "for each merge of an item")
        if whole.merge.agent_calls > (0 if whole.checks is None else whole.checks.total.agent_calls):
            yield Row(figures_of(1, CONFLICT), "conflict", _CONFLICT, 1)
        if whole.checks is not None:
            yield from _steps(plans.merge or plans.body, whole.checks)
    if plans.reduce is not None and whole.reduce is not None:
        yield Row(_NO_FIGURES, "once, after all items")
        yield from _steps(plans.reduce, whole.reduce)


def _most_items(whole: Whole) -> str:
    most = whole.items.constant
    if most is not None:
        return f"{number(round(most))} at most"
    return f"{visible(whole.items.written(lambda value: number(round(value))))} of them"


def _steps(plan: Plan, case: WorstCase) -> Iterator[Row]:
    indents = indents_of(plan)
    for one in case.rows:
        yield row_of(one, 1 + indents[one.step.key])


def _notes(plans: Plans, whole: Whole, bounds: list[StepBound], limits: ir.Limits) -> Iterator[str]:
    yield from wrapped(f"worst case: at most {wording.wide_bound(whole.total)}")
    if any(chooses(plan, case.rows) for plan, case in _cases(plans, whole)):
        yield from wrapped(DEAREST)
    yield from open_ends(bounds, whole.each + whole.once)
    source = plans.body.header.map
    item = WideBound.of(whole.item.total, Figure.of(1))
    held = "; ".join(limits_beside(item, source.limits)) if source is not None else ""
    if held:
        yield from wrapped(f"an item is held to: {held}")
    yield from held_limits(whole.total, limits)
