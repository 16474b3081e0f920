"""Two names differ in nothing but case or a dash.

## What it does
Warns about ids of steps that are equal but for case, `-` and `_`, and about such names of inputs.

## Why
`${run-tests.output}` and `${run_tests.output}` are then two steps, and a slip is not found: both exist.

## Example
```yaml
- shell: "make test"
  id: tests
- shell: "make smoke"
  id: Tests
```

## Use instead
```yaml
- shell: "make test"
  id: tests
- shell: "make smoke"
  id: smoke
```

## Fix
None: the references to it have to change as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import Located

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    yield from _alike(facts, [step.id for step in facts.outline.steps if step.id is not None])
    yield from _alike(facts, [one.name for one in facts.playbook.inputs])


def _alike(facts: Facts, names: Iterable[Located[str]]) -> Iterator[Diagnostic]:
    first: dict[str, Located[str]] = {}
    for name in names:
        folded = name.value.replace("-", "").replace("_", "").casefold()
        other = first.setdefault(folded, name)
        if other.value != name.value:
            yield Diagnostic(
                rule="id-naming",
                severity=SEVERITY,
                message=f"`{name.value}` and `{other.value}` are easily taken for each other",
                source=facts.source,
                primary=Label(name.span, "nearly the same name"),
                secondary=(Label(other.span, "as this one"),),
                help=("give one of them another name",),
            )
