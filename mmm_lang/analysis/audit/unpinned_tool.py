"""A script runs whatever version of a program is the newest.

## What it does
Notes `npx NAME`, `uvx NAME`, `pipx run NAME`, `docker run IMAGE`, `pip install NAME`, `go install NAME@latest` and the
like without a version.

## Why
Tomorrow's version may work otherwise, and a package that somebody has taken over runs here at once.

## Example
```yaml
- shell: "npx cowsay hello"
```

## Use instead
```yaml
- shell: "npx cowsay@1.6.0 hello"
```

## Fix
None: which version is right is for you to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.installing import installations
from mmm_lang.analysis.script_texts import scripts_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"
TAGS = ("security",)


def check(facts: Facts) -> Iterator[Diagnostic]:
    for script in scripts_of(facts):
        for found in installations(script.template.raw):
            if not found.is_pinned:
                yield Diagnostic(
                    rule="unpinned-tool",
                    severity=SEVERITY,
                    message=f"`{found.manager}` takes the newest `{found.package}`",
                    source=facts.source,
                    primary=Label(script.span_of(found.start, found.end), "no version"),
                    help=(f"name a version: `{found.example}`",),
                )
