"""What a map can do at most, told before anything of it runs, as a session tells it of itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve

from mmm_lang.figures import plural
from mmm_lang.maps.events import MapStarted
from mmm_lang.maps.kitchen import MapKitchen
from mmm_lang.plan import whole, wording
from mmm_lang.plan.ir import Limits
from mmm_lang.plan.widths import Figure
from mmm_lang.report.wording import printable
from mmm_lang.runtime.items import with_given_items
from mmm_lang.worktrees.checks import read


def forecast(kitchen: MapKitchen, count: int | None) -> Iterator[str]:
    """Lines for people: how many items, where they run, what all of it does at most, and the limits.

    ``count`` is how many items there are; ``None``: they are looked up first.
    """
    started = kitchen.started
    number = "items that are looked up first" if count is None else plural(count, "item")
    yield printable(f"📋 Map: {started.name}: {number}, {_where(started)}")
    yield f"   at most {most_of(kitchen, count)}"
    yield from _limits(kitchen.limits, kitchen.each)


def most_of(kitchen: MapKitchen, count: int | None) -> str:
    """A bound in words: `40 agent calls and 20 shell runs, $100.00`; by the widths where the ``count`` is unknown."""
    started, plans = kitchen.started, kitchen.plans
    source = with_given_items(plans.body.header.map, started.globs, started.values)
    items = Figure.of(count or 0) if count is not None or source is None else whole.items_at_most(source)
    case = whole.whole_case(
        whole.Plans(
            plans.body,
            plans.opening,
            plans.reduce,
            None if plans.checks is None else read(plans.checks),
        ),
        kitchen.max_iterations,
        items,
        merges=started.merges,
        agent=started.resolves,
    )
    if count is None:
        return wording.wide_bound(case.total)
    return wording.bound(evolve(case.of_items(count), seconds=None))


def _where(started: MapStarted) -> str:
    if started.worktrees is None:
        return "one after another"
    lanes = f"{started.lanes} at once" if started.lanes > 1 else "one after another"
    merged = f", merged into `{started.branch}` as they end" if started.merges else ""
    return f"{lanes}, each in a worktree{merged}"


def _limits(together: Limits, each: Limits) -> Sequence[str]:
    told = (("limits", together), ("limits of an item", each))
    return [f"   {what}: {said}" for what, limits in told if (said := wording.limits(limits))]
