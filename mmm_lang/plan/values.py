"""Lowering of templates and conditions: names become targets, places in the file are left behind."""

from __future__ import annotations

from collections.abc import Mapping

from mmm_lang.analysis.check import Analysis
from mmm_lang.analysis.scopes import (
    EnvironmentTarget,
    InputTarget,
    ItemTarget,
    ShellsOwn,
    StepTarget,
    VariableTarget,
)
from mmm_lang.plan import ir
from mmm_lang.syntax import nodes
from mmm_lang.syntax.input_types import InputType


def loop_key(action: nodes.ForEachAction, key: str) -> str:
    """The key of the node that is the loop; ``key`` is the step's, which is a group where a command prints the items."""
    return key if action.lookup is None else f"{key}.each"


class Values:
    """Lowers the values of one analysed playbook; ``call`` is the key of the step that calls it, if one does."""

    def __init__(self, analysis: Analysis, call: str | None = None) -> None:
        self._analysis = analysis
        self._call = call

    def key(self, node: nodes.Step | nodes.Handler) -> str:
        """The key of a step or handler in the plan: of one in a playbook that is called, below that of the call."""
        key = self._analysis.keys.of(node)
        return key if self._call is None else f"{self._call}/{key}"

    def passed(self, one: nodes.PassedInput, kind: InputType) -> ir.Passed:
        """A value for an input of that type of a playbook that is called."""
        return ir.Passed(one.name.value, tuple(map(self.template, one.values)), one.is_list, kind)

    def template(self, template: nodes.Template) -> ir.Template:
        """A template outside a script."""
        return self._template(template, {})

    def script(self, template: nodes.Template) -> ir.Template:
        """A script: every hole of ours has its quoting context, which the analysis found; the shell's own stay text."""
        found = self._analysis.facts.places
        return self._template(template, {hole: found[hole].place for hole in template.holes if hole in found})

    def hole(self, hole: nodes.Hole, place: ir.Place | None = None) -> ir.Hole:
        target = self._target(hole)
        assert target is not None, "a playbook without errors resolves every reference"
        filters = tuple(ir.Filter(one.name, one.argument) for one in hole.filters)  # type: ignore[arg-type]  # the parser has checked the name
        return ir.Hole(target, hole.written, hole.default, filters, place)

    def condition(self, condition: nodes.Condition) -> ir.Expression:
        assert condition.expression is not None, "a playbook without errors has whole conditions"
        return self._expression(condition.expression)

    def _template(
        self, template: nodes.Template, places: Mapping[nodes.Hole, ir.Place | None]
    ) -> ir.Template:
        parts: list[str | ir.Hole] = []
        for part in template.parts:
            if isinstance(part, nodes.Text):
                lowered: str | ir.Hole = part.value
            elif self._target(part) is None:
                lowered = template.raw[part.start : part.end]
            else:
                lowered = self.hole(part, places.get(part))
            if isinstance(lowered, str) and parts and isinstance(parts[-1], str):
                parts[-1] += lowered
            elif lowered != "":
                parts.append(lowered)
        return ir.Template(tuple(parts))

    def _target(self, hole: nodes.Hole) -> ir.Target | None:
        """What a hole names; ``None`` where it is the shell's own."""
        resolution = self._analysis.resolutions.get(hole)
        match resolution.target if resolution is not None else None:
            case StepTarget(step=step, field=field, path=path):
                return ir.StepField(self.key(step), field, path)
            case VariableTarget(name=name):
                return ir.Variable(name)
            case InputTarget(name=name, path=path):
                if self._call is None:
                    return ir.Variable(f"inputs.{name}", path)
                return ir.Argument(self._call, name, path)
            case EnvironmentTarget(name=name):
                return ir.Environment(name)
            case ItemTarget(loop=loop, path=path):
                return ir.Item(None if loop is None else self._loop(loop), path)
            case ShellsOwn():
                return None
        return None

    def _loop(self, loop: nodes.Step) -> str:
        assert isinstance(loop.action, nodes.ForEachAction)
        return loop_key(loop.action, self.key(loop))

    def _expression(self, expression: nodes.Expression) -> ir.Expression:
        match expression:
            case nodes.Constant(value=value):
                return ir.Constant(value)
            case nodes.Reference(hole=hole):
                return ir.Operand(self.hole(hole))
            case nodes.Not(operand=operand):
                return ir.Not(self._expression(operand))
            case nodes.Both(operator=logical, left=left, right=right):
                return ir.Both(logical, self._expression(left), self._expression(right))
            case nodes.Comparison(operator=relation, left=left, right=right):
                return ir.Comparison(relation, self._expression(left), self._expression(right))
            case nodes.Membership(left=left, choices=choices):
                return ir.Membership(self._expression(left), tuple(self._expression(one) for one in choices))
