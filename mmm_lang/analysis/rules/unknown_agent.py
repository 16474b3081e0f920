"""`agent` names an agent that does not exist.

## What it does
Reports a value of `agent` other than `claude`, `replay` and those that the project's configuration names under `agents:`.

## Why
The session could not begin.

## Example
```yaml
- claude: "/mmm-code-review"
  agent: cluade
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  agent: claude
```

## Fix
Where an agent has a similar name: it is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.syntax.nodes import Broken

SEVERITY: Severity = "error"

AGENTS = ("claude", "replay")
"""The agents that mmm brings; those of ``mmm_lang.agents``, which is a room above this one."""

_ADVICE = "write `claude`; a model is chosen with `model:`, an agent of your own is named under `agents:` in the settings"


def check(facts: Facts) -> Iterator[Diagnostic]:
    playbook, known = facts.playbook, (*AGENTS, *facts.agents)
    found = {
        settings.agent.span: settings.agent
        for settings in (
            playbook.settings,
            playbook.defaults,
            # where a step has no action, that has been said, and the agent may have been meant for one
            *(step.settings for step in facts.outline.steps if not isinstance(step.action, Broken)),
        )
        if settings.agent is not None and settings.agent.value not in known
    }
    for span, agent in found.items():
        meant = nearest(agent.value, known)
        yield Diagnostic(
            rule="unknown-agent",
            severity=SEVERITY,
            message=f"there is no agent `{agent.value}`",
            source=facts.source,
            primary=Label(span, "not an agent"),
            help=(f"replace with `{meant}`" if meant else _ADVICE,),
            fix=Fix(f"replace with `{meant}`", "unsafe", (Edit(span, meant),)) if meant else None,
        )
