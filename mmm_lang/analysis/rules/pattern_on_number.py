"""A pattern is looked for in a number.

## What it does
Warns about `matches` where the reference is a number, such as `exit_code` or `attempts`.

## Why
A pattern sees digits: `/1/` is found in 1, 10, 21 and 127. A comparison, or `in` with the numbers that are meant, says it
exactly.

## Example
```yaml
- shell: "make test"
  id: tests
  ok_exit_codes: [0, 1, 101]
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.exit_code} matches /1/
```

## Use instead
```yaml
- shell: "make test"
  id: tests
  ok_exit_codes: [0, 1, 101]
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.exit_code} in [1, 101]
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.mismatches import conditions_of
from mmm_lang.analysis.types import type_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import Both, Comparison, Expression, Not, Reference

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for condition in conditions_of(facts):
        if condition.expression is None or "matches" not in condition.raw:
            continue
        for reference, comparison in _matched(condition.expression):
            resolution = facts.resolutions.get(reference.hole)
            found = type_of(resolution) if resolution is not None else None
            if found is not None and found.kind == "number":
                yield Diagnostic(
                    rule="pattern-on-number",
                    severity=SEVERITY,
                    message=f"`{reference.hole.written}` is a number, and a pattern sees its digits only",
                    source=facts.source,
                    primary=Label(comparison.span, "a pattern on a number"),
                    help=(
                        f"write `${{{reference.hole.written}}} in […]` with the numbers, or compare with one",
                    ),
                )


def _matched(expression: Expression) -> Iterator[tuple[Reference, Comparison]]:
    match expression:
        case Not(operand=operand):
            yield from _matched(operand)
        case Both(left=left, right=right):
            yield from _matched(left)
            yield from _matched(right)
        case Comparison(operator="matches", left=Reference() as left):
            yield left, expression
        case _:
            pass
