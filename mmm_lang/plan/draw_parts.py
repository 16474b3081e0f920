"""The parts of a playbook with `map:` as one graph, for drawings: what runs once, for every item, and once again.

Each part becomes a group whose steps are inside it. Nothing runs this graph; sessions run the plans themselves.
"""

from __future__ import annotations

import networkx as nx
from attrs import evolve, fields, frozen, has

from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import number
from mmm_lang.plan import ir
from mmm_lang.plan.graph import END, START, Plan
from mmm_lang.plan.whole import Plans, items_at_most

OPENING, ITEMS, REDUCE = "map.setup", "map.steps", "map.reduce"
"""Keys of the groups: an id has no dot, so no step is called that."""


@frozen
class _Part:
    key: str
    title: str
    plan: Plan
    prefix: str = ""


def as_one(plans: Plans) -> Plan:
    """One graph of a playbook's opening, its steps and `reduce:`; of one without `map:` its plan as it is."""
    if plans.body.header.map is None:
        return plans.body
    parts = [_Part(ITEMS, _title(plans.body.header.map), plans.body)]
    if plans.opening is not None:
        parts.insert(0, _Part(OPENING, "once, before the items", plans.opening, f"{OPENING}/"))
    if plans.reduce is not None:
        parts.append(_Part(REDUCE, "once, after all items", plans.reduce, f"{REDUCE}/"))
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(header=evolve(plans.body.header, setup=False))
    graph.add_node(START, node=ir.Mark("start"))
    for part in parts:
        graph.add_node(part.key, node=ir.Step(part.key, part.title, 0, ir.Group()))
        for key, node in part.plan.nodes.items():
            if isinstance(node, ir.Step):
                graph.add_node(_named(part, key), node=evolve(_moved(node, part), key=_named(part, key)))
            elif isinstance(node, ir.Handler):
                owner = _named(part, node.owner)
                graph.add_node(_named(part, key), node=evolve(node, key=_named(part, key), owner=owner))
    graph.add_node(END, node=ir.Mark("end"))
    graph.add_edge(START, parts[0].key, kind="then")
    following = [*(part.key for part in parts[1:]), END]
    for part, onwards in zip(parts, following, strict=True):
        graph.add_edge(part.key, onwards, kind="then")
        _add_edges(graph, part, onwards)
    return Plan(graph)


def _add_edges(graph: nx.MultiDiGraph[str], part: _Part, onwards: str) -> None:
    """The edges inside a part. What led to its end joins what follows it."""
    for source, target, kind, label in part.plan.edges():
        carried = {} if label is None else {"label": label}
        if source == START:
            graph.add_edge(part.key, onwards if target == END else _named(part, target), kind="branch")
        elif target == END:
            graph.add_edge(_named(part, source), onwards, kind="join" if kind == "then" else kind)
        else:
            graph.add_edge(_named(part, source), _named(part, target), kind=kind, **carried)


def _moved(step: ir.Step, part: _Part) -> ir.Step:
    """A step whose references name the steps of its part by the keys that they have in the whole."""
    moved = _with_names(step, part) if part.prefix else step
    assert isinstance(moved, ir.Step)
    return moved


def _with_names(value: object, part: _Part) -> object:
    match value:
        case ir.StepField(step=step):
            return evolve(value, step=_named(part, step))
        case ir.Item(loop=str(loop)):
            return evolve(value, loop=_named(part, loop))
        case ir.Argument(call=call):
            return evolve(value, call=_named(part, call))
        case tuple():
            return tuple(_with_names(one, part) for one in value)
    cls = type(value)
    if not has(cls):
        return value
    held = {one.alias: _with_names(getattr(value, one.name), part) for one in fields(cls)}
    made: object = cls(**held)
    return made


def _named(part: _Part, key: str) -> str:
    """The key of a node in the whole: of `until` too, which ends a session and not all of them."""
    return f"{part.prefix or ITEMS + '/'}{key}" if part.prefix or key == "until" else key


def _title(source: ir.MapHeader) -> str:
    """`for each item ×|specs/*.md|, 4 at a time`."""
    most = items_at_most(source)
    count = most.constant
    written = most.written(lambda value: number(round(value)))
    width = f"×{number(round(count))} at most" if count is not None else f"×{visible(written)}"
    lanes = f", {number(source.parallel)} at a time" if source.parallel > 1 else ""
    return f"for each item {width}{lanes}"
