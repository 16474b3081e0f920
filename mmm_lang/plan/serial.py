"""The plan as JSON and back: networkx' node-link form, its values tagged by ``kind`` (spec/ir.schema.json).

What `mmm compile` prints is what a session pins and runs, so reading gives an equal plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import networkx as nx

from mmm_lang.plan import ir
from mmm_lang.plan.graph import Plan
from mmm_lang.tagged import Codec, Json, UnreadableValue

IR_VERSION = 1

CLASSES: Mapping[str, type] = {
    "step": ir.Step,
    "handler": ir.Handler,
    "mark": ir.Mark,
    "agent": ir.AgentCall,
    "shell": ir.ShellRun,
    "group": ir.Group,
    "foreach": ir.ForEach,
    "call": ir.Call,
    "passed": ir.Passed,
    "analyze": ir.Analyze,
    "approve": ir.Approve,
    "template": ir.Template,
    "hole": ir.Hole,
    "filter": ir.Filter,
    "field": ir.StepField,
    "variable": ir.Variable,
    "environment": ir.Environment,
    "item": ir.Item,
    "argument": ir.Argument,
    "list": ir.Listed,
    "mapping": ir.Mapped,
    "constant": ir.Constant,
    "reference": ir.Operand,
    "not": ir.Not,
    "both": ir.Both,
    "comparison": ir.Comparison,
    "membership": ir.Membership,
    "output": ir.Output,
    "input": ir.Input,
    "limits": ir.Limits,
    "globs": ir.GlobItems,
    "listed": ir.ListedItems,
    "printed": ir.CommandItems,
    "file": ir.FileItems,
    "given": ir.GivenItems,
    "sort": ir.SortKey,
    "map": ir.MapHeader,
    "header": ir.Header,
}
"""What a plan is made of, by its `kind`."""

CODEC = Codec(CLASSES)


def plan_to_json(plan: Plan) -> dict[str, Json]:
    """Node-link data: ``directed``, ``multigraph``, ``graph`` (version and header), ``nodes``, ``edges``."""
    return {
        "directed": True,
        "multigraph": True,
        "graph": {"version": IR_VERSION, "header": CODEC.encode(plan.header)},
        "nodes": [{"id": key, "node": CODEC.encode(node)} for key, node in plan.nodes.items()],
        "edges": [
            {"source": source, "target": target, "key": number, **data}
            for source, target, number, data in plan.graph.edges(keys=True, data=True)
        ],
    }


def plan_from_json(data: dict[str, Json]) -> Plan:
    """The plan that ``plan_to_json`` wrote. Raises `UnreadableValue`."""
    about = data.get("graph")
    if not isinstance(about, dict) or "version" not in about:
        raise UnreadableValue("this is not a compiled plan: it has no version")
    if about["version"] != IR_VERSION:
        version = about["version"]
        raise UnreadableValue(f"the plan has version {version!r}, this mmm reads version {IR_VERSION}")
    header = CODEC.decode(about.get("header"))
    if not isinstance(header, ir.Header):
        raise UnreadableValue("the plan has no header")
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(header=header)
    for entry in _entries(data, "nodes"):
        node = CODEC.decode(entry.get("node"))
        if not isinstance(node, ir.Step | ir.Handler | ir.Mark) or node.key != entry.get("id"):
            raise UnreadableValue(f"the plan's node {entry.get('id')!r} cannot be read")
        graph.add_node(node.key, node=node)
    for entry in _entries(data, "edges"):
        source, target, number = entry.get("source"), entry.get("target"), entry.get("key")
        if source not in graph or target not in graph or not isinstance(number, int):
            raise UnreadableValue(f"the plan's edge from {source!r} to {target!r} cannot be read")
        attributes = {name: entry[name] for name in ("kind", "label") if name in entry}
        graph.add_edge(str(source), str(target), number, **attributes)
    return Plan(graph)


def _entries(data: dict[str, Json], name: str) -> Iterator[dict[str, Json]]:
    """The objects of a list in the plan."""
    entries = data.get(name)
    if not isinstance(entries, list):
        raise UnreadableValue(f"the plan has no list of {name}")
    for entry in entries:
        if not isinstance(entry, dict):
            raise UnreadableValue(f"the plan's {name} are not all objects")
        yield entry
