"""A value stands in a here-document whose delimiter is quoted.

## What it does
Reports a reference inside `<<'EOF'` (or `<<"EOF"`, `<<\\EOF`).

## Why
A value reaches a script in an environment variable, and a shell replaces nothing in such a here-document:
the program would read the reference as it is written.

## Example
```yaml
- claude: "/mmm-code-review"
  id: review
- shell: |
    cat > review.txt <<'EOF'
    ${review.output}
    EOF
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  id: review
- shell: |
    cat > review.txt <<EOF
    ${review.output}
    EOF
```

## Fix
None: without the quotes other `$` of the text would be replaced too.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.shell_problems import advice
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for site, found in facts.misplaced():
        if found.problem == "quoted-heredoc":
            yield Diagnostic(
                rule="quoted-heredoc",
                severity=SEVERITY,
                message=f"`{site.hole.written}` stands in a here-document whose delimiter is quoted",
                source=facts.source,
                primary=Label(site.hole.span, "the shell replaces nothing here"),
                help=(advice("quoted-heredoc"),),
            )
