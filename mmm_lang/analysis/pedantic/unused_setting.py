"""A setting is for steps that the playbook does not have.

## What it does
Notes settings of agents (`model`, `max_cost_usd`, `allowed_tools`, `permissions`, `agent`, `on_denied`) in the header or
under `defaults:` where no step calls an agent, and `shell_program` where no step has a script.

## Why
They do nothing. Perhaps the steps went, or the file was copied.

## Example
```yaml
defaults: {model: sonnet, timeout: 10m}
steps:
  - shell: "make test"
```

## Use instead
```yaml
defaults: {timeout: 10m}
steps:
  - shell: "make test"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ClaudeAction, ShellAction

SEVERITY: Severity = "note"

_OF_AGENTS = ("agent", "allowed_tools", "max_cost_usd", "model", "on_denied", "permissions")


def check(facts: Facts) -> Iterator[Diagnostic]:
    playbook = facts.playbook
    actions = [step.action for step in facts.outline.steps]
    unused: list[str] = []
    if not any(isinstance(action, ClaudeAction) for action in actions):
        unused += _OF_AGENTS
    if playbook.until is None and not any(isinstance(action, ShellAction) for action in actions):
        unused.append("shell_program")
    for name in unused if actions else ():
        for written in (name, f"defaults.{name}"):
            span = playbook.keys.get(written)
            if span is not None:
                kind = "has a script" if name == "shell_program" else "calls an agent"
                yield Diagnostic(
                    rule="unused-setting",
                    severity=SEVERITY,
                    message=f"no step {kind}, and `{name}` does nothing",
                    source=facts.source,
                    primary=Label(span, "for no step"),
                    help=("remove it",),
                )
