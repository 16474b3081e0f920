"""A script calls a file that is not there.

## What it does
Notes a program that a script calls by its path, such as `./scripts/check`, and a `cwd`, where the repository has no such
file or folder. It looks at literal paths, and leaves scripts alone that go to another folder or fetch files.

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
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "note"

_INTERPRETERS = frozenset({"sh", "bash", "python", "python3", "node", "ruby", "perl"})
_MAKERS = frozenset({"cd", "pushd", "curl", "wget", "git", "mkdir", "unzip", "tar"})


def check(facts: Facts) -> Iterator[Diagnostic]:
    around = facts.surroundings
    if around is None:
        return
    for step in facts.outline.steps:
        cwd = step.cwd
        if (
            cwd is not None
            and "$" not in cwd.raw
            and not cwd.raw.startswith(("/", "~"))
            and ".." not in cwd.raw
        ):
            if not around.exists(cwd.raw):
                yield _diagnostic(facts, "folder", cwd.raw, cwd.span)
        elif isinstance(step.action, ShellAction) and cwd is None and "/" in step.action.script.raw:
            script = step.action.script
            for word in _called_by(script.raw):
                if not around.exists(word.text.removeprefix("./")):
                    place = script.span_of(word.start, word.start + len(word.text))
                    yield _diagnostic(facts, "file", word.text, place)


def _diagnostic(facts: Facts, kind: str, path: str, span: Span) -> Diagnostic:
    return Diagnostic(
        rule="missing-file",
        severity=SEVERITY,
        message=f"there is no {kind} `{path}` in this repository",
        source=facts.source,
        primary=Label(span, "not there"),
        help=("write the path from the root of the work tree",),
    )


def _called_by(script: str) -> list[Word]:
    """The literal paths that a script runs, unless it makes files or goes elsewhere itself."""
    commands = read_script(script).commands
    if any(command.name in _MAKERS or command.is_redirected for command in commands):
        return []
    return [word for command in commands if (word := _called(command)) is not None]


def _called(command: Command) -> Word | None:
    """The literal path that a command runs."""
    words = command.words
    if command.name in _INTERPRETERS:
        words = words[1:]
    if not words or "/" not in words[0].text or words[0].text.startswith(("/", "~", "-", "..")):
        return None
    return None if any(sign in words[0].text for sign in "$*?[`{") else words[0]
