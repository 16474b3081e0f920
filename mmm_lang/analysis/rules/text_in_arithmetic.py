"""A text stands where a script computes.

## What it does
Reports references inside `$(( ))`, `(( ))`, `let` and the like whose value may be text. Numbers are fine:
`exit_code`, `attempts`, `duration`, `calls`, `cost_usd` of a step, and `$INDEX`, `$TOTAL`, `$ITERATION`.

## Why
A shell evaluates what it computes with, names and subscripts included: a text there can run commands.

## Example
```yaml
- shell: "wc -l < notes.md"
  id: lines
- shell: "echo $(( ${lines.output} + 1 ))"
```

## Use instead
```yaml
- shell: "wc -l < notes.md"
  id: lines
- shell: "expr ${lines.output} + 1"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.fields import NUMBER_FIELDS, declared_output
from mmm_lang.analysis.loops import is_integer
from mmm_lang.analysis.scopes import InputTarget, ItemTarget, Resolution, StepTarget, VariableTarget
from mmm_lang.analysis.variables import NUMBERS
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import Step

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for hole, found in facts.places.items():
        if found.place == "arithmetic" and not _is_number(facts.resolutions[hole]):
            yield Diagnostic(
                rule="text-in-arithmetic",
                severity=SEVERITY,
                message=f"`{hole.written}` is text, and the shell computes here",
                source=facts.source,
                primary=Label(hole.span, "may not be a number"),
                help=(
                    "compute with `expr`, which takes its arguments as data, or print the result in the step before",
                ),
            )


def _is_number(resolution: Resolution) -> bool:
    default = resolution.site.hole.default
    if default is not None and not default.strip().removeprefix("-").isdecimal():
        return False
    match resolution.target:
        case InputTarget(kind="number") | StepTarget(kind="number"):
            return True
        case StepTarget(step=step, field=name, path=()):
            return name in NUMBER_FIELDS and declared_output(step, name) is None
        case VariableTarget(name=name):
            return name in NUMBERS
        case ItemTarget(loop=Step()) as item:
            return is_integer(item)
        case _:
            return False
