"""A loop never uses its item.

## What it does
Notes a `foreach:` where nothing under `do:` names `${item}`.

## Why
Every turn does the same. Often the item was forgotten, or is written as a variable of another tool, such as `$i`.

## Example
```yaml
- foreach: [src, docs]
  do: {shell: "make check"}
```

## Use instead
```yaml
- foreach: [src, docs]
  do: {shell: "make check-${item}"}
```

## Fix
None. Where the same is meant to be done several times, `max_iterations` of the playbook says that too.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import ItemTarget
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ForEachAction

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    targets = (one.target for one in facts.resolutions.values())
    used = {one.loop for one in targets if isinstance(one, ItemTarget)}
    for step in facts.outline.steps:
        if isinstance(step.action, ForEachAction) and step.action.steps and step not in used:
            yield Diagnostic(
                rule="unused-item",
                severity=SEVERITY,
                message="every turn of this loop does the same",
                source=facts.source,
                primary=Label(step.keys.get("foreach", step.span), "nothing under `do:` names `${item}`"),
                help=("write `${item}` where the item is meant",),
            )
