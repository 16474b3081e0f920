"""Two steps have the same id.

## What it does
Reports an `id` that another step of the playbook has already, at any depth.

## Why
A reference such as `${review.spec}` must mean one step, and the id is the step's name in graph, journal and
`mmm resume --from`.

## Example
```yaml
- claude: "/mmm-code-review"
  id: review
- claude: "/mmm-security-audit"
  id: review
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  id: review
- claude: "/mmm-security-audit"
  id: audit
```

## Fix
None: which step a reference means is for you to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    first: dict[str, Span] = {}
    for step in facts.outline.steps:
        if step.id is None:
            continue
        name, span = step.id.value, step.id.span
        if name not in first:
            first[name] = span
            continue
        yield Diagnostic(
            rule="duplicate-id",
            severity=SEVERITY,
            message=f"two steps have the id `{name}`",
            source=facts.source,
            primary=Label(span, "given again here"),
            secondary=(Label(first[name], "first given here"),),
            help=("give one of them another id",),
        )
