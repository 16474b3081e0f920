"""A value is read as code by a program in a script.

## What it does
Warns about the output of a step that is an argument of `eval`, `sh -c`, `python3 -c` and the like, that `echo` or
`printf` hands to a shell (`| sh`, `| xargs sh -c`), or that is the name of the command that runs. The same of an item
that a step made, and of what is given to an input of a playbook that does so.

## Why
mmm keeps a value one argument, whatever it holds. These programs parse that argument again: an agent's
answer such as `; rm -rf .` is run. Numbers, and words of which all are known, such as a `status`, hold no commands.

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
from typing import TYPE_CHECKING

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import ItemTarget, Resolution, StepTarget
from mmm_lang.analysis.types import type_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import CallAction, Hole

if TYPE_CHECKING:
    from mmm_lang.analysis.shell_places import PlaceFound
    from mmm_lang.analysis.taint import View

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    yield from _in_this_file(facts)
    if facts.calls:
        yield from _in_called_files(facts)


def _in_this_file(facts: Facts) -> Iterator[Diagnostic]:
    for hole, found in facts.places.items():
        if not isinstance(facts.resolutions[hole].target, StepTarget | ItemTarget) or _is_raw(hole):
            continue
        if found.evaluated_by is None and not found.is_command:
            continue
        from mmm_lang.analysis.taint import View, path_to  # few scripts come to this

        view, resolution = View(facts), facts.resolutions[hole]
        if _has_no_room(resolution):
            continue
        if isinstance(resolution.target, ItemTarget) and not _is_made(view, resolution):
            continue
        message, help_ = _words(hole, found)
        yield Diagnostic(
            rule="evaluated-value",
            severity=SEVERITY,
            message=message,
            source=facts.source,
            primary=Label(hole.span, "the output of a step"),
            help=(help_,),
            flow=path_to(view, resolution, "it becomes code here"),
        )


def _in_called_files(facts: Facts) -> Iterator[Diagnostic]:
    """What is given to a playbook that makes code of it."""
    from mmm_lang.analysis.taint import View, path_to, steps_in_order

    reported: set[Span] = set()
    seen: set[View] = set()
    for view, _, at in steps_in_order(View(facts)):
        if view.caller is None or view in seen or not isinstance(at.action, CallAction):
            continue
        seen.add(view)
        for hole, found in view.facts.places.items():
            resolution = view.facts.resolutions[hole]
            if found.evaluated_by is None and not found.is_command and not _is_raw(hole):
                continue
            if view.handed(resolution) is None or not _is_made(view, resolution):
                continue
            flow = path_to(view, resolution, "it becomes code here")
            given = next((one.span for one in reversed(flow) if one.source is None), None)
            if given is None or given in reported:
                continue
            reported.add(given)
            yield Diagnostic(
                rule="evaluated-value",
                severity=SEVERITY,
                message=f"`{at.action.playbook.value}` makes code of what is given to it here",
                source=facts.source,
                primary=Label(given, "the output of a step"),
                secondary=(flow[-1],),
                help=("give it a text of your own, or let that playbook name what may run in a `case`",),
                flow=flow,
            )


def _is_made(view: View, resolution: Resolution) -> bool:
    """Whether a step made a value, and it may be anything."""
    found = view.taint_of(resolution)
    return found.taint == "arbitrary" and found.step is not None


def _has_no_room(resolution: Resolution) -> bool:
    """Whether a value is a number or one of a few known words, which hold no commands."""
    found = type_of(resolution)
    return found is not None and (found.kind in ("number", "boolean") or found.choices is not None)


def _is_raw(hole: Hole) -> bool:
    return any(one.name == "raw" for one in hole.filters)


def _words(hole: Hole, found: PlaceFound) -> tuple[str, str]:
    """What is said about a value that becomes code, and the advice."""
    if found.evaluated_by is None:
        help_ = "name the commands that may run in a `case` of the script"
        return f"`{hole.written}` decides which command runs", help_
    return f"`{found.evaluated_by}` reads `{hole.written}` as code", _advice(found.evaluated_by, hole.written)


def _advice(program: str, written: str) -> str:
    """How a program gets a value that is no code."""
    if program == "ssh":
        return f"let the command there read it from its input: `printf '%s\\n' ${{{written}}} | ssh HOST COMMAND`"
    if program == "trap":
        return f"set a variable and read it when the trap runs: `x=${{{written}}}; trap 'echo \"$x\"' EXIT`"
    return f"give it a fixed text, and the value after it: `{_fixed_text(program)} ${{{written}}}`"


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
