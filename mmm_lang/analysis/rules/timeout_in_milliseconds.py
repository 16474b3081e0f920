"""A duration looks as if it were meant in milliseconds.

## What it does
Warns about a plain number of 100,000 or more, divisible by 1,000, where a duration is written.

## Why
A number without a unit is seconds. `300000` is three and a half days; a timeout of that length stops nothing.

## Example
```yaml
- shell: "make test"
  timeout: 300000
```

## Use instead
```yaml
- shell: "make test"
  timeout: 300s
```

## Fix
It is written in seconds. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.syntax.nodes import Located

SEVERITY: Severity = "warning"

_SUSPICIOUS = 100_000


def check(facts: Facts) -> Iterator[Diagnostic]:
    seen = set()
    for one in _durations(facts):
        written = facts.source.slice(one.span)
        if one.span in seen or one.value < _SUSPICIOUS or one.value % 1000 or not written.isdecimal():
            continue
        seen.add(one.span)
        meant = f"{int(one.value) // 1000}s"
        yield Diagnostic(
            rule="timeout-in-milliseconds",
            severity=SEVERITY,
            message=f"`{written}` are seconds here, more than {int(one.value) // 3600} hours",
            source=facts.source,
            primary=Label(one.span, "without a unit"),
            help=(
                f"write `{meant}` if milliseconds are meant, or `{int(one.value) // 3600}h` for so long a time",
            ),
            fix=Fix(f"write `{meant}`", "unsafe", (Edit(one.span, meant),)),
        )


def _durations(facts: Facts) -> Iterator[Located[float]]:
    playbook = facts.playbook
    found = [playbook.limits.duration] if playbook.limits is not None else []
    if playbook.until is not None:
        found.append(playbook.until.timeout)
    for settings in (playbook.settings, playbook.defaults, *(step.settings for step in facts.outline.steps)):
        found.append(settings.timeout)
        found.append(settings.retry.backoff if settings.retry is not None else None)
    yield from (one for one in found if one is not None)
