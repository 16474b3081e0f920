"""`PATH` is replaced, and no program is found any more.

## What it does
Warns about an entry `PATH` in `env:` that does not hold the old `$PATH`.

## Why
It takes the place of the old value. A step that runs `git`, `make` or `claude` then fails with "command not found".

## Example
```yaml
- shell: "make test"
  env: {PATH: "./node_modules/.bin"}
```

## Use instead
```yaml
- shell: "make test"
  env: {PATH: "./node_modules/.bin:$PATH"}
```

## Fix
`:$PATH` is added. Unsafe: it may be meant to hide what is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import EnvEntry

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    entries = [*facts.playbook.env, *(entry for step in facts.outline.steps for entry in step.env)]
    for entry in entries:
        if (
            entry.name.value == "PATH"
            and "PATH" not in entry.value.raw
            and "/bin" not in entry.value.raw.split(":")
        ):
            yield Diagnostic(
                rule="replaced-path",
                severity=SEVERITY,
                message="this replaces `PATH`, and programs elsewhere are not found any more",
                source=facts.source,
                primary=Label(entry.value.span, "the old value is lost"),
                help=("add `:$PATH` at the end",),
                fix=_fix(entry),
            )


def _fix(entry: EnvEntry) -> Fix | None:
    raw = entry.value.raw
    if not raw.strip() or "\n" in raw:
        return None
    end = entry.value.offset_of(len(raw))
    return Fix("add `:$PATH`", "unsafe", (Edit(Span(end, end), ":$PATH"),))
