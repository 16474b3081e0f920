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
Safe, where no backslash stands in the quotes: the `$` before them is left out, and `'…'` means the same. Escapes such as
`\\n` mean something in one of the quotations only.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.shell_problems import advice
from mmm_lang.analysis.sites import Site
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity

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
                fix=_plain_quotes(site),
            )


def _plain_quotes(site: Site) -> Fix | None:
    """Leave the `$` before the quotes out."""
    if site.template is None:
        return None
    raw = site.template.raw
    begun, ended = raw.rfind("$'", 0, site.hole.start), raw.find("'", site.hole.end)
    if begun < 0 or ended < 0 or "\\" in raw[begun:ended]:
        return None
    return Fix("write `'…'`", "safe", (Edit(site.template.span_of(begun, begun + 1), ""),))
