"""A plan in the language of graphviz: ``mmm graph --format dot PLAYBOOK | dot -Tsvg``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from attrs import frozen

from mmm_lang.plan import ir
from mmm_lang.plan.captions import Captions
from mmm_lang.plan.graph import END, START, UNTIL, Plan

_LABEL_WIDTH = 48
_CAPTION_WIDTH = 28

_HEAD = (
    "rankdir=TB",
    'fontname="Helvetica,Arial,sans-serif"',
    'node [fontname="Helvetica,Arial,sans-serif", fontsize=11, shape=box, margin="0.15,0.08"]',
    'edge [fontname="Helvetica,Arial,sans-serif", fontsize=9]',
)
_EDGE_STYLES: dict[ir.EdgeKind, str] = {
    "on_failure": 'color="#b3261e", fontcolor="#b3261e", penwidth=2',
    "on_exit": 'color="#b3261e", fontcolor="#b3261e", penwidth=2',
    "on_success": 'color="#1b6e3c", fontcolor="#1b6e3c"',
    "join": 'color="#5f6368", fontcolor="#5f6368"',
    "data": 'color="#3367d6", fontcolor="#3367d6", style=dashed, constraint=false',
}


def draw_dot(plan: Plan) -> str:
    """The plan as a digraph: nodes ``n0``, ``n1``, … in the order of the plan, a cluster for each group and handler."""
    return "\n".join(("digraph plan {", *_Dot(plan, Captions.of(plan), _names(plan)).lines(), "}", ""))


def _names(plan: Plan) -> dict[str, str]:
    return {key: f"n{number}" for number, key in enumerate(plan.nodes)}


@frozen
class _Dot:
    plan: Plan
    captions: Captions
    names: dict[str, str]

    def lines(self) -> Iterator[str]:
        plan = self.plan
        yield from (f"  {line};" for line in _HEAD)
        yield self.node(START, "  ")
        yield from self.steps(plan.top(), "  ")
        yield from (self.node(key, "  ") for key in (UNTIL, END) if key in plan.nodes)
        for edge in plan.edges():
            yield self.edge(*edge)

    def steps(self, steps: Iterable[ir.Step], left: str) -> Iterator[str]:
        """The nodes of a list, with the lists inside."""
        for step in steps:
            if isinstance(step.action, ir.Region):
                yield from self.cluster(step.key, 'style="rounded", color="#9aa0a6"', left)
            else:
                yield self.node(step.key, left)
            for handler in self.plan.handlers(step.key):
                yield from self.cluster(handler.key, 'style="rounded,dashed", color="#b3261e"', left)
            yield from self.steps(self.plan.after_success(step.key), left)

    def cluster(self, key: str, style: str, left: str) -> Iterator[str]:
        """A group or handler: its own node and the steps inside."""
        inner = f"{left}  "
        yield f"{left}subgraph cluster_{self.names[key]} {{"
        yield f"{inner}{style.replace(', ', '; ')};"
        yield self.node(key, inner)
        yield from self.steps(self.plan.inside(key), inner)
        yield f"{left}}}"

    def node(self, key: str, left: str) -> str:
        node = self.plan.nodes[key]
        lines = self.captions.node(node)
        label = "".join(rf"{_escaped(part)}\l" for line in lines for part in _wrapped(line, _LABEL_WIDTH))
        if isinstance(node, ir.Mark):
            label = r"\n".join(_escaped(part) for line in lines for part in _wrapped(line, _LABEL_WIDTH))
        return f'{left}{self.names[key]} [label="{label}"{_shape(node)}];'

    def edge(self, source: str, target: str, kind: ir.EdgeKind, carried: str | None) -> str:
        caption = self.captions.edge(source, target, kind, carried)
        # blanks keep the words off the arrow
        label = r"\n".join(f"  {_escaped(part)}" for part in _wrapped(caption, _CAPTION_WIDTH))
        attributes = [*([f'label="{label}"'] if label else []), *filter(None, [_EDGE_STYLES.get(kind)])]
        how = f" [{', '.join(attributes)}]" if attributes else ""
        return f"  {self.names[source]} -> {self.names[target]}{how};"


def _shape(node: ir.Node) -> str:
    """An agent call is round, a script square, a handler red."""
    match node:
        case ir.Mark():
            return ', shape=box, style="rounded,bold"'
        case ir.Handler():
            return ', style=filled, fillcolor="#fce8e6", color="#b3261e"'
        case ir.Step(key="until"):
            return ", shape=house, orientation=180"
        case ir.Step(action=ir.AgentCall()):
            return ', style="rounded,filled", fillcolor="#e8f0fe"'
        case ir.Step(action=ir.ForEach()):
            return ', peripheries=2, style=filled, fillcolor="#fef7e0"'
        case ir.Step(action=ir.Group() | ir.Call()):
            return ", peripheries=2"
        case ir.Step():
            return ""


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _escaped(text: str) -> str:
    """Text in a quoted label: graphviz gives backslashes a meaning there, and reads HTML's entities."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
