"""A key says what holds anyway.

## What it does
Notes keys with the value that they have where they are not written: `commit: true`, `capture_output: false`,
`ok_exit_codes: [0]`, `cwd: .`. Bounds such as `max_attempts: 3` and `fail_workflow` are left out: it is good to say
those aloud.

## Why
It makes readers look for the reason.

## Example
```yaml
- shell: "make test"
  ok_exit_codes: [0]
```

## Use instead
```yaml
- shell: "make test"
```

## Fix
The key is removed. Safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.removal import removal
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Step

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        for key, value in _defaults(facts.source.text, step):
            if key not in step.keys:
                continue
            yield Diagnostic(
                rule="redundant-default",
                severity=SEVERITY,
                message=f"`{key}` says what holds anyway",
                source=facts.source,
                primary=Label(step.keys[key], "the default"),
                help=("remove it",),
                fix=None if value is None else removal(facts.source, step.keys[key], value),
            )


def _defaults(text: str, step: Step) -> Iterator[tuple[str, Span | None]]:
    """The keys of a step that say what holds anyway, and the places of their values where they are on one line."""
    if step.commit is not None and step.commit.value:
        yield "commit", step.commit.span
    if step.capture_output is not None and not step.capture_output.value:
        yield "capture_output", step.capture_output.span
    if step.cwd is not None and step.cwd.raw in (".", "./"):
        yield "cwd", step.cwd.span
    codes = step.ok_exit_codes
    if codes is not None and [code.value for code in codes] == [0]:
        end = codes[0].span.end
        while text[end : end + 1] == " ":
            end += 1
        yield "ok_exit_codes", Span(codes[0].span.start, end + 1) if text[end : end + 1] == "]" else None
