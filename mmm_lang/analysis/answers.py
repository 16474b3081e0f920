"""Reads of an agent's answer, held against the `output_schema` that the step declares."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.syntax.nodes import ClaudeAction, Hole, Step


def unknown_properties(facts: Facts) -> Iterator[Diagnostic]:
    """`unknown-field` for every `${id.json.name}` that the schema has no place for."""
    schemas = any(step.output_schema is not None for step in facts.outline.steps)
    for hole, resolution in facts.resolutions.items() if schemas else ():
        target = resolution.target
        if (
            isinstance(target, StepTarget)
            and target.field == "json"
            and target.path
            and not resolution.problems
        ):
            yield from _in_answer(facts, hole, target.step, target.path)


def _in_answer(facts: Facts, hole: Hole, step: Step, path: tuple[str, ...]) -> Iterator[Diagnostic]:
    from mmm_lang.analysis.schemas import NoSuchProperty, along, schema_of
    from mmm_lang.diagnostics.similar import nearest

    schema = schema_of(step) if isinstance(step.action, ClaudeAction) else None
    found = along(schema, path) if schema is not None else None
    if not isinstance(found, NoSuchProperty):
        return
    at = len(hole.path) - len(path) + found.position
    name, before = hole.names[at], hole.names[at - 1].value
    similar = nearest(name.value, found.known)
    if found.kind == "array":
        message, advice = (
            f"`{before}` is a list, and `{name.value}` is no index",
            "write an index first, as in `.0`",
        )
    elif found.kind is not None:
        message, advice = (
            f"`{before}` is of type `{found.kind}` and has no `{name.value}` in it",
            "read it as it is",
        )
    else:
        message = f"the answer of step `{facts.keys.of(step)}` has no `{name.value}`"
        known = ", ".join(f"`{one}`" for one in found.known)
        advice = f"replace with `{similar}`" if similar else f"`output_schema` has {known}"
    schema_place = step.output_schema.span if step.output_schema is not None else step.span
    yield Diagnostic(
        rule="unknown-field",
        severity="error",
        message=message,
        source=facts.source,
        primary=Label(name.span, "not in `output_schema`"),
        secondary=(Label(step.keys.get("output_schema", schema_place), "the schema"),),
        help=(advice,),
        fix=Fix(advice, "unsafe", (Edit(name.span, similar),)) if similar else None,
    )
