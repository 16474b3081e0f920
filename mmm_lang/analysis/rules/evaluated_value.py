"""A value is read as code by a program in a script.

## What it does
Warns about the output of a step that is an argument of `eval`, `sh -c`, `python3 -c` and the like, that `echo` or
`printf` hands to a shell (`| sh`, `| xargs sh -c`), or that is the name of the command that runs.

## Why
mmm keeps a value one argument, whatever it holds. These programs parse that argument again: an agent's
answer such as `; rm -rf .` is run.

## Example
```yaml
- claude: "/mmm-suggest-command"
  id: advice
- shell: 'eval "${advice.output}"'
```

## Use instead
```yaml
- claude: "/mmm-suggest-command"
  id: advice
- shell: './run-if-known "${advice.output}"'
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for hole, found in facts.places.items():
        if not isinstance(facts.resolutions[hole].target, StepTarget):
            continue
        if any(one.name == "raw" for one in hole.filters):
            continue
        if found.evaluated_by is not None:
            message = f"`{found.evaluated_by}` reads `{hole.written}` as code"
            example = _fixed_text(found.evaluated_by)
            help_ = f"give it a fixed text, and the value after it: `{example} ${{{hole.written}}}`"
        elif found.is_command:
            message = f"`{hole.written}` decides which command runs"
            help_ = "name the commands that may run in a `case` of the script"
        else:
            continue
        from mmm_lang.analysis.taint import path_to  # few scripts come to this

        yield Diagnostic(
            rule="evaluated-value",
            severity=SEVERITY,
            message=message,
            source=facts.source,
            primary=Label(hole.span, "the output of a step"),
            help=(help_,),
            flow=path_to(facts, facts.resolutions[hole], "it becomes code here"),
        )


def _fixed_text(program: str) -> str:
    """A call of a program whose code is fixed and reads its argument."""
    if program.startswith("python"):
        return f"{program} -c 'import sys; print(sys.argv[1])'"
    if program in ("node", "nodejs"):
        return f"{program} -e 'console.log(process.argv[1])'"
    if program in ("perl", "ruby"):
        first = "$ARGV[0]" if program == "perl" else "ARGV[0]"
        return f"{program} -e 'print {first}'"
    shell = "sh" if program == "eval" else program
    return f"{shell} -c 'echo \"$1\"' {shell}"
