"""`**` stands beside other characters, and is no more than `*`.

## What it does
Warns about patterns such as `src/**.py`, where `**` is not the whole name of a folder.

## Why
`**` crosses folders only where it stands alone between slashes. `src/**.py` matches the files directly in `src`.

## Example
```yaml
protect: ["src/**.py"]
steps:
  - claude: "/mmm-code-review"
```

## Use instead
```yaml
protect: ["src/**/*.py"]
steps:
  - claude: "/mmm-code-review"
```

## Fix
It is written as `**/*`. Unsafe: the pattern then matches more files.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    patterns = [*facts.playbook.protect]
    patterns += [
        output.pattern
        for step in facts.outline.steps
        for output in step.outputs
        if output.kind == "file_pattern"
    ]
    for pattern in patterns:
        wide = "/".join(_widened(part) for part in pattern.value.split("/"))
        if wide == pattern.value or "/" not in pattern.value:
            continue
        written = facts.source.slice(pattern.span)
        fix = None
        if written.count(pattern.value) == 1:
            fix = Fix(
                f"write `{wide}`", "unsafe", (Edit(pattern.span, written.replace(pattern.value, wide)),)
            )
        yield Diagnostic(
            rule="narrow-glob",
            severity=SEVERITY,
            message="`**` beside other characters stays within one folder",
            source=facts.source,
            primary=Label(pattern.span, "no more than `*`"),
            help=(f"write `{wide}` for all folders below, or `*` for this one alone",),
            fix=fix,
        )


def _widened(part: str) -> str:
    if "**" not in part or part == "**":
        return part
    before, _, after = part.partition("**")
    return "/".join(one for one in (before, "**", f"*{after.lstrip('*')}") if one)
