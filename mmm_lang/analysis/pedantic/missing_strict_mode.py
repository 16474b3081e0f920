"""A script goes on after a command that failed.

## What it does
Notes a script of several commands, one a line or separated by `;`, without `set -e`.

## Why
A script's exit code is that of its last command. `make build` may fail in the first line, and the step still succeeds,
with the tests of yesterday's build.

## Example
```yaml
- shell: |
    make build
    make test
```

## Use instead
```yaml
- shell: |
    set -e
    make build
    make test
```

## Fix
`set -e` is written above the first line. Unsafe: a command that may fail then ends the script.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scripts import Command, read_script
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Source, Span
from mmm_lang.syntax.nodes import ShellAction, Template

SEVERITY: Severity = "note"

_HARMLESS = frozenset(
    {"echo", "printf", "set", "export", ":", "true", "sleep", "trap", "local", "wait", "exit", ""}
)


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        if not isinstance(step.action, ShellAction):
            continue
        template = step.action.script
        if "\n" not in template.raw.strip() and ";" not in template.raw:
            continue
        script = read_script(template.raw)
        unheeded = [one for one in script.commands[:-1] if _is_unheeded(one)]
        if not script.is_plain or not unheeded or any(_is_strict(one) for one in script.commands):
            continue
        first = unheeded[0]
        yield Diagnostic(
            rule="missing-strict-mode",
            severity=SEVERITY,
            message=f"the script goes on where `{first.name}` fails",
            source=facts.source,
            primary=Label(template.span_of(first.start, first.end), "nobody looks at its exit code"),
            help=("begin the script with `set -e`, or join the commands by `&&`",),
            fix=_fix(facts.source, template),
        )


def _is_unheeded(command: Command) -> bool:
    return command.operator in ("\n", ";") and command.name not in _HARMLESS


def _is_strict(command: Command) -> bool:
    if command.name != "set":
        return False
    return any(one == "errexit" or (one.startswith("-") and "e" in one) for one in command.arguments)


def _fix(source: Source, template: Template) -> Fix | None:
    """For a block scalar, whose text begins on a line of its own."""
    start = template.offset_of(0)
    line = source.line_span(source.position(start).line)
    indent = source.text[line.start : start]
    if indent.strip() or "\n" not in template.raw:
        return None
    return Fix("begin with `set -e`", "unsafe", (Edit(Span(start, start), f"set -e\n{indent}"),))
