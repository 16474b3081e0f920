"""What stands in the boxes and on the arrows of a drawing, whatever draws it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import plural
from mmm_lang.plan import ir, wording
from mmm_lang.plan.graph import Plan

Enclosing = Mapping[str, tuple[ir.Handler, ...]]


@frozen
class Captions:
    """The captions of one plan. ``enclosing`` has the handlers around a step or handler, the innermost first."""

    plan: Plan
    _enclosing: Enclosing = field(repr=False)

    @classmethod
    def of(cls, plan: Plan) -> Captions:
        """The captions of a plan."""
        enclosing: dict[str, tuple[ir.Handler, ...]] = {}
        _enclose(plan, plan.top(), (), enclosing)
        return cls(plan, enclosing)

    def node(self, node: ir.Node) -> tuple[str, ...]:
        """The lines in a node's box, its key first."""
        match node:
            case ir.Step(key="until"):
                return (
                    node.key,
                    wording.action(node),
                    "ends the session where it succeeds",
                    *wording.traits(self.plan, node),
                )
            case ir.Step():
                return node.key, wording.action(node), *wording.traits(self.plan, node)
            case ir.Handler():
                return node.key, *wording.rounds(node)
            case ir.Mark(key="start"):
                return node.key, visible(self.plan.header.name), wording.iterations(self.plan.header)
            case ir.Mark():
                return (node.key,)

    def edge(self, source: str, target: str, kind: ir.EdgeKind, label: str | None) -> str:
        """The words on an arrow; empty where it says enough by itself."""
        match kind:
            case "on_failure" | "on_exit":
                handler = self.plan.handler(target)
                most = "" if handler.empty else f", up to {plural(handler.max_attempts, 'round')}"
                return f"{wording.answered(handler)}{most}"
            case "on_success":
                return "on success"
            case "data":
                return visible(label or "")
            case "join":
                return self._join(source, target)
        return ""

    def _join(self, source: str, target: str) -> str:
        """Where an arrow leaves handlers, the steps that they repair have to succeed first."""
        inside, outside = self._enclosing.get(source, ()), self._enclosing.get(target, ())
        left = inside[: len(inside) - len(outside)]
        ends = (
            f"{one.owner} succeeds{'' if one.fail_workflow else ' or its rounds are spent'}" for one in left
        )
        return f"once {', then '.join(ends)}" if left else ""


def _enclose(
    plan: Plan,
    steps: Iterable[ir.Step],
    around: tuple[ir.Handler, ...],
    enclosing: dict[str, tuple[ir.Handler, ...]],
) -> None:
    for step in steps:
        enclosing[step.key] = around
        _enclose(plan, plan.inside(step.key), around, enclosing)
        for handler in plan.handlers(step.key):
            enclosing[handler.key] = around
            _enclose(plan, plan.inside(handler.key), (handler, *around), enclosing)
        _enclose(plan, plan.after_success(step.key), around, enclosing)
