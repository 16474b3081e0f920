"""A number is compared as text.

## What it does
Notes a number in quotes beside a reference that is a number: `${tests.exit_code} == "0"`.

## Why
Two texts are equal only if they are written the same, and `"1.0"` is not `"1"`. Without quotes the two are compared as
numbers.

## Example
```yaml
- shell: "make test"
  id: tests
  ok_exit_codes: [0, 1]
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.exit_code} == "1"
```

## Use instead
```yaml
- shell: "make test"
  id: tests
  ok_exit_codes: [0, 1]
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.exit_code} == 1
```

## Fix
The quotes are removed. Unsafe: an exit code that is missing, after a timeout, is then an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.types import is_number, type_of
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.syntax.nodes import Both, Comparison, Constant, Expression, Membership, Not, Reference

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        expression = step.when.expression if step.when is not None else None
        for left, constant in _pairs(expression) if expression is not None else ():
            resolution = facts.resolutions.get(left.hole)
            found = type_of(resolution) if resolution is not None else None
            text = constant.value
            if found is None or found.kind != "number" or not isinstance(text, str) or not is_number(text):
                continue
            yield Diagnostic(
                rule="quoted-number",
                severity=SEVERITY,
                message=f"`{left.hole.written}` is a number, and is compared as text",
                source=facts.source,
                primary=Label(constant.span, "text"),
                help=(f"write `{text}` without quotes",),
                fix=Fix(f"write `{text}`", "unsafe", (Edit(constant.span, text),)),
            )


def _pairs(expression: Expression) -> Iterator[tuple[Reference, Constant]]:
    match expression:
        case Not(operand=operand):
            yield from _pairs(operand)
        case Both(left=left, right=right):
            yield from _pairs(left)
            yield from _pairs(right)
        case Comparison(operator="==" | "!=", left=left, right=right):
            if isinstance(left, Constant):
                left, right = right, left
            if isinstance(left, Reference) and isinstance(right, Constant):
                yield left, right
        case Membership(left=Reference() as left, choices=choices):
            yield from ((left, one) for one in choices if isinstance(one, Constant))
        case _:
            pass
