"""What a test expects, read from its `expect:`."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import ForEach, Handler, Step
from mmm_lang.source import Span
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.values import Values
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Scalar
from mmm_lang.testing.keys import AT_MOST, EXPECT, STATUSES
from mmm_lang.testing.model import Expected, Stop, is_turn
from mmm_lang.testing.shape import Shape

_VERDICTS = ("succeeded", "failed", "skipped")


def read_expectations(
    entry: Entry | None, plan: Plan, findings: Findings, values: Values, shape: Shape
) -> dict[str, Expected]:
    """The expectations by their keys, those of `at_most` as ``at_most.KEY``."""
    if entry is None:
        return {}
    if not isinstance(entry.value, Mapping):
        shape.no_mapping(entry.value, entry.value.span, "`expect`", "status")
        return {}
    reader = _Reader(plan, findings, values, shape)
    found: dict[str, Expected] = {}
    for key, one in shape.entries(entry.value, EXPECT, "`expect`").items():
        if key == "at_most":
            found |= {f"at_most.{name}": value for name, value in reader.at_most(one)}
            continue
        value = reader.value(key, one)
        if value is not None:
            found[key] = Expected(value, one.value.span, one.key.span)
    return found


class _Reader:
    def __init__(self, plan: Plan, findings: Findings, values: Values, shape: Shape) -> None:
        self._plan = plan
        self._findings = findings
        self._values = values
        self._shape = shape

    def value(self, key: str, entry: Entry) -> object:
        """The value of an expectation; ``None`` where it is none, which has been said."""
        values = self._values
        match key:
            case "status":
                return _plain(values.choice(entry, STATUSES))
            case "reason" | "message":
                return _plain(values.text(entry))
            case "exit_code" | "iterations" | "agent_calls":
                return _plain(values.integer(entry, 0))
            case "cost_usd":
                return self._shape.number(entry, None)
            case "path":
                return tuple(self._stops(entry))
            case "outputs":
                return self._outputs(entry)
            case "commits":
                listed = values.texts(entry)
                return None if listed is None else tuple(one.value for one in listed)
            case "files":
                return self._shape.files(entry)
        return None

    def at_most(self, entry: Entry) -> Iterator[tuple[str, Expected]]:
        if not isinstance(entry.value, Mapping):
            self._shape.no_mapping(entry.value, entry.value.span, "`at_most`", "agent_calls")
            return
        for key, one in self._shape.entries(entry.value, AT_MOST, "`at_most`").items():
            match key:
                case "duration":
                    value = _plain(self._values.duration(one))
                case "cost_usd":
                    value = self._shape.number(one, None)
                case _:
                    value = _plain(self._values.integer(one, 0))
            if value is not None:
                yield key, Expected(value, one.value.span, one.key.span)

    def _stops(self, entry: Entry) -> Iterator[Stop]:
        for item in self._values.items(entry, "a list of stops, such as `- review: succeeded`"):
            match item.node:
                case Mapping(entries=[one]) if isinstance(one.value, Scalar):
                    self._check_stop(one.key.value, one.key.span, one.value.value, one.value.span)
                    yield Stop(one.key.value, one.value.value)
                case other:
                    advice = "write `- STEP: succeeded`, `- HANDLER: round 1` or `- iteration: 2`"
                    self._findings.error("wrong-type", other.span, "this is not a stop of a path", advice)

    def _check_stop(self, name: str, name_span: Span, what: str, span: Span) -> None:
        node = self._plan.nodes.get(name)
        if isinstance(node, Step):
            if what not in _VERDICTS and not (isinstance(node.action, ForEach) and is_turn(what)):
                message = f"a step cannot have `{what}`"
                known = "write `succeeded`, `failed` or `skipped`"
                self._shape.replaceable("invalid-value", span, message, what, _VERDICTS, known)
        elif isinstance(node, Handler):
            if not what.startswith("round ") or not what.removeprefix("round ").isdecimal():
                self._findings.error("invalid-value", span, "a handler has rounds", "write `round 1`")
        elif name != "iteration":
            known_names = [key for key, one in self._plan.nodes.items() if isinstance(one, Step | Handler)]
            message = f"the playbook has no step or handler `{name}`"
            self._shape.replaceable(
                "undefined-step",
                name_span,
                message,
                name,
                known_names,
                "`mmm graph` shows the key of every step",
            )
        elif not what.isdecimal():
            self._findings.error("invalid-value", span, "an iteration has a number", "write `- iteration: 1`")

    def _outputs(self, entry: Entry) -> dict[str, str | None] | None:
        if not isinstance(entry.value, Mapping):
            self._shape.no_mapping(entry.value, entry.value.span, "`outputs`", "review.spec")
            return None
        found: dict[str, str | None] = {}
        steps = [step.key for step in self._plan.steps]
        for one in entry.value.entries:
            step, dot, _ = one.key.value.partition(".")
            if not dot or step not in steps:
                written = one.key.value if dot else f"{one.key.value}.output"
                message = (
                    f"`{one.key.value}` is no field of a step"
                    if not dot
                    else f"the playbook has no step `{step}`"
                )
                names = [f"{key}.{written.partition('.')[2]}" for key in steps]
                advice = "write `STEP.FIELD`, such as `review.spec`"
                self._shape.replaceable("undefined-step", one.key.span, message, written, names, advice)
            elif isinstance(one.value, Scalar):
                found[one.key.value] = None if resolve(one.value) is None else one.value.value
            else:
                self._findings.error(
                    "wrong-type", one.value.span, f"`{one.key.value}` must be a text", "write one text"
                )
        return found


def _plain(located: object) -> object:
    """The value of a ``Located``."""
    return getattr(located, "value", None)
