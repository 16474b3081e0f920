"""`permissions` names a mode that does not exist.

## What it does
Reports a value of `permissions` other than `default`, `acceptEdits`, `plan` and `bypass`.

## Why
The agent would work with other rights than was meant.

## Example
```yaml
- claude: "/mmm-code-review"
  permissions: plann
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  permissions: plan
```

## Fix
Where a mode has a similar name: it is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import nearest

SEVERITY: Severity = "error"

_MODES = ("default", "acceptEdits", "plan", "bypass")


def check(facts: Facts) -> Iterator[Diagnostic]:
    playbook = facts.playbook
    found = {
        settings.permissions.span: settings.permissions
        for settings in (
            playbook.settings,
            playbook.defaults,
            *(step.settings for step in facts.outline.steps),
        )
        if settings.permissions is not None and settings.permissions.value not in _MODES
    }
    for span, mode in found.items():
        meant = nearest(mode.value, _MODES)
        yield Diagnostic(
            rule="unknown-permission",
            severity=SEVERITY,
            message=f"there is no permission mode `{mode.value}`",
            source=facts.source,
            primary=Label(span, "not a mode"),
            help=(
                f"replace with `{meant}`" if meant else "write `default`, `acceptEdits`, `plan` or `bypass`",
            ),
            fix=Fix(f"replace with `{meant}`", "unsafe", (Edit(span, meant),)) if meant else None,
        )
