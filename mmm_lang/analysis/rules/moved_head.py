"""A script moves the branch away from under the session.

## What it does
Warns about git commands in a script that switch to another branch or rewrite commits: `switch`, `checkout -b`, `rebase`,
`commit --amend`, `reset` to another commit, `pull --rebase`.

## Why
The commits of a session are its results, so a step that leaves `HEAD` on another branch, or rewrites what was there
before it, has failed.

## Example
```yaml
- shell: "git checkout -b improvements"
- claude: "/mmm-code-review"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
```

## Fix
None. Switch before `mmm cook`, and rewrite after it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scripts import Command, read_script
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        if not isinstance(step.action, ShellAction) or "git " not in step.action.script.raw:
            continue
        script = step.action.script
        commands = read_script(script.raw).commands
        if any(_goes_elsewhere(command) for command in commands):
            continue
        for index, command in enumerate(commands):
            what = _what_it_does(command, commands[:index])
            if what is not None:
                yield Diagnostic(
                    rule="moved-head",
                    severity=SEVERITY,
                    message=f"this {what}, and a step that does so has failed",
                    source=facts.source,
                    primary=Label(script.span_of(command.start, command.end), what),
                    help=("do this before `mmm cook` starts or after it has ended",),
                )
                break


def _goes_elsewhere(command: Command) -> bool:
    """Whether a script may work in another repository, or comes back to its branch by itself."""
    if command.name in ("cd", "pushd"):
        return True
    if command.name != "git":
        return False
    arguments = command.arguments
    back = arguments[:2] in (("checkout", "-"), ("switch", "-"))
    return back or any(one in ("-C", "clone", "init", "worktree") for one in arguments[:2])


def _what_it_does(command: Command, before: tuple[Command, ...]) -> str | None:
    if command.name != "git" or not command.arguments:
        return None
    verb, *options = command.arguments
    if verb == "switch" or (verb == "checkout" and {"-b", "-B", "--orphan", "--detach"} & set(options)):
        return "switches to another branch"
    if verb == "rebase" or (verb == "pull" and {"--rebase", "-r"} & set(options)):
        return "rewrites commits"
    if verb == "commit" and "--amend" in options:
        own = any(one.name == "git" and one.arguments[:1] == ("commit",) for one in before)
        return None if own else "rewrites a commit"
    if verb == "reset" and any(one not in ("HEAD", "--") and not one.startswith("-") for one in options):
        revision = next(one for one in options if not one.startswith("-"))
        return "moves the branch" if _is_revision(revision) else None
    return None


def _is_revision(word: str) -> bool:
    """Whether a word names another commit, and not a file."""
    return word.startswith(("HEAD~", "HEAD^", "HEAD@", "@~", "@^", "origin/", "upstream/"))
