"""A script calls a file that is not there.

## What it does
Notes a program that a script calls by its path, such as `./scripts/check`, where the repository has no such file. It
looks at literal paths in scripts without `cd` and `cwd`.

## Why
The step would fail with "not found" after others have been paid for. An earlier step may make the file; then this is
nothing to worry about.

## Example
```yaml
- shell: "./scripts/tset"
```

## Use instead
```yaml
- shell: "./scripts/test"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scripts import Command, Word, read_script
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "note"

_INTERPRETERS = frozenset({"sh", "bash", "python", "python3", "node", "ruby", "perl"})
_MAKERS = frozenset({"cd", "pushd", "curl", "wget", "git", "mkdir", "unzip", "tar"})


def check(facts: Facts) -> Iterator[Diagnostic]:
    around = facts.surroundings
    if around is None:
        return
    for step in facts.outline.steps:
        if (
            not isinstance(step.action, ShellAction)
            or step.cwd is not None
            or "/" not in step.action.script.raw
        ):
            continue
        script = step.action.script
        commands = read_script(script.raw).commands
        if any(command.name in _MAKERS or command.is_redirected for command in commands):
            continue
        for command in commands:
            word = _called(command)
            if word is not None and not around.exists(word.text.removeprefix("./")):
                yield Diagnostic(
                    rule="missing-file",
                    severity=SEVERITY,
                    message=f"there is no file `{word.text}` in this repository",
                    source=facts.source,
                    primary=Label(script.span_of(word.start, word.start + len(word.text)), "not there"),
                    help=("write the path from the root of the work tree",),
                )


def _called(command: Command) -> Word | None:
    """The literal path that a command runs."""
    words = command.words
    if command.name in _INTERPRETERS:
        words = words[1:]
    if not words or "/" not in words[0].text or words[0].text.startswith(("/", "~", "-", "..")):
        return None
    return None if any(sign in words[0].text for sign in "$*?[`{") else words[0]
