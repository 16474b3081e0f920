"""A handler stands in a handler in a handler.

## What it does
Notes the third handler around one another.

## Why
Bounds multiply: three handlers of three attempts each can call the innermost one 27 times and more. Hardly anybody can
say what happens then.

## Example
```yaml
- shell: "make"
  on_failure:
    shell: "make clean"
    on_failure:
      shell: "make distclean"
      on_failure:
        claude: "/mmm-fix-test --error ${shell.output}"
```

## Use instead
```yaml
- shell: "make"
  on_failure:
    - shell: "make distclean"
    - claude: "/mmm-fix-test --error ${shell.output}"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.outline import handlers_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"

_DEEPEST = 2


def check(facts: Facts) -> Iterator[Diagnostic]:
    outline = facts.outline
    for step in outline.steps:
        around = [outline.homes[one].handler for one in outline.lineage(step)]
        outer = [handler for handler in around if handler is not None]
        if len(outer) != _DEEPEST:
            continue
        for handler in handlers_of(step):
            if handler.steps:
                yield Diagnostic(
                    rule="handler-too-deep",
                    severity=SEVERITY,
                    message="a handler in a handler in a handler; their attempts multiply",
                    source=facts.source,
                    primary=Label(handler.key_span, "the third"),
                    secondary=tuple(Label(one.key_span, "around it") for one in outer),
                    help=("write the repairs as a list of steps in one handler",),
                )
