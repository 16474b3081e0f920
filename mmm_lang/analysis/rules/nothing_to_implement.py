"""There cannot be a spec to implement yet.

## What it does
Warns about `/mmm-implement-spec` without an argument where no step runs before it.

## Why
Without an argument it works on the latest spec of this iteration, and is skipped where there is none. As the first
step it is always skipped.

## Example
```yaml
- claude: "/mmm-implement-spec"
```

## Use instead
```yaml
- claude: "/mmm-implement-spec $ARG"
```

## Fix
None: the spec may come from a step before, from `--map` or from `--args`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.commands import IMPLEMENT, calls_of
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import CallAction, ClaudeAction, ShellAction

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    order = facts.outline.order
    for call in calls_of(facts):
        if call.name != IMPLEMENT or call.has_arguments:
            continue
        before = (step for step, at in order.items() if at < order[call.step])
        if not any(isinstance(step.action, ClaudeAction | ShellAction | CallAction) for step in before):
            yield Diagnostic(
                rule="nothing-to-implement",
                severity=SEVERITY,
                message=f"`/{IMPLEMENT}` has no spec here: no step runs before it",
                source=facts.source,
                primary=Label(call.span, "always skipped"),
                help=(
                    "put a step before it that writes a spec, such as `/mmm-code-review`",
                    "or name the spec: `/mmm-implement-spec $ARG` with `--map` or `--args`",
                ),
            )
