"""A condition is always true, or never.

## What it does
Warns about a `when` whose outcome does not depend on anything: `true`, `false`, text in quotes, the status of a step
without a comparison, a number that cannot be so small. The same about a `filter` that reads nothing of an item.

## Why
A step under it runs always or never. Where the step is to be switched off for a while, a comment says so better.

## Example
```yaml
- shell: "make clean"
  when: true
```

## Use instead
```yaml
- shell: "make clean"
  when: $ITERATION > 1
```

## Fix
`when: true` is removed. Safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.removal import removal
from mmm_lang.analysis.types import STATUSES, type_of
from mmm_lang.analysis.variables import ITEM_VARIABLES
from mmm_lang.diagnostics.model import Diagnostic, Fix, Label, Severity
from mmm_lang.syntax.nodes import Condition, Reference, Step

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    chosen = facts.playbook.map.filter if facts.playbook.map is not None else None
    if chosen is not None and chosen.expression is not None and _says_nothing_of_items(facts, chosen):
        yield Diagnostic(
            rule="constant-condition",
            severity=SEVERITY,
            message="this filter is the same for every item",
            source=facts.source,
            primary=Label(chosen.span, "says nothing of an item"),
            help=("compare `${item}` or a field of it, such as `${item.score} >= 5`, or remove `filter`",),
        )
    for step in facts.outline.steps:
        found = facts.verdicts.get(step)
        if step.when is None or found not in ("always", "never"):
            continue
        yield Diagnostic(
            rule="constant-condition",
            severity=SEVERITY,
            message=f"this condition is {'always' if found == 'always' else 'never'} true",
            source=facts.source,
            primary=Label(step.when.span, f"the step {'always' if found == 'always' else 'never'} runs"),
            help=(_help(facts, step.when, found),),
            fix=_fix(facts, step, found),
        )


def _says_nothing_of_items(facts: Facts, condition: Condition) -> bool:
    """Whether a filter reads nothing of an item; what it reads that is nothing has been said."""
    if any(facts.resolutions[hole].problems for hole in condition.holes):
        return False
    return not any(hole.path[0] in ("item", *ITEM_VARIABLES) for hole in condition.holes)


def _help(facts: Facts, condition: Condition, found: str) -> str:
    expression = condition.expression
    if isinstance(expression, Reference):
        resolution = facts.resolutions.get(expression.hole)
        known = type_of(resolution) if resolution is not None else None
        if known is not None and known.choices == STATUSES:
            return f'compare it with a status: `${{{expression.hole.written}}} == "succeeded"`'
    if found == "always":
        return "remove `when`, or compare with something that differs"
    return "remove the step, or compare with something that can be"


def _fix(facts: Facts, step: Step, found: str) -> Fix | None:
    if found != "always" or step.when is None or step.when.raw.strip() != "true":
        return None
    return removal(facts.source, step.keys["when"], step.when.span)
