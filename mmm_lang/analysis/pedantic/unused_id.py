"""An id is never referred to.

## What it does
Notes an `id` that no reference names. Ids that begin with `_` are left out.

## Why
It may be that a reference was forgotten, or says `last` or `shell` where the name would be clearer. An id is also what
people read in the graph and the journal; then it is fine.

## Example
```yaml
- claude: "/mmm-code-review"
  id: review
- claude: "/mmm-implement-spec"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  id: review
- claude: "/mmm-implement-spec ${review.spec}"
```

## Fix
None: the name may be meant for people.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    named = {hole.path[0] for hole in facts.resolutions}
    for step in facts.outline.steps:
        if step.id is not None and step.id.value not in named and not step.id.value.startswith("_"):
            yield Diagnostic(
                rule="unused-id",
                severity=SEVERITY,
                message=f"nothing refers to step `{step.id.value}`",
                source=facts.source,
                primary=Label(step.id.span, "never named"),
                help=(f"write `${{{step.id.value}.…}}` where its result is meant, or remove the id",),
            )
