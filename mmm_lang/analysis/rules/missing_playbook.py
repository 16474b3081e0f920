"""A step calls a playbook that is not there, or cannot be read.

## What it does
Reports `playbook:` with a path that leads to no file. It starts from the folder of the file that it is written in; what
is not there is looked for in `.mmm/playbooks/` of the repository, and among the playbooks that ship with mmm.

## Why
What it calls is part of a playbook: without it nothing can run, and nobody knows what it would cost.

## Example
```yaml
- playbook: lib/plian.yml
```

## Use instead
```yaml
- playbook: lib/plain.yml
```

## Fix
Where there is a file with a similar name: its name is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.callees import Missing
from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.library import NotFound
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.syntax.nodes import CallAction

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step, called in facts.calls.items():
        if not isinstance(called, Missing) or not isinstance(step.action, CallAction):
            continue
        path, near = step.action.playbook, called.why.near
        yield Diagnostic(
            rule="missing-playbook",
            severity=SEVERITY,
            message=f"the playbook `{_shortened(path.value)}` cannot be called: {called.why.reason}",
            source=facts.source,
            primary=Label(path.span),
            help=(_advice(path.value, called.why),),
            fix=None if near is None else Fix(f"replace with `{near}`", "unsafe", (Edit(path.span, near),)),
        )


def _advice(path: str, why: NotFound) -> str:
    if why.near is not None:
        return f"replace with `{why.near}`"
    if why.advice is not None:
        return why.advice
    if "${" in path:
        return "the path is a fixed text: write a call for each playbook that may be meant, with a `when:`"
    return "give a path that starts from the folder of this file, or put the playbook into `.mmm/playbooks/`"


def _shortened(path: str) -> str:
    line = " ".join(path.split())
    return line if len(line) <= 40 else f"…{line[-39:]}"
