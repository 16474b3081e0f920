"""Lowering: an analysed playbook without errors becomes the graph that is drawn, bounded and run."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
from attrs import evolve

from mmm_lang.analysis.callees import Callee
from mmm_lang.analysis.check import Analysis
from mmm_lang.plan import ir
from mmm_lang.plan.graph import END, START, UNTIL, Plan
from mmm_lang.plan.headers import header_of
from mmm_lang.plan.holes import holes_of
from mmm_lang.plan.steps import Steps, Surroundings
from mmm_lang.plan.values import Values, loop_key
from mmm_lang.syntax import nodes

DEFAULT_ROUNDS = 3


def lower(analysis: Analysis) -> Plan:
    """The plan of a playbook. Raises ``ValueError`` where the analysis has errors: they come first."""
    if not analysis.ok:
        raise ValueError("a playbook with errors has no plan")
    return _Lowering(analysis).plan()


def lower_merge(analysis: Analysis) -> Plan | None:
    """The plan of the steps of `merge:`, which run once; ``None`` where there are none. Raises as `lower` does."""
    return _lower_part(analysis, analysis.merge, "after the merge")


def lower_opening(analysis: Analysis) -> Plan | None:
    """The plan of what runs once before the items of `map:` are there: its `setup:`, and at the end, where a command
    prints the items, a shell step with the key `analysis.keys.ITEMS`; ``None`` where there is nothing. Raises as `lower`
    does."""
    return _lower_part(analysis, analysis.opening, "before the items")


def lower_reduce(analysis: Analysis) -> Plan | None:
    """The plan of the steps of `reduce:`, which run once; ``None`` where there are none. Raises as `lower` does."""
    return _lower_part(analysis, analysis.reduce, "after all items")


def _lower_part(analysis: Analysis, part: Analysis | None, when: str) -> Plan | None:
    if not analysis.ok:
        raise ValueError("a playbook with errors has no plan")
    if part is None:
        return None
    plan = _Lowering(part).plan()
    name = f"{plan.header.name}, {when}"
    plan.graph.graph["header"] = evolve(plan.header, name=name, max_iterations=1, map=None)
    return plan


class _Lowering:
    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.playbook = analysis.playbook
        self.values = Values(analysis)
        self.steps = Steps(self.playbook, self.values)
        self.graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        self.edges: list[tuple[str, str, ir.EdgeKind, str | None]] = []

    def inside(self, key: str, callee: Analysis) -> _Lowering:
        """What lowers the playbook that the step of this key calls, into the same graph."""
        inner = _Lowering(callee)
        inner.values = Values(callee, key)
        settings = self.steps.settings(nodes.Settings())
        inner.steps = Steps(callee.playbook, inner.values, settings, callee.source.path)
        inner.graph, inner.edges = self.graph, self.edges
        return inner

    def plan(self) -> Plan:
        self.graph.graph["header"] = header_of(self.analysis, self.steps)
        around = Surroundings(env=self.steps.env(self.playbook.env))
        until = self.playbook.until
        self.add(START, ir.Mark("start"))
        last = END if until is None else UNTIL
        first = self.add_list(self.playbook.steps, last, around, "then")
        if until is not None:
            self.add(UNTIL, self.steps.until(until, around))
            self.edge(UNTIL, END, "then")
        self.add(END, ir.Mark("end"))
        self.edge(START, first, "then")
        self.add_data_edges()
        self.join_nodes()
        assert nx.is_directed_acyclic_graph(self.graph), "a lowered playbook has no cycle"
        return Plan(self.graph)

    def add(self, key: str, node: ir.Node) -> None:
        self.graph.add_node(key, node=node)

    def edge(self, source: str, target: str, kind: ir.EdgeKind, label: str | None = None) -> None:
        self.edges.append((source, target, kind, label))

    def join_nodes(self) -> None:
        """Add the edges that were noted. Each waits until its nodes are there: the graph would otherwise make its
        target at once, and the nodes would not be in the order of the text."""
        for source, target, kind, label in self.edges:
            attributes = {"kind": kind} if label is None else {"kind": kind, "label": label}
            self.graph.add_edge(source, target, **attributes)
        self.edges.clear()

    def add_list(
        self, steps: tuple[nodes.Step, ...], onwards: str, around: Surroundings, end: ir.EdgeKind
    ) -> str:
        """Add a list whose last step leads ``onwards`` by an edge of kind ``end``; gives the key of its first."""
        if not steps:
            return onwards
        keys = [self.values.key(step) for step in steps]
        for step, key, following in zip(steps, keys, [*keys[1:], None], strict=True):
            self.add_step(step, key, following or onwards, around)
            self.edge(key, following or onwards, "then" if following else end)
        return keys[0]

    def add_step(self, step: nodes.Step, key: str, onwards: str, around: Surroundings) -> None:
        lowered = self.steps.lower(step, key, around)
        self.add(key, lowered)
        inner = Surroundings(around.env + self.steps.env(step.env), around.main_line, lowered.rerun)
        if isinstance(step.action, nodes.GroupAction) and step.action.steps:
            self.edge(key, self.add_list(step.action.steps, onwards, inner, "join"), "branch")
        elif isinstance(step.action, nodes.ForEachAction):
            self.add_loop(step.action, lowered, onwards, inner)
        if isinstance(step.action, nodes.CallAction):
            self.add_call(step, step.action, lowered, onwards, inner)
        repairs = Surroundings(around.env, main_line=False)
        for handler, kind, codes in _handlers(step):
            node = self.add_handler(handler, key, codes, kind)
            if handler.steps:
                self.edge(node.key, self.add_list(handler.steps, onwards, repairs, "join"), "branch")
            elif not node.fail_workflow:
                self.edge(node.key, onwards, "join")
        if step.on_success:
            self.edge(key, self.add_list(step.on_success, onwards, around, "join"), "on_success")

    def add_loop(self, action: nodes.ForEachAction, loop: ir.Step, onwards: str, inner: Surroundings) -> None:
        """The inside of a loop. With a command that prints its items, the step becomes a group of that and the loop."""
        if action.lookup is not None:
            self.add(loop.key, evolve(loop, title="items and loop", action=ir.Group()))
            lookup = self.steps.lower(action.lookup, self.values.key(action.lookup), inner)
            self.add(lookup.key, evolve(lookup, commit=False))
            self.edge(loop.key, lookup.key, "branch")
            loop = ir.Step(
                key=loop_key(action, loop.key),
                title=loop.title,
                line=loop.line,
                action=loop.action,
                main_line=inner.main_line,
                rerun=inner.rerun,
                env=inner.env,
            )
            self.add(loop.key, loop)
            self.edge(lookup.key, loop.key, "then")
            self.edge(loop.key, onwards, "join")
        if action.steps:
            self.edge(loop.key, self.add_list(action.steps, onwards, inner, "join"), "branch")

    def add_call(
        self, step: nodes.Step, action: nodes.CallAction, lowered: ir.Step, onwards: str, around: Surroundings
    ) -> None:
        """Add the steps of the playbook that a step calls, and complete the step itself."""
        called = self.analysis.facts.calls.get(step)
        if not isinstance(called, Callee):
            raise ValueError("a playbook whose calls nobody has followed has no plan")
        playbook = called.playbook
        inner = self.inside(lowered.key, called.analysis)
        call = ir.Call(
            playbook=action.playbook.value,
            inputs=tuple(_arguments(action, playbook, self.values)),
            outputs=tuple((one.name.value, inner.values.template(one.value)) for one in playbook.outputs),
            protect=tuple(pattern.value for pattern in playbook.protect),
        )
        self.add(lowered.key, evolve(lowered, action=call))
        inside = Surroundings(around.env + inner.steps.env(playbook.env), around.main_line, around.rerun)
        body = playbook.steps if playbook.setup is None else playbook.steps[1:]
        self.edge(lowered.key, inner.add_list(body, onwards, inside, "join"), "branch")

    def add_handler(
        self, handler: nodes.Handler, owner: str, codes: tuple[int, ...] | None, kind: ir.EdgeKind
    ) -> ir.Handler:
        node = ir.Handler(
            key=self.values.key(handler),
            owner=owner,
            max_attempts=handler.max_attempts.value if handler.max_attempts else DEFAULT_ROUNDS,
            fail_workflow=handler.fail_workflow.value if handler.fail_workflow else True,
            codes=codes or (),
            default=kind == "on_exit" and codes is None,
            empty=not handler.steps,
        )
        self.add(node.key, node)
        self.edge(owner, node.key, kind)
        return node

    def add_data_edges(self) -> None:
        """One edge from every step to each step that reads it, labelled with what is read."""
        for step in Plan(self.graph).steps:
            read: dict[str, dict[str, None]] = {}
            for hole in holes_of(step):
                if isinstance(hole.target, ir.StepField):
                    read.setdefault(hole.target.step, {})[_field(hole.target)] = None
            for producer, names in read.items():
                self.edge(producer, step.key, "data", ", ".join(names))


def _arguments(action: nodes.CallAction, playbook: nodes.Playbook, values: Values) -> Iterator[ir.Passed]:
    """A value for every input of a playbook that is called: what is given, or else the default."""
    given = {one.name.value: one for one in action.inputs}
    for declared in playbook.inputs:
        name = declared.name.value
        if name in given:
            yield values.passed(given[name], declared.kind)
        elif declared.default is not None:
            yield ir.Passed(name, (ir.Template((declared.default.value,)),), type=declared.kind)


def _field(target: ir.StepField) -> str:
    return ".".join((target.field, *target.path))


def _handlers(step: nodes.Step) -> Iterator[tuple[nodes.Handler, ir.EdgeKind, tuple[int, ...] | None]]:
    for entry in step.on_exit_code:
        yield entry.handler, "on_exit", (entry.code.value,) if entry.code is not None else None
    if step.on_failure is not None:
        yield step.on_failure, "on_failure", ()
