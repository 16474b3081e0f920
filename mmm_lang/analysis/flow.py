"""Whether a step has run, on every path, where another one reads it (``spec/language.md``, 3.5)."""

from __future__ import annotations

from typing import Literal

from mmm_lang.analysis.guards import asks_for_item, conjuncts, holds, in_force, possible_statuses
from mmm_lang.analysis.outline import INSIDE, Home, Outline, handlers_of
from mmm_lang.analysis.sites import Site
from mmm_lang.record import frozen
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Condition, Expression, ForEachAction, Listed, Step

Order = Literal["before", "itself", "around", "later"]
"""``around``: the step read is a group that the reading place is part of, and so has not finished."""

AT_THE_END = ("until", "outputs")
"""Keys of the header whose references are looked up when all steps are through."""


@frozen(eq=False)
class Doubt:
    """A reason why a step that stands before the place may not have run.

    ``because`` completes "it may not have run: …", ``span`` is the text that is the reason.
    """

    because: str
    span: Span
    condition: Condition | None = None


def order(outline: Outline, site: Site, target: Step) -> Order:
    """How ``target`` stands to the place that reads it."""
    step = site.step
    if step is None:
        return "before" if site.key in AT_THE_END else "later"
    if target is step:
        return "itself"
    if outline.order[target] > outline.order[step]:
        return "later"
    line = outline.lineage(step)
    if target in line:
        inside = line[line.index(target) + 1]
        return "around" if outline.homes[inside].relation in INSIDE else "before"
    return "before"


def doubts(outline: Outline, site: Site, target: Step) -> tuple[Doubt, ...]:
    """Why ``target``, which stands before the place, may be unset there; empty where it has always run."""
    way = _way_down(outline, site, target)
    if not _doubts_on(outline, site, way, 0):
        return ()
    known = in_force(outline, site)
    ran = _ran_for_sure(way, known)
    known += tuple(part for step in way[:ran] for part in conjuncts(step.when))
    same_item = outline.loop_around(target) is outline.loop_around(site.step)
    return tuple(
        doubt
        for doubt in _doubts_on(outline, site, way, ran)
        if doubt.condition is None
        or (not same_item and asks_for_item(doubt.condition))
        or not holds(doubt.condition, known)
    )


def _way_down(outline: Outline, site: Site, target: Step) -> tuple[Step, ...]:
    """The steps from the innermost list that holds both down to ``target``; empty where it encloses the place."""
    there = outline.lineage(target)
    here = outline.lineage(site.step) if site.step is not None else ()
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] is there[shared]:
        shared += 1
    return there[shared:]


def _ran_for_sure(way: tuple[Step, ...], known: tuple[Expression, ...]) -> int:
    """How many steps of the way have run for sure: all down to the deepest whose status says so."""
    for depth in range(len(way), 0, -1):
        if "skipped" not in possible_statuses(known, way[depth - 1]):
            return depth
    return 0


def _doubts_on(outline: Outline, site: Site, way: tuple[Step, ...], ran: int) -> list[Doubt]:
    """What may keep the steps of the way from running, the first ``ran`` of which have run."""
    found: list[Doubt] = []
    for at, step in enumerate(way):
        if step.when is not None and at >= ran:
            found.append(Doubt("it runs only under this condition", step.when.span, step.when))
        if at + 1 < len(way) and at + 1 >= ran:
            found += _doubts_of_list(step, outline.homes[way[at + 1]])
    return found if ran else found + _doubts_of_branch(outline, site, way)


def _doubts_of_list(owner: Step, home: Home) -> list[Doubt]:
    if home.relation == "handler" and home.handler is not None:
        return [Doubt("it runs only after a failure", home.handler.key_span)]
    if home.relation == "on_success":
        return [Doubt("it runs only after a success", owner.keys.get("on_success", owner.span))]
    items = owner.action.items if isinstance(owner.action, ForEachAction) else None
    if home.relation == "loop" and not isinstance(items, Listed):
        return [Doubt("it runs only where the loop has items", owner.keys.get("foreach", owner.span))]
    early_end = forgiving(owner)
    if home.index > 0 and early_end is not None:
        return [Doubt("its group may end early and the playbook go on", early_end)]
    return []


def _doubts_of_branch(outline: Outline, site: Site, way: tuple[Step, ...]) -> list[Doubt]:
    """What is in doubt where place and target stand in different lists of one step."""
    if site.step is None or not way:
        return []
    owner = outline.homes[way[0]].owner
    if owner is None or owner is site.step:
        return []
    here = outline.lineage(site.step)
    mine, its = outline.homes[here[here.index(owner) + 1]], outline.homes[way[0]]
    if mine.relation == its.relation and mine.handler is its.handler:
        return []
    if its.relation not in INSIDE or (its.relation == "loop" and _doubts_of_list(owner, its)):
        return _doubts_of_list(owner, its)
    if mine.handler is None or its.index == 0:
        return []
    return [Doubt("its group may have failed before it", mine.handler.key_span)]


def forgiving(step: Step) -> Span | None:
    """The place in the text that lets the playbook go on although ``step`` has failed for good, if any."""
    for handler in handlers_of(step):
        if handler.fail_workflow is not None and not handler.fail_workflow.value:
            return handler.fail_workflow.span
    return None
