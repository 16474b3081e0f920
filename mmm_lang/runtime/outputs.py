"""The outputs of a run that succeeded: the spec that its commits hold, and what the step declares."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise

from attrs import frozen

from mmm_lang.plan.ir import Output, Step
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.values import Scope, ValueProblem, json_text, read_text
from mmm_lang.runtime.world import WorkTree

SPEC_GLOBS = ("specs/**/*.md",)


class OutputMissing(Exception):
    """A declared output that the step did not make; the message says which. The step has failed."""


@frozen
class Gathered:
    """The outputs that are set, and what deserves to be said about them."""

    outputs: Mapping[str, str]
    notes: tuple[str, ...] = ()


def gather(step: Step, attempt: Attempt, scope: Scope, tree: WorkTree) -> Gathered:
    """The outputs of ``attempt``, whose commits are made. Raises `OutputMissing`."""
    outputs: dict[str, str] = {}
    notes: list[str] = []
    for declared in step.outputs:
        match declared.by:
            case "file_pattern":
                found = _newest(attempt, (declared.pattern,), tree)
                if attempt.commits and not found:
                    pattern = f"`{declared.pattern}`"
                    raise OutputMissing(
                        f"no file of its commits matches {pattern} (output `{declared.name}`)"
                    )
                _choose(declared.name, found, outputs, notes)
            case "json" | "regex":
                outputs[declared.name] = _extracted(declared, attempt, scope)
    if "spec" not in {declared.name for declared in step.outputs}:
        _choose("spec", _newest(attempt, SPEC_GLOBS, tree), outputs, notes)
    return Gathered(outputs, tuple(notes))


def _choose(name: str, found: tuple[str, ...], outputs: dict[str, str], notes: list[str]) -> None:
    if found:
        outputs[name] = found[-1]
    if len(found) > 1:
        notes.append(f"{len(found)} files fit `{name}`: the newest, `{found[-1]}`, is taken")


def _newest(attempt: Attempt, globs: tuple[str, ...], tree: WorkTree) -> tuple[str, ...]:
    """The files of the attempt's commits that match and are still there, newest last."""
    if not attempt.commits or attempt.base is None:
        return ()
    tip = attempt.commits[-1]
    there = set(tree.present(attempt.base.head, tip, globs))
    found: dict[str, None] = {}
    parents = (attempt.base.head, *attempt.commits)
    for before, after in pairwise(parents):
        for path in sorted(tree.present(before, after, globs)):
            found.pop(path, None)
            found[path] = None
    return tuple(path for path in found if path in there)


def _extracted(declared: Output, attempt: Attempt, scope: Scope) -> str:
    try:
        if declared.by == "json":
            keys = tuple(re.findall(r"[^.\[\]$]+", declared.pattern))
            return json_text(scope.json(attempt, declared.name, keys))
        text = read_text(scope.field(attempt.step, "stdout"))  # type: ignore[arg-type]  # a run has stdout
    except (ValueProblem, json.JSONDecodeError) as error:
        raise OutputMissing(f"output `{declared.name}`: {error}") from None
    found = re.search(declared.pattern, text)
    if found is None:
        raise OutputMissing(f"output `{declared.name}`: `{declared.pattern}` does not match its output")
    return found.group(1) if found.re.groups else found.group(0)
