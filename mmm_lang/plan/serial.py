"""The plan as JSON and back: networkx' node-link form, its values tagged by ``kind`` (spec/ir.schema.json).

What `mmm compile` prints is what a session pins and runs, so reading gives an equal plan.
"""

from __future__ import annotations

import networkx as nx

from mmm_lang.plan import ir
from mmm_lang.plan.graph import Plan
from mmm_lang.tagged import Codec, Json, UnreadableValue

IR_VERSION = 1

CODEC = Codec(
    {
        "step": ir.Step,
        "handler": ir.Handler,
        "mark": ir.Mark,
        "agent": ir.AgentCall,
        "shell": ir.ShellRun,
        "group": ir.Group,
        "analyze": ir.Analyze,
        "template": ir.Template,
        "hole": ir.Hole,
        "filter": ir.Filter,
        "field": ir.StepField,
        "variable": ir.Variable,
        "environment": ir.Environment,
        "constant": ir.Constant,
        "reference": ir.Operand,
        "not": ir.Not,
        "both": ir.Both,
        "comparison": ir.Comparison,
        "membership": ir.Membership,
        "output": ir.Output,
        "input": ir.Input,
        "limits": ir.Limits,
        "header": ir.Header,
    }
)


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
    try:
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(nx.node_link_graph(data, edges="edges"))
        version = graph.graph["version"]
        if version != IR_VERSION:
            raise UnreadableValue(f"the plan has version {version}, this mmm reads version {IR_VERSION}")
        graph.graph["header"] = CODEC.decode(graph.graph["header"])
        for _, attributes in graph.nodes(data=True):
            attributes["node"] = CODEC.decode(attributes["node"])
    except (KeyError, TypeError, nx.NetworkXError) as error:
        raise UnreadableValue(f"this is not a compiled plan: {error}") from None
    return Plan(graph)
