"""A playbook calls itself, or is called by what it calls.

## What it does
Reports `playbook:` whose file leads back to the one that it is written in, by whatever way. Each call on the way is
shown, in the file that it stands in.

## Why
A playbook ends: its steps can be counted before any of them runs. One that called itself could not be.

## Example
```yaml
- claude: "/mmm-code-review"
- playbook: playbook.yml
```

## Use instead
```yaml
max_iterations: 5
steps:
  - claude: "/mmm-code-review"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.callees import Recursive
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for called in facts.calls.values():
        if not isinstance(called, Recursive):
            continue
        first, *rest = called.hops
        names = [hop.action.playbook.value for hop in called.hops]
        way = ", which calls ".join(f"`{name}`" for name in names)
        message = (
            "this playbook calls itself"
            if not rest
            else f"this playbook leads back to itself, {_by(len(rest))}"
        )
        yield Diagnostic(
            rule="recursive-playbook",
            severity=SEVERITY,
            message=message,
            source=facts.source,
            primary=Label(
                first.action.playbook.span, "and that is this file" if not rest else "calls another playbook"
            ),
            secondary=tuple(
                Label(
                    hop.action.playbook.span,
                    "which calls this file" if hop is rest[-1] else "which calls the next",
                    hop.source,
                )
                for hop in rest
            ),
            help=(
                "write `max_iterations:` for steps that are to run again, or move what is shared into a third file",
            ),
            notes=(f"it calls {way}",) if rest else (),
        )


def _by(files: int) -> str:
    return "by way of another one" if files == 1 else f"by way of {files} others"
