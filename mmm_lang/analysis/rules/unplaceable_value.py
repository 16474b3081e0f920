"""A value stands where a script cannot take one as data.

## What it does
Reports references at places of a script where no quoting makes a value one argument that stays data: the
delimiter of a here-document, a backslash before the `$`, quotes nested so that shells disagree, a script
for a program whose quotes mmm does not know, and the like.

## Why
A value is never parsed again as code, and never spliced into the script's source. Where that cannot be
kept, mmm says so before anything runs.

## Example
```yaml
- shell: "cat names.txt"
  id: names
- shell: "print(${names.output})"
  shell_program: python3
```

## Use instead
```yaml
- shell: "cat names.txt"
  id: names
- shell: "import os; print(os.environ['NAMES'])"
  shell_program: python3
  env: {NAMES: "${names.output}"}
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.shell_problems import advice, reason
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"

_OTHERS = frozenset({"quoted-heredoc", "ansi-quotes"})
"""Problems with a rule of their own."""


def check(facts: Facts) -> Iterator[Diagnostic]:
    for site, found in facts.misplaced():
        if found.problem is not None and found.problem not in _OTHERS:
            yield Diagnostic(
                rule="unplaceable-value",
                severity=SEVERITY,
                message=f"`{site.hole.written}` {reason(found.problem)}",
                source=facts.source,
                primary=Label(site.hole.span, "no value can stand here"),
                help=(advice(found.problem),),
            )
