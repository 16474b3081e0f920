"""A filter changes nothing where it stands.

## What it does
Warns about `| raw` outside of scripts, about the same filter twice in a row, and about a filter behind one that has
already decided what it asks for.

## Why
It promises something that does not happen: only a script has arguments and code to splice in.

## Example
```yaml
- shell: "make test"
  id: tests
- claude: "/mmm-fix-test --error ${tests.output | raw}"
```

## Use instead
```yaml
- shell: "make test"
  id: tests
- claude: "/mmm-fix-test --error ${tests.output}"
```

## Fix
The filter is removed. Safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Filter

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for hole, resolution in facts.resolutions.items():
        if not hole.filters:
            continue
        if resolution.site.program is None:
            ends = [hole.names[-1].span.end, *(one.span.end for one in hole.filters)]
            for start, one in zip(ends, hole.filters, strict=False):
                if one.name == "raw":
                    yield _diagnostic(facts, start, one, "there is no script here, and `raw` does nothing")
        for before, after in pairwise(hole.filters):
            if (before.name, before.argument) == (after.name, after.argument) and after.name != "json":
                yield _diagnostic(facts, before.span.end, after, f"`{after.name}` is already there")


def _diagnostic(facts: Facts, start: int, one: Filter, message: str) -> Diagnostic:
    """``start``: the end of what stands before the filter."""
    return Diagnostic(
        rule="ineffective-filter",
        severity=SEVERITY,
        message=message,
        source=facts.source,
        primary=Label(one.span, "no effect"),
        help=(f"remove `| {one.name}`",),
        fix=Fix(f"remove `| {one.name}`", "safe", (Edit(Span(start, one.span.end), ""),)),
    )
