"""A plan as a mermaid flowchart, which GitHub and many editors render."""

from __future__ import annotations

import re

from mmm_lang.plan import ir
from mmm_lang.plan.captions import Captions
from mmm_lang.plan.graph import Plan

_PLAIN = re.compile(r"[^\W_]|[ ,/()]|:(?= )|(?<=\w)[_.](?=\w)|(?<=.)[-.](?=.|$)")
"""Characters that a label holds as they are. The others would be a quote, an entity, Markdown, a formula, a comment or
a directive to some version of mermaid."""

_WWW = re.compile(r"(?i)\bwww\.")


def draw_mermaid(plan: Plan) -> str:
    """The plan as the text of a mermaid diagram: nodes ``n0``, ``n1``, … in the order of the plan, then its edges."""
    captions = Captions.of(plan)
    names = {key: f"n{number}" for number, key in enumerate(plan.nodes)}
    lines = ["flowchart TD"]
    for key, node in plan.nodes.items():
        left, right = _shape(node)
        label = "<br/>".join(_escaped(line) for line in captions.node(node))
        lines.append(f'    {names[key]}{left}"{label}"{right}')
    for source, target, kind, carried in plan.edges():
        caption = _escaped(captions.edge(source, target, kind, carried))
        words = f'|"{caption}"|' if caption else ""
        lines.append(f"    {names[source]} {_arrow(kind)}{words} {names[target]}")
    return "\n".join(lines) + "\n"


def _shape(node: ir.Node) -> tuple[str, str]:
    """The brackets around a node's label: an agent call is round, a script square, a handler a hexagon."""
    match node:
        case ir.Mark():
            return "([", "])"
        case ir.Handler():
            return "{{", "}}"
        case ir.Step(key="until"):
            return "[/", "\\]"
        case ir.Step(action=ir.AgentCall()):
            return "(", ")"
        case ir.Step(action=ir.Group() | ir.ForEach() | ir.Call()):
            return "[[", "]]"
        case ir.Step():
            return "[", "]"


def _arrow(kind: ir.EdgeKind) -> str:
    match kind:
        case "data":
            return "-.->"
        case "on_failure" | "on_exit":
            return "==>"
        case _:
            return "-->"


def _escaped(text: str) -> str:
    """Text for a quoted label, its special characters as mermaid's entity codes."""
    # mermaid breaks the line at a backslash before an n, even where the backslash is an entity
    text = text.replace("\\n", "\\\u200bn")
    plain = {match.start() for match in _PLAIN.finditer(text)}
    plain -= {match.end() - 1 for match in _WWW.finditer(text)}
    return "".join(one if at in plain else f"#{ord(one)};" for at, one in enumerate(text))
