"""A field of a step is written without braces.

## What it does
Reports `$id.field` where `id` is a step: in prompts, arguments and conditions, and in scripts that do not set
a variable of that name themselves.

## Why
Without braces a name ends at the dot. In a script the shell would put in its own variable `id`, which is
empty, and `.field` after it; in a prompt it would reach the agent as it is written.

## Example
```yaml
- shell: "cargo test"
  id: tests
- shell: "echo $tests.output > result.txt"
```

## Use instead
```yaml
- shell: "cargo test"
  id: tests
- shell: "echo ${tests.output} > result.txt"
```

## Fix
The braces are put there. Unsafe: in a script, `${id}.field` says that the shell's variable is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.unbraced import unbraced
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for resolution in facts.resolutions.values():
        place = unbraced(facts, resolution)
        if place is None:
            continue
        name = resolution.site.hole.path[0]
        written = facts.source.slice(place)
        meant = f"${{{written[1:]}}}"
        fix = Fix(f"replace with `{meant}`", "unsafe", (Edit(place, meant),))
        own = (f"write `${{{name}}}{written[1 + len(name) :]}` where the shell's own variable is meant",)
        yield Diagnostic(
            rule="unbraced-reference",
            severity=SEVERITY,
            message=f"`{written}` lacks its braces: a name ends at the dot",
            source=facts.source,
            primary=Label(place, f"only `${name}` is read as a name"),
            help=(f"replace with `{meant}`", *(own if resolution.site.program is not None else ())),
            fix=fix,
        )
