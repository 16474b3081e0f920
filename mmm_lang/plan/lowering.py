"""Lowering: an analysed playbook without errors becomes the graph that is drawn, bounded and run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import networkx as nx
from attrs import evolve

from mmm_lang.analysis.check import Analysis
from mmm_lang.plan import ir
from mmm_lang.plan.graph import END, START, UNTIL, Plan
from mmm_lang.plan.steps import Steps, Surroundings
from mmm_lang.plan.values import Values
from mmm_lang.syntax import nodes

DEFAULT_ROUNDS = 3


def lower(analysis: Analysis) -> Plan:
    """The plan of a playbook. Raises ``ValueError`` where the analysis has errors: they come first."""
    if not analysis.ok:
        raise ValueError("a playbook with errors has no plan")
    return _Lowering(analysis).plan()


def lower_merge(analysis: Analysis) -> Plan | None:
    """The plan of the steps of `merge:`, which run once; ``None`` where there are none. Raises as `lower` does."""
    if not analysis.ok:
        raise ValueError("a playbook with errors has no plan")
    if analysis.merge is None:
        return None
    plan = _Lowering(analysis.merge).plan()
    plan.graph.graph["header"] = evolve(
        plan.header, name=f"{plan.header.name}, after the merge", max_iterations=1
    )
    return plan


class _Lowering:
    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.playbook = analysis.playbook
        self.steps = Steps(self.playbook, Values(analysis))
        self.graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        self.edges: list[tuple[str, str, ir.EdgeKind, str | None]] = []

    def plan(self) -> Plan:
        self.graph.graph["header"] = self.header()
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
        keys = [self.analysis.keys.of(step) for step in steps]
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
        repairs = Surroundings(around.env, main_line=False)
        for handler, kind, codes in _handlers(step):
            node = self.add_handler(handler, key, codes, kind)
            if handler.steps:
                self.edge(node.key, self.add_list(handler.steps, onwards, repairs, "join"), "branch")
            elif not node.fail_workflow:
                self.edge(node.key, onwards, "join")
        if step.on_success:
            self.edge(key, self.add_list(step.on_success, onwards, around, "join"), "on_success")

    def add_handler(
        self, handler: nodes.Handler, owner: str, codes: tuple[int, ...] | None, kind: ir.EdgeKind
    ) -> ir.Handler:
        node = ir.Handler(
            key=self.analysis.keys.of(handler),
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

    def header(self) -> ir.Header:
        playbook, limits = self.playbook, self.playbook.limits
        stem = os.path.splitext(os.path.basename(playbook.source.path))[0].removesuffix(".mmm")
        bounds = ir.Limits()
        if limits is not None:
            bounds = ir.Limits(
                limits.agent_calls.value if limits.agent_calls else None,
                limits.cost_usd.value if limits.cost_usd else None,
                limits.duration.value if limits.duration else None,
            )
        return ir.Header(
            name=playbook.name.value if playbook.name else stem,
            form=playbook.form,
            description=playbook.description.value if playbook.description else None,
            inputs=tuple(
                ir.Input(one.name.value, one.default.value if one.default else None, one.description)
                for one in playbook.inputs
            ),
            secrets=tuple(name.value for name in playbook.secrets),
            protect=tuple(pattern.value for pattern in playbook.protect),
            max_iterations=playbook.max_iterations.value if playbook.max_iterations else None,
            limits=bounds,
            setup=playbook.setup is not None,
        )


def holes_of(step: ir.Step) -> Iterator[ir.Hole]:
    """Every reference of a lowered step, those of its action first."""
    yield from holes_of_action(step)
    for _, template in step.env:
        yield from template.holes
    for other in (step.commit_message, step.action.cwd if isinstance(step.action, ir.ShellRun) else None):
        if other is not None:
            yield from other.holes
    if step.when is not None:
        yield from holes_of_expression(step.when)


def holes_of_action(step: ir.Step) -> Iterator[ir.Hole]:
    """The references of a step's action: what decides that it has nothing to work on."""
    match step.action:
        case ir.AgentCall(prompt=prompt, args=args):
            yield from prompt.holes
            for arg in args:
                yield from arg.holes
        case ir.ShellRun(script=script):
            yield from script.holes
        case ir.Approve(question=question):
            yield from question.holes


def holes_of_expression(expression: ir.Expression) -> Iterator[ir.Hole]:
    """The references of a condition."""
    match expression:
        case ir.Operand(hole=hole):
            yield hole
        case ir.Not(operand=operand):
            yield from holes_of_expression(operand)
        case ir.Both(left=left, right=right) | ir.Comparison(left=left, right=right):
            yield from holes_of_expression(left)
            yield from holes_of_expression(right)
        case ir.Membership(left=left, choices=choices):
            yield from holes_of_expression(left)
            for choice in choices:
                yield from holes_of_expression(choice)


def _field(target: ir.StepField) -> str:
    return ".".join((target.field, *target.path))


def _handlers(step: nodes.Step) -> Iterator[tuple[nodes.Handler, ir.EdgeKind, tuple[int, ...] | None]]:
    for entry in step.on_exit_code:
        yield entry.handler, "on_exit", (entry.code.value,) if entry.code is not None else None
    if step.on_failure is not None:
        yield step.on_failure, "on_failure", ()
