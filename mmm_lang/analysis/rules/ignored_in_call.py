"""A playbook that is called has keys in its header that mean nothing in a call.

## What it does
Warns about `playbook:` whose file has `max_iterations`, `until`, `limits`, `setup`, `merge`, `map` or `reduce` at its
top. In a call its steps run once, as steps of the caller.

## Why
These keys speak of a session of its own: how often its steps are repeated, what it may cost, what runs before and after.
What they ask for does not happen here.

## Example
```yaml
- playbook: lib/loop.yml
```

## Use instead
```yaml
- playbook: lib/test.yml
  inputs: {target: src}
```

## Fix
None: where such a playbook is called on purpose, `# mmm: ignore[ignored-in-call]` says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.callees import Callee
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.figures import series
from mmm_lang.syntax.nodes import CallAction

SEVERITY: Severity = "warning"

_INSTEAD = {
    "max_iterations": "the iterations are those of the playbook that calls: write `max_iterations:` there",
    "until": "make its script the last step there, with a handler, or write `until:` in the playbook that calls",
    "limits": "write `limits:` in the playbook that calls",
    "setup": "put the steps of `setup:` before the call",
    "merge": "write `merge:` in the playbook that calls",
    "map": "write `foreach:` around the call for its items",
    "reduce": "put the steps of `reduce:` behind the call",
}


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step, called in facts.calls.items():
        if not isinstance(called, Callee) or not isinstance(step.action, CallAction):
            continue
        found = [name for name in _INSTEAD if name in called.playbook.keys]
        if not found:
            continue
        listed = f"{series(f'`{name}`' for name in found)} {'has' if len(found) == 1 else 'have'}"
        yield Diagnostic(
            rule="ignored-in-call",
            severity=SEVERITY,
            message=f"{listed} no effect in a call: the steps of `{step.action.playbook.value}` run once",
            source=facts.source,
            primary=Label(step.action.playbook.span, "called here"),
            secondary=tuple(
                Label(called.playbook.keys[name], "no effect here", called.source) for name in found
            ),
            help=tuple(_INSTEAD[name] for name in found),
        )
