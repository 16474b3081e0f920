"""A number begins with 0 and is read differently elsewhere.

## What it does
Warns about whole numbers such as `010`.

## Why
YAML 1.2, and so mmm, reads ten. YAML 1.1, which many tools still speak, and people who know C read eight.

## Example
```yaml
- shell: "make test"
  timeout: 0100
```

## Use instead
```yaml
- shell: "make test"
  timeout: 100
```

## Fix
The zeros in front are removed. Safe: mmm reads the same number.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.outline import handlers_of
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Located, Settings, Step

SEVERITY: Severity = "warning"

_Number = Located[int] | Located[float] | None


def check(facts: Facts) -> Iterator[Diagnostic]:
    spans = {number.span for number in _numbers(facts) if number is not None}
    for span in sorted(spans):
        written = facts.source.slice(span)
        if len(written) < 2 or written[0] != "0" or not written.isdecimal() or set(written) & set("89"):
            continue
        if int(written, 8) == int(written):
            continue
        plain = str(int(written))
        yield Diagnostic(
            rule="octal-looking",
            severity=SEVERITY,
            message=f"`{written}` is {plain} here, and {int(written, 8)} to tools that speak YAML 1.1",
            source=facts.source,
            primary=Label(span, f"the number {plain}"),
            help=(f"write `{plain}`",),
            fix=Fix(f"write `{plain}`", "safe", (Edit(Span(span.start, span.end), plain),)),
        )


def _numbers(facts: Facts) -> Iterator[_Number]:
    playbook = facts.playbook
    yield playbook.max_iterations
    if playbook.limits is not None:
        yield from (playbook.limits.agent_calls, playbook.limits.duration)
    if playbook.until is not None:
        yield playbook.until.timeout
    for settings in (playbook.settings, playbook.defaults):
        yield from _of_settings(settings)
    for step in facts.outline.steps:
        yield from _of_step(step)


def _of_step(step: Step) -> Iterator[_Number]:
    yield from _of_settings(step.settings)
    yield from step.ok_exit_codes or ()
    yield from (handler.max_attempts for handler in handlers_of(step))
    yield from (entry.code for entry in step.on_exit_code)


def _of_settings(settings: Settings) -> Iterator[_Number]:
    yield settings.timeout
    if settings.retry is not None:
        yield from (settings.retry.attempts, settings.retry.backoff)
