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
from mmm_lang.syntax.nodes import Located

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
        *folders, name = pattern.value.split("/")
        if not folders or not any("**" in part and part != "**" for part in (*folders, name)):
            continue
        wide = "/".join((*folders, _widened(name)))
        advice = "write `**` alone between slashes, or `*`"
        if wide != pattern.value:
            advice = f"write `{wide}` for all folders below, or `*` for this one alone"
        yield Diagnostic(
            rule="narrow-glob",
            severity=SEVERITY,
            message="`**` beside other characters stays within one folder",
            source=facts.source,
            primary=Label(pattern.span, "no more than `*`"),
            help=(advice,),
            fix=_fix(facts.source.slice(pattern.span), pattern, wide),
        )


def _fix(written: str, pattern: Located[str], wide: str) -> Fix | None:
    if wide == pattern.value or written.count(pattern.value) != 1:
        return None
    edit = Edit(pattern.span, written.replace(pattern.value, wide))
    return Fix(f"write `{wide}`", "unsafe", (edit,))


def _widened(part: str) -> str:
    if "**" not in part or part == "**":
        return part
    before, _, after = part.partition("**")
    return "/".join(one for one in (before, "**", f"*{after.lstrip('*')}") if one)
