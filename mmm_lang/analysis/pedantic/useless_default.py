"""A default for a value that is always there.

## What it does
Notes `:-` behind a reference that is never unset: the `status` of a step that stands before on every path, the number of
the iteration, the folders of the session.

## Why
The text after `:-` is never used, and makes readers think that the value may be missing.

## Example
```yaml
- shell: "make test"
  when: ${ITERATION:-1} > 1
```

## Use instead
```yaml
- shell: "make test"
  when: ${ITERATION} > 1
```

## Fix
The default is removed. Safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis import flow
from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.fields import declared_output
from mmm_lang.analysis.scopes import Resolution, StepTarget, VariableTarget
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Span

SEVERITY: Severity = "note"

_ALWAYS_SET = frozenset({"ITERATION", "PROJECT_ROOT", "WORKTREE"})


def check(facts: Facts) -> Iterator[Diagnostic]:
    for hole, resolution in facts.resolutions.items():
        if hole.default is None or hole.spelling != "braced" or not _is_always_set(facts, resolution):
            continue
        ends = [name.span.end for name in hole.names] + [one.span.end for one in hole.filters]
        span = Span(max(ends), hole.span.end - 1)
        yield Diagnostic(
            rule="useless-default",
            severity=SEVERITY,
            message=f"`{hole.written}` is always set, and its default is never used",
            source=facts.source,
            primary=Label(span, "never used"),
            help=("remove it",),
            fix=Fix("remove the default", "safe", (Edit(span, ""),)),
        )


def _is_always_set(facts: Facts, resolution: Resolution) -> bool:
    match resolution.target:
        case VariableTarget(name=name):
            return name in _ALWAYS_SET
        case StepTarget(step=step, field="status"):
            certain = not flow.doubts(facts.outline, resolution.site, step)
            return certain and not resolution.problems and declared_output(step, "status") is None
        case _:
            return False
