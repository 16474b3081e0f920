"""A value stands in quotes that only bash knows.

## What it does
Reports a reference inside `$'…'` in a script for `sh`.

## Why
In `sh`, `$'…'` is a dollar sign and an ordinary quotation: the value would come with a `$` before it.

## Example
```yaml
- shell: "cargo metadata"
  id: meta
- shell: "printf %s $'${meta.output}'"
```

## Use instead
```yaml
- shell: "cargo metadata"
  id: meta
- shell: "printf %s '${meta.output}'"
```

## Fix
None: escapes such as `\\n` mean something in one of the quotations only.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.shell_problems import advice
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for site, found in facts.misplaced():
        if found.problem == "ansi-quotes":
            yield Diagnostic(
                rule="ansi-quotes",
                severity=SEVERITY,
                message=f"`{site.hole.written}` stands in `$'…'`, which `{site.program}` does not know",
                source=facts.source,
                primary=Label(site.hole.span, "in quotes of bash"),
                help=(advice("ansi-quotes"),),
            )
