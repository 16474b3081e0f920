"""A playbook calls playbooks that call playbooks, further than can be followed.

## What it does
Reports `playbook:` where a chain of calls is longer than 8 files, where more than 200 files are called in all, or where
the plan would have more than 10,000 steps, those of each call counted.

## Why
The steps of what is called become part of the plan, once for each call. A few files that call each other twice make a
plan that nobody could look at and no machine could hold.

## Example
```yaml
- playbook: deep/1.yml
```

## Use instead
```yaml
- playbook: lib/plain.yml
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.callees import MOST_DEEP, MOST_FILES, MOST_STEPS, TooMany
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import CallAction

SEVERITY: Severity = "error"

_WORDS = {
    "deep": (
        f"playbooks call each other more than {MOST_DEEP} files deep from here",
        "call what is deepest from here, as a step of its own",
    ),
    "files": (
        f"more than {MOST_FILES} playbooks are called from here",
        "call fewer, or run some as sessions",
    ),
    "steps": (
        f"with this call the plan has more than {MOST_STEPS:,} steps",
        "call the playbook fewer times, or run it once an item with `--map`",
    ),
}


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step, called in facts.calls.items():
        if isinstance(called, TooMany) and isinstance(step.action, CallAction):
            message, advice = _WORDS[called.what]
            yield Diagnostic(
                rule="too-many-calls",
                severity=SEVERITY,
                message=message,
                source=facts.source,
                primary=Label(step.action.playbook.span, "too much is behind this"),
                help=(advice,),
            )
