"""The graph of modules and their imports: cycles, layers, hubs.

A module is a file; in Go, where files of one folder are one, it is the folder, and each test file is a module of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

import networkx as nx
from attrs import field, frozen

from mmm_lang.context.facts import Facts, Strength
from mmm_lang.context.kinds import Role, role_of
from mmm_lang.context.resolve_go import GoImports, package_of
from mmm_lang.context.resolve_javascript import JavaScriptImports
from mmm_lang.context.resolve_python import PythonImports
from mmm_lang.context.resolve_rust import RustImports
from mmm_lang.context.resolving import Inside, Outside, Project, Resolver

STRENGTHS: tuple[Strength, ...] = ("import", "reexport", "lazy", "type", "test")
"""From the strongest to the weakest; where there are several imports between two modules, the strongest counts."""


@frozen
class Module:
    """A module with the files that it is made of."""

    name: str
    language: str
    role: Role
    files: tuple[str, ...]
    lines: int
    code_lines: int
    is_entry: bool


@frozen
class Edge:
    """An import: how often it is written, and how it binds."""

    source: str
    target: str
    strength: Strength
    count: int


@frozen
class Package:
    """A package from outside, and how many modules import it."""

    language: str
    name: str
    origin: str
    modules: int


@frozen(eq=False)
class Imports:
    """The graph. ``cycles`` are sets of modules that load each other, each with one shortest way around; ``layers`` say
    how many imports lie at most below a module; ``lost`` are imports of the project's own that lead nowhere: module,
    target, line."""

    modules: Mapping[str, Module]
    edges: tuple[Edge, ...]
    packages: tuple[Package, ...]
    lost: tuple[tuple[str, str, int], ...]
    cycles: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    layers: Mapping[str, int]
    importers: Mapping[str, int] = field(repr=False)
    """How many modules, tests aside, import a module."""


def import_graph(project: Project) -> Imports:
    """The graph of a project."""
    homes = {path: _module_of(path, facts) for path, facts in project.facts.items()}
    modules = _modules(project, homes)
    resolvers: dict[str, Resolver] = {
        "Go": GoImports.of(project),
        "Python": PythonImports.of(project),
        "Rust": RustImports.of(project),
    }
    resolvers["JavaScript"] = resolvers["TypeScript"] = JavaScriptImports.of(project)
    found: Counter[tuple[str, str, Strength]] = Counter()
    outside: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    lost: set[tuple[str, str, int]] = set()
    for path in sorted(homes):
        facts, home = project.facts[path], homes[path]
        resolver = resolvers.get(facts.language)
        for one in facts.imports if resolver is not None else ():
            match resolver.resolve(path, one) if resolver is not None else None:
                case Inside(paths=()):
                    lost.add((home, one.target, one.line))
                case Inside(paths=paths):
                    for target in paths:
                        if homes.get(target, target) != home:
                            found[home, homes.get(target, target), one.strength] += 1
                case Outside(name=name, origin=origin):
                    outside[facts.language, name, origin].add(home)
    edges = _edges(found)
    bare = _graph(modules, (edge for edge in edges if edge.strength == "import"))
    return Imports(
        modules,
        edges,
        tuple(Package(*what, len(users)) for what, users in sorted(outside.items())),
        tuple(sorted(lost)),
        _cycles(bare),
        _layers(_graph(modules, edges)),
        Counter(edge.target for edge in edges if modules[edge.source].role != "test"),
    )


def _module_of(path: str, facts: Facts) -> str:
    is_package = facts.language == "Go" and not path.endswith("_test.go")
    return package_of(path) if is_package else path


def _modules(project: Project, homes: Mapping[str, str]) -> dict[str, Module]:
    files: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(homes):
        files[homes[path]].append(path)
    modules = {}
    for name, paths in sorted(files.items()):
        facts = [project.facts[path] for path in paths]
        language = facts[0].language
        modules[name] = Module(
            name,
            language,
            role_of(paths[0], language),
            tuple(paths),
            sum(one.lines for one in facts),
            sum(one.code_lines for one in facts),
            any(one.is_entry for one in facts),
        )
    return modules


def _edges(found: Mapping[tuple[str, str, Strength], int]) -> tuple[Edge, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    strongest: dict[tuple[str, str], Strength] = {}
    for (source, target, strength), count in found.items():
        pair = (source, target)
        counts[pair] += count
        before = strongest.get(pair, strength)
        strongest[pair] = min(before, strength, key=STRENGTHS.index)
    return tuple(
        Edge(source, target, strongest[source, target], count)
        for (source, target), count in sorted(counts.items())
    )


def _graph(modules: Iterable[str], edges: Iterable[Edge]) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(modules)
    graph.add_edges_from((edge.source, edge.target) for edge in edges)
    return graph


def _cycles(graph: nx.DiGraph[str]) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    tangled = (tuple(sorted(one)) for one in nx.strongly_connected_components(graph) if len(one) > 1)
    return tuple((members, _way_around(graph, members)) for members in sorted(tangled))


def _way_around(graph: nx.DiGraph[str], members: Sequence[str]) -> tuple[str, ...]:
    """A shortest way from the first member back to it, breadth first, neighbours in their order."""
    start, among = members[0], set(members)
    before: dict[str, str] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in sorted(among.intersection(graph.successors(here))):
            if there == start:
                way = [here]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return tuple(reversed(way))
            if there not in before:
                before[there] = here
                queue.append(there)
    raise AssertionError("a strongly connected component has a way around")


def _layers(graph: nx.DiGraph[str]) -> dict[str, int]:
    """The longest way down from each module; those of a cycle lie on one layer."""
    whole = nx.condensation(graph)
    level: dict[int, int] = {}
    for component in reversed(list(nx.topological_sort(whole))):
        level[component] = max((level[below] + 1 for below in whole.successors(component)), default=0)
    mapping: Mapping[str, int] = whole.graph["mapping"]
    return {name: level[mapping[name]] for name in sorted(mapping)}
