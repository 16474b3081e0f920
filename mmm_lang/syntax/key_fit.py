"""Which keys fit beside a step's action, and what to do about those that do not."""

from __future__ import annotations

from collections.abc import Sequence

from mmm_lang.diagnostics.model import Label
from mmm_lang.figures import series
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.keys import ACTIONS, KEYS
from mmm_lang.syntax.yaml_nodes import Entry, Scalar

_UNCHECKED = ("parallel",)
"""Actions that this version cannot run; what fits them is not settled."""
_ELSEWHERE = {
    "on_exit_code": "write `on_failure:`: only a script ends with exit codes of its own",
    "cwd": "name the folder in the prompt: an agent works in the root of the work tree",
    "args": "write the arguments into the script",
}
"""What to do where there is more to say than to remove the key."""


def fitting(findings: Findings, known: dict[str, Entry], actions: Sequence[Entry]) -> dict[str, Entry]:
    """The keys beside the action that fit it; the others are reported."""
    beside = {name: entry for name, entry in known.items() if name not in ACTIONS}
    if len(actions) != 1 or actions[0].key.value in _UNCHECKED:
        return beside
    action = actions[0].key
    fit = {}
    for name, entry in beside.items():
        fits = KEYS["step"][name].actions
        if fits is None or action.value in fits:
            fit[name] = entry
        elif action.value in ("steps", "foreach"):
            _on_group(findings, entry.key, action, fits)
        elif action.value == "playbook":
            _on_call(findings, entry.key, action, fits)
        else:
            _misplaced(findings, entry.key, action, fits)
    return fit


def _misplaced(findings: Findings, key: Scalar, action: Scalar, fits: tuple[str, ...]) -> None:
    if key.value == "args" and action.value == "claude":
        advice = "write the arguments into the text of `claude:`, or use `name:` with `args:`"
        findings.warning("ignored-key", key.span, "`args` has no effect beside `claude`", advice)
        return
    owners = series(f"`{name}`" for name in fits if name != "test")
    findings.error(
        "misplaced-key",
        key.span,
        f"`{key.value}` belongs to {owners} steps, and this step is `{action.value}`",
        _ELSEWHERE.get(key.value, f"remove `{key.value}`, or move it to the step that it is for"),
        secondary=(Label(action.span, "the action of this step"),),
    )


def _on_group(findings: Findings, key: Scalar, group: Scalar, fits: tuple[str, ...]) -> None:
    what = "loop" if group.value == "foreach" else "group"
    findings.error(
        "misplaced-key",
        key.span,
        f"`{key.value}` has no place on a {what}, which runs no process of its own",
        _inside_group(key.value, fits),
        secondary=(Label(group.span, f"the {what}"),),
    )


def _on_call(findings: Findings, key: Scalar, call: Scalar, fits: tuple[str, ...]) -> None:
    advice = _inside_group(key.value, fits).replace(" inside", " there")
    if key.value in ("outputs", "capture_output", "output_schema"):
        advice = "declare `outputs:` at the top of that playbook, and read `${id.outputs.NAME}`"
    elif key.value in KEYS["defaults"]:
        advice = f"write `defaults: {{{key.value}: …}}` at the top of that playbook, or put it on steps there"
    findings.error(
        "misplaced-key",
        key.span,
        f"`{key.value}` has no place on a call of a playbook, which runs no process of its own",
        advice,
        secondary=(Label(call.span, "the call"),),
    )


def _inside_group(key: str, fits: tuple[str, ...]) -> str:
    """Where a key belongs that a group cannot have."""
    if key in ("outputs", "capture_output", "output_schema"):
        return "put it on the step inside that makes the value"
    if key == "commit_required":
        return "put it on the step inside that must leave a commit"
    if key == "on_exit_code":
        return "write `on_failure:`, or put it on the `shell` step inside that ends with the code"
    if key in KEYS["defaults"]:
        return f"put it on the steps inside, or write `defaults: {{{key}: …}}` at the top of the file"
    kinds = [f"`{name}`" for name in fits if name not in ("test", "analyze")]
    return f"put it on the {kinds[0]} steps inside" if len(kinds) == 1 else "put it on the steps inside"
