"""A limit of agent calls is used up before the steps are through.

## What it does
Reports `agent_calls` in `limits:` where the steps of one iteration make more calls than that in any case. Only calls that
are always made count: not those of a step with `when`, of a handler, or of a loop over a list that is not written there.

## Why
A limit is for what goes on for longer than it should. This one ends every session with exit code 4, and the work of the
calls before it has been paid for.

## Example
```yaml
limits: {agent_calls: 1}
steps:
  - claude: "/mmm-code-review"
    id: review
  - claude: "/mmm-implement-spec ${review.spec}"
```

## Use instead
```yaml
limits: {agent_calls: 4}
steps:
  - claude: "/mmm-code-review"
    id: review
  - claude: "/mmm-implement-spec ${review.spec}"
```

## Fix
None: a limit is yours to set.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from mmm_lang.analysis.callees import Callee
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.figures import plural
from mmm_lang.syntax.nodes import (
    CallAction,
    ClaudeAction,
    ForEachAction,
    GroupAction,
    Limits,
    Listed,
    Located,
    Step,
)

SEVERITY: Severity = "warning"

_MOST_COUNTED = 10_000
"""Lists inside lists may make any number of calls."""


def check(facts: Facts) -> Iterator[Diagnostic]:
    calls = tuple(islice(_calls(facts.playbook.steps, facts), _MOST_COUNTED))
    for limit in _limits(facts):
        if limit.value >= len(calls):
            continue
        yield Diagnostic(
            rule="limit-too-low",
            severity=SEVERITY,
            message=f"`agent_calls: {limit.value}` is used up before the steps are through",
            source=facts.source,
            primary=Label(limit.span, f"one iteration makes at least {plural(len(calls), 'agent call')}"),
            secondary=(Label(calls[limit.value].span, "no call is left for this step"),),
            help=(f"raise it to {len(calls)} or more",),
        )


def _limits(facts: Facts) -> Iterator[Located[int]]:
    """The limit of the session and, where there is a `map:`, of each of its items."""
    source = facts.playbook.map
    written: tuple[Limits | None, ...] = (facts.playbook.limits, None if source is None else source.limits)
    for limits in written:
        if limits is not None and limits.agent_calls is not None:
            yield limits.agent_calls


def _calls(steps: tuple[Step, ...], facts: Facts) -> Iterator[Step]:
    """The step of every call that is always made, as often as it is made; for those of another file it is the one that
    calls that file."""
    for step in steps:
        if step.when is None:
            yield from _calls_of(step, facts)


def _calls_of(step: Step, facts: Facts) -> Iterator[Step]:
    match step.action:
        case ClaudeAction():
            yield step
        case GroupAction(steps=inner):
            yield from _calls(inner, facts)
        case ForEachAction(items=Listed(entries=entries), steps=inner, max_items=most):
            turns = len(entries) if most is None else min(most.value, len(entries))
            for _ in range(turns):
                yield from _calls(inner, facts)
        case CallAction():
            called = facts.calls.get(step)
            if isinstance(called, Callee):
                theirs = called.analysis.facts
                yield from (step for _ in _calls(theirs.playbook.steps, theirs))
        case _:
            pass
