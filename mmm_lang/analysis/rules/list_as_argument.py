"""A list is put into a script as one argument.

## What it does
Warns about `files` and `commits` of a step, and about `| lines`, where they stand in a script without quotes around
them and without `| words`.

## Why
A value is always exactly one argument. The program gets all names in one, with line ends between them, and finds no such
file. With `| words` each is an argument of its own. `echo` and `printf` are left out: they print it line by line.

## Example
```yaml
- claude: "/mmm-cleanup-tech-debt"
  id: change
- shell: "wc -l ${change.files}"
```

## Use instead
```yaml
- claude: "/mmm-cleanup-tech-debt"
  id: change
- shell: "wc -l ${change.files | words}"
```

## Fix
`| words` is added. Unsafe: a name that holds a space becomes two.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.types import type_of
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Hole

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for hole, found in facts.places.items():
        if (
            found.place != "bare"
            or found.is_command
            or any(one.name in ("words", "raw") for one in hole.filters)
        ):
            continue
        resolution = facts.resolutions[hole]
        if resolution.problems:
            continue
        kind = type_of(resolution)
        template = resolution.site.template
        if (
            kind is None
            or kind.kind != "list"
            or (template is not None and _is_printed(template.raw, hole.start))
        ):
            continue
        yield Diagnostic(
            rule="list-as-argument",
            severity=SEVERITY,
            message=f"`{hole.written}` is a list, and is put in as one argument",
            source=facts.source,
            primary=Label(hole.span, "one argument, with line ends in it"),
            help=(
                "add `| words` for one argument a word, or put it in double quotes where one text is meant",
            ),
            fix=_fix(hole),
        )


def _fix(hole: Hole) -> Fix | None:
    if hole.spelling != "braced" or hole.default is not None:
        return None
    last = hole.filters[-1].span if hole.filters else hole.names[-1].span
    return Fix("add `| words`", "unsafe", (Edit(Span(last.end, last.end), " | words"),))


def _is_printed(script: str, at: int) -> bool:
    from mmm_lang.analysis.scripts import read_script

    commands = [command for command in read_script(script).commands if command.start <= at < command.end]
    return any(command.name in ("echo", "printf") for command in commands)
