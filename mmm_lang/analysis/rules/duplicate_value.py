"""A value is listed twice.

## What it does
Warns about the same value again in `protect`, `allowed_tools`, `ok_exit_codes`, the patterns of `over`, the list of a
`foreach` or the brackets of an `in`.

## Why
The second one has no effect, and is often a slip for another.

## Example
```yaml
- shell: "make test"
  id: tests
  ok_exit_codes: [0, 1, 2]
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.exit_code} in [1, 1]
```

## Use instead
```yaml
- shell: "make test"
  id: tests
  ok_exit_codes: [0, 1, 2]
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.exit_code} in [1, 2]
```

## Fix
None: another value may be meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.mismatches import conditions_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import (
    Both,
    Constant,
    Expression,
    GlobItems,
    Listed,
    Located,
    Membership,
    Not,
    Template,
)

SEVERITY: Severity = "warning"

_Value = str | int | float | bool


def check(facts: Facts) -> Iterator[Diagnostic]:
    for values in _lists(facts):
        first: dict[tuple[str, _Value], Located[str] | Located[int] | Constant] = {}
        for one in values:
            key = (type(one.value).__name__, one.value)
            if key not in first:
                first[key] = one
                continue
            yield Diagnostic(
                rule="duplicate-value",
                severity=SEVERITY,
                message=f"`{facts.source.slice(one.span)}` is listed twice",
                source=facts.source,
                primary=Label(one.span, "again here"),
                secondary=(Label(first[key].span, "first here"),),
                help=("remove one of them",),
            )


def _lists(facts: Facts) -> Iterator[Sequence[Located[str] | Located[int] | Constant]]:
    playbook = facts.playbook
    yield playbook.protect
    for settings in (playbook.settings, playbook.defaults, *(step.settings for step in facts.outline.steps)):
        yield settings.allowed_tools or ()
    for step in facts.outline.steps:
        yield step.ok_exit_codes or ()
    for condition in conditions_of(facts):
        if condition.expression is not None:
            yield from _choices(condition.expression)
    for _, action in facts.outline.loops():
        if isinstance(action.items, Listed):
            texts = (one for one in action.items.entries if isinstance(one, Template) and not one.holes)
            yield tuple(Located(one.raw, one.span) for one in texts)
    if playbook.map is not None and isinstance(playbook.map.over, GlobItems):
        yield playbook.map.over.patterns


def _choices(expression: Expression) -> Iterator[tuple[Constant, ...]]:
    match expression:
        case Not(operand=operand):
            yield from _choices(operand)
        case Both(left=left, right=right):
            yield from _choices(left)
            yield from _choices(right)
        case Membership(choices=choices):
            yield tuple(one for one in choices if isinstance(one, Constant))
        case _:
            pass
