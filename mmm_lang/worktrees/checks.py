"""What has to hold after a merge: the playbook's `merge:` steps, else its `until:`, as a plan of its own."""

from __future__ import annotations

import json

import networkx as nx
from attrs import evolve

from mmm_lang.plan import ir
from mmm_lang.plan.graph import END, START, Plan
from mmm_lang.plan.serial import plan_from_json, plan_to_json

_KEY = "after-merge"


def checks_after_merge(plan: Plan, merge: Plan | None) -> Plan | None:
    """The plan to run once after a merge of what ``plan`` made; ``merge`` is that of its `merge:` steps."""
    if merge is not None:
        return merge
    if plan.until is None:
        return None
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.graph["header"] = evolve(plan.header, name=f"{plan.header.name}, after the merge", max_iterations=1)
    graph.add_node(START, node=ir.Mark("start"))
    graph.add_node(_KEY, node=evolve(plan.until, key=_KEY))
    graph.add_node(END, node=ir.Mark("end"))
    graph.add_edge(START, _KEY, kind="then")
    graph.add_edge(_KEY, END, kind="then")
    return Plan(graph)


def written(plan: Plan | None) -> str | None:
    """A plan as the record keeps it."""
    return None if plan is None else json.dumps(plan_to_json(plan))


def read(text: str) -> Plan:
    """The plan that ``written`` wrote. Raises ``UnreadableValue`` and ``ValueError``."""
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError("it is not an object")
    return plan_from_json(data)
