"""A word without quotes means something else to other tools.

## What it does
Notes values of `env:`, of `args:` and defaults of inputs that are written without quotes and that YAML 1.1 does not read
as text: `NO`, `on`, `1:30`, `1_000`, `2024-01-01`, `1.10`.

## Why
mmm takes them as they are written. An editor, a linter or a script that reads the playbook with YAML 1.1 sees `false`,
90 or a date.

## Example
```yaml
- shell: "./scripts/export"
  env: {COUNTRY: NO}
```

## Use instead
```yaml
- shell: "./scripts/export"
  env: {COUNTRY: "NO"}
```

## Fix
It is put in quotes. Safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ClaudeAction

SEVERITY: Severity = "note"

_OTHERWISE = (
    (r"(?:y|n|yes|no|on|off)\Z", "a truth value"),
    (r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z", "a number in base 60"),
    (r"0[0-7]+\Z", "a number in base 8"),
    (r"[-+]?[0-9][0-9_]*_[0-9_]*\Z", "a number"),
    (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}\Z", "a date"),
    (r"[0-9]+\.[0-9]*0\Z", "a number without its last zero"),
)


def check(facts: Facts) -> Iterator[Diagnostic]:
    for value, span in _texts(facts):
        if facts.source.slice(span) != value or len(value) > 40:
            continue
        meaning = next((what for form, what in _OTHERWISE if re.match(form, value, re.IGNORECASE)), None)
        if meaning is not None:
            yield Diagnostic(
                rule="ambiguous-scalar",
                severity=SEVERITY,
                message=f"`{value}` is text here, and {meaning} to tools that speak YAML 1.1",
                source=facts.source,
                primary=Label(span, "without quotes"),
                help=(f'write `"{value}"`',),
                fix=Fix("put it in quotes", "safe", (Edit(span, f'"{value}"'),)),
            )


def _texts(facts: Facts) -> Iterator[tuple[str, Span]]:
    playbook = facts.playbook
    for one in playbook.inputs:
        if one.default is not None:
            yield one.default.value, one.default.span
    for entry in (*playbook.env, *(entry for step in facts.outline.steps for entry in step.env)):
        yield entry.value.raw, entry.value.span
    for step in facts.outline.steps:
        if isinstance(step.action, ClaudeAction):
            yield from ((argument.raw, argument.span) for argument in step.action.args)
