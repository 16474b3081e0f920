"""`shell_program` is more than the name of a program.

## What it does
Reports a `shell_program` that holds blanks or is empty, such as `bash -e`.

## Why
The program is started as `NAME -c SCRIPT`. There is none of the name "bash -e", and the step fails.

## Example
```yaml
- shell: "make test"
  shell_program: bash -e
```

## Use instead
```yaml
- shell: |
    set -e
    make test
  shell_program: bash
```

## Fix
The arguments are removed. Unsafe: what they switch on is then off.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Source
from mmm_lang.syntax.nodes import Located

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    playbook = facts.playbook
    levels = (playbook.settings, playbook.defaults, *(step.settings for step in facts.outline.steps))
    programs = {one.shell_program.span: one.shell_program for one in levels if one.shell_program is not None}
    for span, program in programs.items():
        words = program.value.split()
        if len(words) == 1 and words[0] == program.value:
            continue
        advice = "write the name of a program, such as `bash`"
        if words:
            advice = f"write `shell_program: {words[0]}`, and its switches as `set` in the script"
        yield Diagnostic(
            rule="invalid-shell-program",
            severity=SEVERITY,
            message=f"there is no program of the name `{program.value}`",
            source=facts.source,
            primary=Label(span, "a program, without arguments"),
            help=(advice,),
            fix=_fix(facts.source, program, words),
        )


def _fix(source: Source, program: Located[str], words: list[str]) -> Fix | None:
    written = source.slice(program.span)
    if not words or "\n" in written or program.value not in written:
        return None
    edit = Edit(program.span, written.replace(program.value, words[0]))
    return Fix(f"write `{words[0]}`", "unsafe", (edit,))
