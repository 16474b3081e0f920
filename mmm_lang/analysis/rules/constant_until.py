"""The success criterion does not depend on anything.

## What it does
Warns about an `until` whose script always succeeds, or always fails.

## Why
One that always succeeds ends the session after the first iteration. One that always fails lets it run to the last one,
and then end with exit code 3.

## Example
```yaml
until: {shell: "true"}
steps:
  - claude: "/mmm-code-review"
```

## Use instead
```yaml
until: {shell: "make test"}
steps:
  - claude: "/mmm-code-review"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scripts import certain_exit_code
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    until = facts.playbook.until
    code = certain_exit_code(until.script.raw) if until is not None else None
    if until is None or code is None:
        return
    met = code == 0
    yield Diagnostic(
        rule="constant-until",
        severity=SEVERITY,
        message=f"this criterion is {'always' if met else 'never'} met",
        source=facts.source,
        primary=Label(
            until.script.span, "ends the session after one iteration" if met else "ends no session"
        ),
        help=(
            "write a command that fails as long as there is something to do, or remove `until`"
            if met
            else "write a command that succeeds when the goal is reached, or remove `until`",
        ),
    )
