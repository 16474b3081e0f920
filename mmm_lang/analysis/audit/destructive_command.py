"""A command that destroys work or changes history.

## What it does
Notes `git push --force`, `git reset --hard`, `git clean -f`, `git branch -D`, and `rm -r` of a variable, of the
home folder or of the root.

## Why
Nobody is asked. What is not committed is gone after `git reset --hard`; others' commits are gone after a forced push;
`rm -rf "$DIR/"` empties the machine where `DIR` is empty.

## Example
```yaml
- shell: "git push --force"
```

## Use instead
```yaml
- shell: "git push --force-with-lease"
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.script_texts import scripts_of
from mmm_lang.analysis.scripts import Command, read_script
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"
TAGS = ("security",)

_MENTIONED = re.compile(r"\b(?:git|rm)\b")
_GUARDED = re.compile(r"\$\{\w+:\?[^}]*\}")
_RISKY = re.compile(r"\$|~/?\Z|/\*?\Z|/(?:home|usr|etc|var|root)(?:/\*?)?\Z")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for script in scripts_of(facts):
        raw = script.template.raw
        if _MENTIONED.search(raw) is None:
            continue
        for command in read_script(raw).commands:
            for why, advice in _destroyed(command):
                yield Diagnostic(
                    rule="destructive-command",
                    severity=SEVERITY,
                    message=f"this {why}",
                    source=facts.source,
                    primary=Label(script.span_of(command.start, command.end), "cannot be taken back"),
                    help=(advice,),
                )


def _destroyed(command: Command) -> Iterator[tuple[str, str]]:
    """What a command destroys, to follow "this", and what to write instead."""
    arguments = command.arguments
    flags = {one for one in arguments if one.startswith("-")}
    letters = {letter for one in flags if not one.startswith("--") for letter in one[1:]}
    if command.name == "rm" and (letters & {"r", "R"} or "--recursive" in flags):
        targets = [one for one in arguments if not one.startswith("-") and not _GUARDED.match(one)]
        if any(_RISKY.match(one) for one in targets):
            yield "removes a folder that is not fixed", 'write `"${NAME:?}"`, which fails where it is empty'
    if command.name != "git" or not arguments:
        return
    match next((one for one in arguments if not one.startswith("-")), ""):
        case "push" if "f" in letters or "--force" in flags:
            yield "overwrites what others have pushed", "write `--force-with-lease`"
        case "reset" if "--hard" in flags:
            yield "throws away what is not committed", "commit first, or `git stash`"
        case "clean" if "f" in letters or "--force" in flags:
            yield "removes files that git does not know", "name the files, or look with `git clean -n` before"
        case "branch" if "D" in letters:
            yield "removes a branch that may hold commits of its own", "write `git branch -d`"
