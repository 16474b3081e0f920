"""A reference names an input that is not declared.

## What it does
Reports `${inputs.name}` where the header has no such entry under `inputs:`.

## Why
An input that is not declared can be set by nobody.

## Example
```yaml
inputs:
  target: {default: src}
steps:
  - claude: "/mmm-code-review ${inputs.taget}"
```

## Use instead
```yaml
inputs:
  target: {default: src}
steps:
  - claude: "/mmm-code-review ${inputs.target}"
```

## Fix
Where an input with a similar name is declared: its name is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import UndefinedInput
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import Guesses

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    guesses = Guesses()
    inputs = {one.name.value: one.name.span for one in facts.playbook.inputs}
    for site, problem in facts.problems(UndefinedInput):
        name = problem.name
        span = site.hole.names[1].span.to(site.hole.names[-1].span)
        similar = guesses.nearest(name, lambda: inputs)
        yield Diagnostic(
            rule="undefined-input",
            severity=SEVERITY,
            message=f"no input named `{name}` is declared",
            source=facts.source,
            primary=Label(span, "not declared under `inputs:`"),
            secondary=(Label(inputs[similar], "there is an input with a similar name"),) if similar else (),
            help=(f"replace with `{similar}`" if similar else f"declare it: `inputs: {{{name}: {{}}}}`",),
            fix=Fix(f"replace with `{similar}`", "unsafe", (Edit(span, similar),)) if similar else None,
        )
