"""A script names a step like a variable.

## What it does
Reports `${id}` in a script where `id` is the id of a step, and nothing sets a variable of that name.

## Why
A reference to a step names one of its fields. Without one, the text belongs to the shell, which knows no such variable
and puts nothing in its place.

## Example
```yaml
- claude: "/mmm-code-review"
  id: review
- shell: "wc -l ${review}"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  id: review
- shell: "wc -l ${review.spec}"
```

## Fix
None: which field is meant is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import ShellsOwn
from mmm_lang.analysis.unbraced import is_set, unbraced
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for resolution in facts.resolutions.values():
        site = resolution.site
        name = site.hole.path[0]
        step = facts.scope.steps.get(name, (None,))[0]
        alone = len(site.hole.path) == 1 and site.hole.default is None
        if step is None or step.id is None or not alone or not isinstance(resolution.target, ShellsOwn):
            continue
        if name.isupper() or unbraced(facts, resolution) is not None or is_set(facts, resolution, name):
            continue  # names in capitals come from outside
        yield Diagnostic(
            rule="step-without-field",
            severity=SEVERITY,
            message=f"`{name}` is a step, and a reference names a field of it",
            source=facts.source,
            primary=Label(site.hole.span, "a variable of the shell, which nothing sets"),
            secondary=(Label(step.id.span, "the step"),),
            help=(f"name a field of the step: `${{{name}.output}}`",),
        )
