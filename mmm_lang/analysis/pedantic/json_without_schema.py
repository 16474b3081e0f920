"""The answer of an agent is read as JSON, and nothing says that it is.

## What it does
Notes `${id.json}`, and `json` outputs, of a `claude:` or `name:` step without an `output_schema`.

## Why
An agent answers in prose, now and then even where it is asked not to. With a schema its answer is JSON, and its
fields are checked before anything runs.

## Example
```yaml
- claude: "Grade the tests from 1 to 10, as JSON."
  id: review
- shell: "test ${review.json.grade} -gt 5"
```

## Use instead
```yaml
- claude: "Grade the tests from 1 to 10."
  id: review
  output_schema: {type: object, properties: {grade: {type: integer}}, required: [grade]}
- shell: "test ${review.json.grade} -gt 5"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.fields import declared_output
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ClaudeAction, Step

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for hole, resolution in facts.resolutions.items():
        target = resolution.target
        if not isinstance(target, StepTarget) or target.field != "json" or not _is_loose(target.step):
            continue
        if declared_output(target.step, "json") is None:
            yield _diagnostic(facts, hole.span)
    for step in facts.outline.steps:
        if _is_loose(step):
            yield from (_diagnostic(facts, one.pattern.span) for one in step.outputs if one.kind == "json")


def _is_loose(step: Step) -> bool:
    return isinstance(step.action, ClaudeAction) and step.output_schema is None


def _diagnostic(facts: Facts, span: Span) -> Diagnostic:
    return Diagnostic(
        rule="json-without-schema",
        severity=SEVERITY,
        message="nothing makes the agent answer in JSON",
        source=facts.source,
        primary=Label(span, "read as JSON"),
        help=("give the step an `output_schema`",),
    )
