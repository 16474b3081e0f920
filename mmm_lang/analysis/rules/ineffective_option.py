"""An option has no effect beside another one.

## What it does
Warns about `retry` with one attempt (and its `backoff`), `commit_message` beside `commit: false`, `commit_required: true`
beside `commit: false` where the script makes no commit itself, `ok_exit_codes` with every code there is, and
`max_items` of a list that is written out.

## Why
It promises something that does not happen: another try, a message, a commit.

## Example
```yaml
- shell: "make test"
  retry: {attempts: 1}
```

## Use instead
```yaml
- shell: "make test"
  retry: {attempts: 2}
```

## Fix
`retry` with one attempt, the message of a commit that is not made and a `max_items` that leaves nothing out are removed.
Safe. For the others: none.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.removal import removal
from mmm_lang.analysis.scripts import read_script
from mmm_lang.diagnostics.model import Diagnostic, Fix, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ShellAction, Step

SEVERITY: Severity = "warning"

_ALL_CODES = 256
_WITHOUT_COMMIT = frozenset(
    {"cargo", "cp", "echo", "go", "mkdir", "mv", "pytest", "rm", "sed", "touch", "true"}
)
"""Programs that make no commit; of a `make` or a script of one's own nobody knows."""


def check(facts: Facts) -> Iterator[Diagnostic]:
    if any(facts.outline.loops()):
        from mmm_lang.analysis.loop_faults import odd_bounds  # few playbooks have loops

        yield from odd_bounds(facts)
    for step in facts.outline.steps:
        yield from _of_retry(facts, step)
        yield from _of_commit(facts, step)
        codes = step.ok_exit_codes
        if codes is not None and len({code.value for code in codes}) == _ALL_CODES:
            yield _diagnostic(
                facts,
                step.keys["ok_exit_codes"],
                "with every exit code accepted, this step only fails by a signal or its timeout",
                "name the codes that mean success, or write `on_failure: {fail_workflow: false}`",
            )


def _of_retry(facts: Facts, step: Step) -> Iterator[Diagnostic]:
    retry = step.settings.retry
    if retry is None or retry.attempts.value != 1 or "retry" not in step.keys:
        return
    if facts.playbook.defaults.retry is not None:
        return  # it takes back what the defaults say
    yield _diagnostic(
        facts,
        retry.attempts.span,
        "one attempt is a run without a retry",
        "write how many runs there are in all, at least 2, or remove `retry`",
        fix=removal(facts.source, step.keys["retry"], retry.span),
    )


def _of_commit(facts: Facts, step: Step) -> Iterator[Diagnostic]:
    if step.commit is None or step.commit.value:
        return
    off = (Label(step.commit.span, "mmm makes no commit"),)
    if step.commit_message is not None:
        yield _diagnostic(
            facts,
            step.keys["commit_message"],
            "mmm makes no commit after this step, and needs no message",
            "remove `commit_message`, or `commit: false`",
            off,
            removal(facts.source, step.keys["commit_message"], step.commit_message.span),
        )
    required = step.commit_required
    if required is not None and required.value and _never_commits(step):
        yield _diagnostic(
            facts,
            required.span,
            "this step must leave a commit, and nobody makes one",
            "remove `commit: false`, or let the script commit",
            off,
        )


def _never_commits(step: Step) -> bool:
    """Whether a step certainly makes no commit itself: a script of a few words that name none."""
    if not isinstance(step.action, ShellAction) or step.action.script.holes:
        return False
    script = read_script(step.action.script.raw)
    names = {command.name for command in script.commands}
    return script.is_plain and bool(names) and names <= _WITHOUT_COMMIT


def _diagnostic(
    facts: Facts,
    span: Span,
    message: str,
    advice: str,
    secondary: tuple[Label, ...] = (),
    fix: Fix | None = None,
) -> Diagnostic:
    return Diagnostic(
        rule="ineffective-option",
        severity=SEVERITY,
        message=message,
        source=facts.source,
        primary=Label(span, "no effect"),
        secondary=secondary,
        help=(advice,),
        fix=fix,
    )
