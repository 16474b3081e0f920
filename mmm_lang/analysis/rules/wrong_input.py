"""A value is no value of the type that an input has.

## What it does
Reports a value under `inputs:` beside `playbook:` that does not fit the `type:` which the other file declares for it, and
a default that does not fit its own. A reference is judged by what it stands for: a list or JSON is no number.

## Why
The step would fail when its turn comes, after all before it have been paid for.

## Example
```yaml
- playbook: lib/test.yml
  inputs: {target: src, level: high}
```

## Use instead
```yaml
- playbook: lib/test.yml
  inputs: {target: src, level: 3}
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.callees import Callee
from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.types import Type, is_number, type_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.input_types import TITLES, InputType, fits
from mmm_lang.syntax.nodes import CallAction, Hole, Input, PassedInput, Template

SEVERITY: Severity = "error"

_EXAMPLES: dict[InputType, str] = {
    "text": "write a text",
    "path": "write a path, which is not empty and on one line",
    "number": "write a number, such as 3 or 0.5",
    "boolean": "write `true` or `false`",
    "list": "write a list, such as `[a, b]`, or one item a line",
    "json": 'write JSON, such as `{"level": 3}`',
}
_SHOWN = 40


def check(facts: Facts) -> Iterator[Diagnostic]:
    yield from _of_defaults(facts)
    for step, called in facts.calls.items():
        if not isinstance(called, Callee) or not isinstance(step.action, CallAction):
            continue
        declared = {one.name.value: one for one in called.playbook.inputs}
        for passed in step.action.inputs:
            one = declared.get(passed.name.value)
            found = _misfit(facts, _kind(one), passed) if one is not None else None
            if one is None or found is None:
                continue
            span, what = found
            place = one.type.span if one.type is not None else one.name.span
            yield _finding(facts, span, one, what, (Label(place, "declared here", called.source),))


def _of_defaults(facts: Facts) -> Iterator[Diagnostic]:
    for one in facts.playbook.inputs:
        if one.default is not None and one.type is not None and not fits(_kind(one), one.default.value):
            said = (Label(one.type.span, "the type of this input"),)
            yield _finding(facts, one.default.span, one, _shown(one.default.value), said)


def _finding(facts: Facts, span: Span, one: Input, what: str, said: tuple[Label, ...]) -> Diagnostic:
    kind = _kind(one)
    return Diagnostic(
        rule="wrong-input",
        severity=SEVERITY,
        message=f"the input `{one.name.value}` is {TITLES[kind]}, and {what} is none",
        source=facts.source,
        primary=Label(span, f"not {TITLES[kind]}"),
        secondary=said,
        help=(_EXAMPLES[kind],),
    )


def _kind(one: Input | None) -> InputType:
    return "text" if one is None else one.kind


def _misfit(facts: Facts, kind: InputType, passed: PassedInput) -> tuple[Span, str] | None:
    """The place of a value that is none of its type, and what it is."""
    if passed.is_list:
        fine = kind in ("list", "json", "text")
        return None if fine else (passed.span, "a list")
    (template,) = passed.values
    if not template.holes:
        text = "".join(part.value for part in template.parts if not isinstance(part, Hole))
        return None if fits(kind, text) else (template.span, _shown(text))
    found = _type_of_whole(facts, template)
    if found is None or _can_be(found, kind):
        return None
    return template.span, f"`{template.raw}`, which is {found.title},"


def _type_of_whole(facts: Facts, template: Template) -> Type | None:
    """The type of a template that is one reference and nothing else; ``None`` where nothing is known."""
    if len(template.parts) != 1 or not isinstance(template.parts[0], Hole):
        return None
    resolution = facts.resolutions.get(template.parts[0])
    return type_of(resolution) if resolution is not None else None


def _can_be(found: Type, kind: InputType) -> bool:
    """Whether a value of a type can be one of an input's. Text can be anything, and anything is text."""
    if kind in ("text", "json") or found.kind == "text":
        return kind != "json" or found.kind not in ("path", "word")
    if found.kind == "word":
        choices = found.choices or ()
        return kind in ("path", "list") or any(fits(kind, one) for one in choices)
    if kind == "number":
        return found.kind == "number" or (
            found.kind == "boolean" and any(map(is_number, found.choices or ()))
        )
    return {
        "path": found.kind == "path",
        "boolean": found.kind in ("boolean", "json"),
        "list": found.kind in ("list", "json", "path"),
    }[kind]


def _shown(text: str) -> str:
    """What people call a text that is written in the playbook."""
    if not text.strip():
        return "an empty text"
    if "\n" in text.strip():
        return "a text of several lines"
    line = " ".join(text.split())
    return f"`{line}`" if len(line) <= _SHOWN else f"`{line[: _SHOWN - 1]}…`"
