"""Two steps in a row are the same.

## What it does
Notes a step that is written exactly as the one before it in the same list.

## Why
It is often a slip of copying. To run a command again where it fails, there are `retry` and `on_failure`.

## Example
```yaml
- claude: "/mmm-code-review"
- claude: "/mmm-code-review"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step, home in facts.outline.homes.items():
        if home.index == 0:
            continue
        before = home.steps[home.index - 1]
        if step is before or step.span == before.span or step.action.span == before.action.span:
            continue  # an alias of the same text
        if facts.source.slice(step.span).split() == facts.source.slice(before.span).split():
            yield Diagnostic(
                rule="duplicate-step",
                severity=SEVERITY,
                message="this step is the same as the one before it",
                source=facts.source,
                primary=Label(step.action.span, "again here"),
                secondary=(Label(before.action.span, "first here"),),
                help=("remove one of them, or write `retry: {attempts: 2}` for another try",),
            )
