"""The parts of a playbook whose steps run in sessions of their own: `merge:`, `map.setup` and `reduce:`.

Each is looked at as a playbook of its own with the same header, for it sees nothing of the others' steps; what is to be
said about the header is said once, for the steps of the playbook.
"""

from __future__ import annotations

from collections.abc import Mapping

from mmm_lang.analysis.scopes import Part, PartName
from mmm_lang.record import evolve
from mmm_lang.syntax.nodes import CommandItems, Map, Playbook, Step, walk


def parts_of(playbook: Playbook) -> Mapping[PartName, Playbook]:
    """The parts that there are beside the steps of the playbook, each as a playbook."""
    return {
        name: evolve(
            playbook,
            form="steps",
            steps=steps,
            setup=None,
            merge=(),
            reduce=(),
            until=None,
            map=_of_opening(playbook.map) if name == "opening" else None,
        )
        for name, steps in _steps(playbook).items()
        if steps and name != "body"
    }


def _of_opening(source: Map | None) -> Map | None:
    """What the steps before the items need of `map:`: the one that prints them."""
    step = source.lookup if source is not None else None
    if source is None or step is None:
        return None
    return Map(CommandItems(step, None, step.span), source.span, source.key_span)


def part_of(playbook: Playbook, name: PartName) -> Part:
    """What the steps of one part of a playbook know of the other ones."""
    others = {
        step.id.value: (other, step)
        for other, steps in _steps(playbook).items()
        if other != name
        for step in walk(steps)
        if step.id is not None
    }
    return Part(name, playbook.map, others)


def _steps(playbook: Playbook) -> Mapping[PartName, tuple[Step, ...]]:
    opening, body, reduce, merge = playbook.lists
    return {"opening": opening, "body": body, "reduce": reduce, "merge": merge}
