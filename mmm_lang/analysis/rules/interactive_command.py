"""A script waits for somebody to type.

## What it does
Warns about commands that need a terminal: editors, `git commit` without a message, `git add -p`, `git rebase -i`,
`docker run -it`, and a `read` that nothing feeds.

## Why
The standard input of a script is closed. Such a command fails at once, or reads nothing.

## Example
```yaml
- shell: |
    git add .
    git commit
```

## Use instead
```yaml
- shell: |
    git add .
    git commit -m "docs: update"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scripts import Command, Script, read_script
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "warning"

_EDITORS = frozenset({"vi", "vim", "nvim", "nano", "emacs", "pico"})
_OTHERS = ("git ", "docker ", "podman ", "read")
_MESSAGES = ("-m", "-F", "-C", "--message", "--file", "--reuse-message", "--no-edit", "--fixup", "--dry-run")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        if not isinstance(step.action, ShellAction):
            continue
        script = step.action.script
        if not any(word in script.raw for word in (*_EDITORS, *_OTHERS)):
            continue
        for command, why, advice in _waiting(read_script(script.raw)):
            yield Diagnostic(
                rule="interactive-command",
                severity=SEVERITY,
                message=f"{why}, and a script has no terminal",
                source=facts.source,
                primary=Label(script.span_of(command.start, command.end), "needs somebody to type"),
                help=(advice,),
            )


def _waiting(script: Script) -> Iterator[tuple[Command, str, str]]:
    before = ""
    for command in script.commands:
        fed = command.is_redirected or before == "|"
        before = command.operator
        if command.name in _EDITORS and not _is_batch(command):
            yield (
                command,
                f"`{command.name}` is an editor",
                "change files with a program, or let `claude:` do it",
            )
        elif command.name == "git":
            yield from _of_git(command)
        elif command.name in ("docker", "podman") and command.arguments[:1] in (("run",), ("exec",)):
            if any(one in ("-it", "-ti", "-t", "--tty") for one in command.arguments):
                yield (
                    command,
                    f"`{command.name} {command.arguments[0]} -t` wants somebody to type",
                    "leave `-t` and `-i` out",
                )
        elif command.name == "read" and not fed and script.is_plain and "-t" not in command.arguments:
            yield (
                command,
                "`read` reads what somebody types",
                "take the value from `inputs:`, `$ARG` or a step",
            )


def _is_batch(command: Command) -> bool:
    return any(
        one in ("-es", "-Es", "--headless", "--batch", "-batch", "--version") for one in command.arguments
    )


def _of_git(command: Command) -> Iterator[tuple[Command, str, str]]:
    verb, options = command.arguments[:1], command.arguments[1:]
    if verb == ("commit",) and not any(one.startswith(_MESSAGES) or _has_message(one) for one in options):
        yield command, "`git commit` without a message opens an editor", 'write `git commit -m "…"`'
    elif verb in (("add",), ("checkout",), ("reset",)) and any(
        one in ("-p", "--patch", "--interactive") or (one == "-i" and verb == ("add",)) for one in options
    ):
        yield command, f"`git {verb[0]} {options[0]}` asks what to take", "name the files"
    elif verb == ("rebase",) and any(one in ("-i", "--interactive") for one in options):
        yield command, "`git rebase -i` opens an editor", "make the commits as they should be"


def _has_message(option: str) -> bool:
    """`-am`, and a word that only the shell knows, such as ``$options``."""
    return option.startswith("$") or (
        option.startswith("-") and not option.startswith("--") and option[-1:] in "mFC"
    )
