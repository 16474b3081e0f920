"""A reference names a step that runs later.

## What it does
Reports `${id.field}` where the step `id` stands after the reference, or inside the step that reads it (in
its handler, in its `on_success`).

## Why
Steps run from top to bottom; when the reference is read, there is nothing to read. Values do not survive an
iteration either.

## Example
```yaml
- claude: "/mmm-implement-spec ${review.spec}"
- claude: "/mmm-code-review"
  id: review
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  id: review
- claude: "/mmm-implement-spec ${review.spec}"
```

## Fix
None: moving a step changes what the playbook does.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import ForwardReference
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for site, problem in facts.problems(ForwardReference):
        name = facts.keys.of(problem.step)
        inside = site.step is not None and site.step in facts.outline.lineage(problem.step)
        later = problem.step.id.span if problem.step.id is not None else problem.step.span
        yield Diagnostic(
            rule="forward-reference",
            severity=SEVERITY,
            message=f"step `{name}` runs after this place",
            source=facts.source,
            primary=Label(site.hole.names[0].span, "nothing to read yet"),
            secondary=(
                Label(later, "the step stands inside this one" if inside else "the step stands here"),
            ),
            help=(_help_in_filter() if site.key == "filter" else _help(site.step is None, inside, name),),
        )


def _help_in_filter() -> str:
    return "`filter` is asked before any item runs: let `over: {shell: …, json: …}` print what it asks about"


def _help(in_header: bool, inside: bool, name: str) -> str:
    if in_header:
        return "the header is read before any step: put the reference into a step's `env:`"
    if inside:
        return "a step cannot read what runs only after it: put the reference into a step that follows"
    return f"move step `{name}` up, or the step that reads it down"
