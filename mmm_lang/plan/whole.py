"""The worst case of a playbook that runs for items: what is before them, every item with its merge, and what is after.

How many items there will be is a figure: a number where the playbook or the command line says so, else a sum over the
widths of globs, or the width of what a command or a file lists (`plan.widths`).
"""

from __future__ import annotations

from attrs import evolve, frozen

from mmm_lang.analysis.keys import ITEMS
from mmm_lang.figures import least
from mmm_lang.plan import ir
from mmm_lang.plan.bounds import Bound, WorstCase, worst_case
from mmm_lang.plan.graph import END, UNTIL, Plan
from mmm_lang.plan.widths import Figure, WideBound

CONFLICT = Bound(agent_calls=1, cost_usd=None, seconds=None)
"""What a conflict can cost: the call of an agent, which nothing caps but the limits of all."""


@frozen
class Plans:
    """The plans of one playbook: ``body`` is run for every item, ``merge`` after each merge of an item's work."""

    body: Plan
    opening: Plan | None = None
    reduce: Plan | None = None
    merge: Plan | None = None

    def for_given_items(self) -> Plans:
        """The plans where the command line gives the items: nothing looks them up."""
        return self if self.opening is None else evolve(self, opening=_without_lookup(self.opening))


def _without_lookup(opening: Plan) -> Plan | None:
    """What comes before the items without the command that lists them, its last step; ``None`` where that is all."""
    if ITEMS not in opening.nodes:
        return opening
    if [step.key for step in opening.top()] == [ITEMS]:
        return None
    graph = opening.graph.copy()
    for source, _, edge in list(graph.in_edges(ITEMS, data=True)):
        if edge["kind"] != "data":
            graph.add_edge(source, END, **edge)
    graph.remove_node(ITEMS)
    return Plan(graph)


@frozen
class Whole:
    """The worst case of all items together.

    ``item`` is one item, ``held`` the same with the limits of an item; ``merge`` is what one merge can do (``None`` where
    items do not merge), and ``checks`` the steps in it; ``items`` is how many items there are.
    """

    item: WorstCase
    held: Bound
    items: Figure
    opening: WorstCase | None = None
    reduce: WorstCase | None = None
    checks: WorstCase | None = None
    merge: Bound | None = None

    @property
    def each(self) -> Bound:
        """An item and its merge."""
        return self.held if self.merge is None else self.held + self.merge

    @property
    def once(self) -> Bound:
        """What runs once: before the items and after them."""
        total = Bound()
        for case in (self.opening, self.reduce):
            if case is not None:
                total += case.total
        return total

    @property
    def total(self) -> WideBound:
        """All of it, by the widths that it depends on."""
        return WideBound.of(self.once, Figure.of(1)) + WideBound.of(self.each, self.items)

    def of_items(self, number: int) -> Bound:
        """All of it for so many items."""
        return self.once + self.each * number


def whole_case(plans: Plans, iterations: int, items: Figure, *, merges: bool, agent: bool = True) -> Whole:
    """The worst case of a playbook for ``items`` items of ``iterations`` iterations each. ``merges``: the work of each
    item is merged, and where that conflicts an ``agent`` is called, if there is to be one."""
    item = worst_case(plans.body, iterations)
    source = plans.body.header.map
    checks = _checks(plans, item) if merges else None
    merge = None
    if merges:
        merge = CONFLICT if agent else Bound()
        merge = merge if checks is None else merge + checks.total
    return Whole(
        item,
        item.total if source is None else held_to(item.total, source.limits),
        items,
        None if plans.opening is None else worst_case(plans.opening, 1),
        None if plans.reduce is None else worst_case(plans.reduce, 1),
        checks,
        merge,
    )


def _checks(plans: Plans, item: WorstCase) -> WorstCase | None:
    """What runs after a merge: the steps of `merge:`, else `until:`."""
    if plans.merge is not None:
        return worst_case(plans.merge, 1)
    judged = [row for row in item.rows if row.step.key == UNTIL]
    return WorstCase(tuple(judged), judged[0].bound, 1, judged[0].bound) if judged else None


def held_to(most: Bound, limits: ir.Limits) -> Bound:
    """A bound that limits cut short: they are enforced before every start of a process."""
    return Bound(
        most.agent_calls if limits.agent_calls is None else min(most.agent_calls, limits.agent_calls),
        most.shell_runs,
        least(most.cost_usd, limits.cost_usd),
        least(most.seconds, limits.duration),
    )


def items_at_most(source: ir.MapHeader) -> Figure:
    """How many items there can be, by what the playbook or the command line says of them."""
    found = _found(source.over)
    number = found.constant
    if source.max_items is None:
        return found
    return Figure.of(source.max_items if number is None else min(source.max_items, number))


def _found(over: ir.ItemSource) -> Figure:
    match over:
        case ir.GlobItems(patterns=patterns):
            return _widths(patterns)
        case ir.GivenItems(patterns=patterns, values=values):
            return _widths(patterns) + Figure.of(len(values))
        case ir.ListedItems(values=values):
            return Figure.of(len(values))
        case ir.FileItems(path=path):
            return Figure.width(path)
        case ir.CommandItems():
            return Figure.width("items")


def _widths(patterns: tuple[str, ...]) -> Figure:
    figure = Figure()
    for pattern in dict.fromkeys(patterns):
        figure += Figure.width(pattern)
    return figure
