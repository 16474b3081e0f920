"""A call gives a playbook an input that it does not have.

## What it does
Reports an entry of `inputs:` beside `playbook:` whose name the other file does not declare under `inputs:`.

## Why
The value would go nowhere. Most often the name is misspelt.

## Example
```yaml
- playbook: lib/test.yml
  inputs: {taget: src}
```

## Use instead
```yaml
- playbook: lib/test.yml
  inputs: {target: src}
```

## Fix
Where an input with a similar name is declared and not given: its name is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mmm_lang.analysis.callees import Callee
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import Guesses
from mmm_lang.syntax.nodes import CallAction

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    guesses = Guesses()
    for step, called in facts.calls.items():
        if not isinstance(called, Callee) or not isinstance(step.action, CallAction):
            continue
        declared = {one.name.value: one.name.span for one in called.playbook.inputs}
        given = {one.name.value for one in step.action.inputs}
        for passed in step.action.inputs:
            name = passed.name.value
            if name in declared:
                continue
            similar = guesses.nearest(name, partial(iter, declared))
            similar = None if similar in given else similar
            names = ", ".join(f"`{one}`" for one in declared)
            advice = (
                f"its inputs are {names}"
                if names
                else "it declares no `inputs:`; remove this one, or declare it"
            )
            yield Diagnostic(
                rule="unknown-input",
                severity=SEVERITY,
                message=f"`{step.action.playbook.value}` has no input `{name}`",
                source=facts.source,
                primary=Label(passed.name.span, "not declared there"),
                secondary=(Label(declared[similar], "there is an input with a similar name", called.source),)
                if similar
                else (),
                help=(f"replace with `{similar}`" if similar else advice,),
                fix=Fix(f"replace with `{similar}`", "unsafe", (Edit(passed.name.span, similar),))
                if similar
                else None,
            )
