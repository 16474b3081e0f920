"""A single name stands for nothing where it is written.

## What it does
Reports `$NAME` and `${NAME}` in prompts, arguments, questions, conditions, `cwd` and `commit_message` where NAME is
neither a variable of the session (`ARG`, `FILE`, `FILE_NAME`, `FILE_STEM`, `INDEX`, `TOTAL`, `ITERATION`,
`CAPTURED_OUTPUT`, `PROJECT_ROOT`, `WORKTREE`, `SPEC_ID`) nor a declared input. In `shell:` text such a name
is the shell's, in `env:` it is taken from the environment.

## Why
There is no shell in a prompt: the name would reach the agent as nothing at all.

## Example
```yaml
- claude: "/mmm-implement-spec $SPEC"
```

## Use instead
```yaml
- claude: "/mmm-implement-spec $SPEC_ID"
```

## Fix
A similar name is put there; where there is none, `$` is doubled, so that the text stays as it is. Unsafe:
both are guesses.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.fields import STEP_FIELDS
from mmm_lang.analysis.scopes import UndefinedVariable
from mmm_lang.analysis.sites import Site
from mmm_lang.analysis.unbraced import unbraced
from mmm_lang.analysis.variables import CONTEXTS, SESSION_VARIABLES
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import Guesses
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Step

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    guesses = Guesses()
    for site, problem in facts.problems(UndefinedVariable):
        span = site.hole.names[0].span
        step = facts.scope.steps.get(problem.name, (None,))[0]
        if unbraced(facts, facts.resolutions[site.hole]) is not None:
            continue
        if _is_secret(facts, site, problem.name):
            yield _secret(facts, site, problem.name)
            continue
        similar = _similar(facts, guesses, problem.name, step)
        yield Diagnostic(
            rule="undefined-variable",
            severity=SEVERITY,
            message=_message(problem.name, step),
            source=facts.source,
            primary=Label(span, "its field is missing" if step else "not known here"),
            secondary=_labels(step),
            help=_help(site, problem.name, step, similar),
            fix=_fix(site, problem.name, step, similar),
        )


def _is_secret(facts: Facts, site: Site, name: str) -> bool:
    """Whether a name is in `secrets:`; in a script that is a variable of the shell like any other."""
    return site.program is None and any(one.value == name for one in facts.playbook.secrets)


def _secret(facts: Facts, site: Site, name: str) -> Diagnostic:
    text = "${" + name + "}" if site.hole.spelling == "braced" else "$" + name
    declared = next(one.span for one in facts.playbook.secrets if one.value == name)
    return Diagnostic(
        rule="undefined-variable",
        severity=SEVERITY,
        message=f"the secret `{name}` cannot be read here",
        source=facts.source,
        primary=Label(site.hole.names[0].span, "never put into texts"),
        secondary=(Label(declared, "the secret"),),
        help=(
            f"use `${name}` in a `shell:` step, which finds it in its environment",
            f"write `${text}` where the text `{text}` is meant",
        ),
    )


def _message(name: str, step: Step | None) -> str:
    if step is not None or name in ("shell", "last"):
        return f"`{name}` is a step, and a reference names a field of it"
    return f"no variable or input is named `{name}`"


def _similar(facts: Facts, guesses: Guesses, name: str, step: Step | None) -> str | None:
    if step is not None or name in CONTEXTS or name in STEP_FIELDS:
        return None
    return guesses.nearest(name, lambda: (*SESSION_VARIABLES, *facts.scope.inputs))


def _labels(step: Step | None) -> tuple[Label, ...]:
    return (Label(step.id.span, "the step"),) if step is not None and step.id is not None else ()


def _help(site: Site, name: str, step: Step | None, similar: str | None) -> tuple[str, ...]:
    if step is not None or name in ("shell", "last"):
        if site.key == "when":
            return (f"name a field of the step, such as `${{{name}.exit_code}}` or `${{{name}.status}}`",)
        return (f"name a field of the step: `${{{name}.output}}`",)
    if name in STEP_FIELDS:
        return (f"name the step that it is a field of, as in `${{last.{name}}}` or `${{id.{name}}}`",)
    if name == "inputs":
        return ("name an input: `${inputs.target}`",)
    if similar is not None:
        return (f"replace with `{similar}`",)
    if site.key in ("shell", "until"):
        return (f"write `${{{name}}}` for a variable of the shell; filters are for references",)
    if site.key == "when":
        return (f"declare it under `inputs:` and write `${{inputs.{name}}}`",)
    text = "${" + name + "}" if site.hole.spelling == "braced" else "$" + name
    return (
        f"write `${text}` where the text `{text}` is meant",
        f"declare `{name}` under `inputs:` to set it with `--set`, or read the environment in `env:` or a `shell:` step",
    )


def _fix(site: Site, name: str, step: Step | None, similar: str | None) -> Fix | None:
    if similar is not None:
        edit = Edit(site.hole.names[0].span, similar)
        return Fix(f"replace with `{similar}`", "unsafe", (edit,))
    in_text = site.key in ("claude", "args", "approve", "cwd", "commit_message")
    if step is not None or name in (*CONTEXTS, *STEP_FIELDS) or not in_text:
        return None
    start = site.hole.span.start
    return Fix("double the `$`", "unsafe", (Edit(Span(start, start), "$"),))
