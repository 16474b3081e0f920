"""`architecture.json`: the parts that a project falls into, how they lean on each other, and what most of it hangs on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

import networkx as nx

from mmm_lang.context.document import Document
from mmm_lang.context.findings import Findings
from mmm_lang.context.graph import Module

_HUBS = 15
_DEEPEST = 5
_MOST_LOOSE = 20
_TOO_LARGE = 0.5
"""A part with more than this share of the code is looked at folder by folder."""


def architecture_document(findings: Findings) -> Document:
    """The document. Tests, examples and what only they import are left aside."""
    imports = findings.imports
    modules = {name: one for name, one in imports.modules.items() if one.role == "source"}
    parts = components(modules)
    between: Counter[tuple[str, str]] = Counter()
    for edge in imports.edges:
        if edge.source in parts and edge.target in parts and parts[edge.source] != parts[edge.target]:
            between[parts[edge.source], parts[edge.target]] += edge.count
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(set(parts.values())))
    graph.add_edges_from(sorted(between))
    levels = _levels(graph)
    inside: defaultdict[str, list[Module]] = defaultdict(list)
    for name, part in parts.items():
        inside[part].append(modules[name])
    return {
        "version": 1,
        "components": [
            {
                "name": part,
                "modules": len(members),
                "code_lines": sum(one.code_lines for one in members),
                "languages": sorted({one.language for one in members}),
                "layer": levels[part],
            }
            for part, members in sorted(inside.items())
        ],
        "dependencies": [
            {"source": source, "target": target, "imports": count}
            for (source, target), count in sorted(between.items())
        ],
        "cycles": sorted(
            sorted(members) for members in nx.strongly_connected_components(graph) if len(members) > 1
        ),
        "entry_points": sorted(name for name, one in modules.items() if one.is_entry),
        "hubs": _hubs(findings, modules),
    }


def components(modules: Mapping[str, Module]) -> dict[str, str]:
    """The part of each module: its topmost folder; where one part holds most of the code, it is divided by its folders,
    and so on. A few modules that lie in a divided folder itself stand for themselves: together they would tangle all."""
    total = sum(one.code_lines for one in modules.values())
    parts = {name: _folder(one, 1) for name, one in modules.items()}
    for depth in range(2, _DEEPEST + 1):
        sizes: Counter[str] = Counter()
        for name, part in parts.items():
            sizes[part] += modules[name].code_lines
        large = {part for part, size in sizes.items() if size > _TOO_LARGE * total}
        if not large:
            break
        parts = {
            name: _folder(modules[name], depth) if part in large else part for name, part in parts.items()
        }
    return parts


def _folder(module: Module, depth: int) -> str:
    """The folder that a module lies in, at most so deep; ``.`` for the root."""
    return "/".join(module.files[0].split("/")[:-1][:depth]) or "."


def _levels(graph: nx.DiGraph[str]) -> dict[str, int]:
    whole = nx.condensation(graph)
    level: dict[int, int] = {}
    for component in reversed(list(nx.topological_sort(whole))):
        level[component] = max((level[below] + 1 for below in whole.successors(component)), default=0)
    mapping: Mapping[str, int] = whole.graph["mapping"]
    return {name: level[mapping[name]] for name in mapping}


def _hubs(findings: Findings, modules: Collection[str]) -> list[Document]:
    """The modules that most others import, tests aside."""
    imports = findings.imports
    outgoing = Counter(edge.source for edge in imports.edges)
    ranked = sorted(
        (name for name in modules if imports.importers.get(name)),
        key=lambda name: (-imports.importers[name], name),
    )
    return [
        {"module": name, "importers": imports.importers[name], "imports": outgoing[name]}
        for name in ranked[:_HUBS]
    ]
