"""The verdict on a run: pure rules over what was seen of it (spec/language.md, 4 and 5)."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from attrs import field, frozen

from mmm_lang.agents.model import AgentResult, DeniedTool
from mmm_lang.figures import duration, measured
from mmm_lang.plan.ir import AgentCall, Analyze, ShellRun, Step
from mmm_lang.process.model import Ended
from mmm_lang.runtime.events import Fault
from mmm_lang.runtime.state import State


@frozen
class Verdict:
    """``fault`` is ``None`` for a success; ``converged``: it ends the iteration."""

    fault: Fault | None = None
    reason: str | None = None
    converged: bool = False
    notes: tuple[str, ...] = field(default=())


def process_verdict(
    step: Step,
    ended: Ended,
    result: AgentResult | None,
    own_timeout: bool = True,
    silence: float | None = None,
) -> Verdict:
    """How the process itself ended; ``result`` is what the agent's output says, for an agent call.

    ``own_timeout``: the timeout was the step's, not what the session had left. ``silence``: seconds without a sign
    of life that were allowed.
    """
    match ended.cause:
        case "timeout" if own_timeout:
            return Verdict("timeout", f"it did not end within {duration(step.timeout or 0)}")
        case "timeout":
            return Verdict("timeout", "the time of the session was over")
        case "idle":
            return Verdict("idle", f"it showed no sign of life for {measured(silence or ended.duration)}")
        case "not-started":
            return Verdict("not-started", f"it could not be started: {ended.error}")
    if result is not None:
        if result.ending == "succeeded":
            return Verdict()
        return Verdict("agent", result.reason or "the agent gave no answer")
    if ended.signal is not None:
        return Verdict("signal", f"it was ended by {_named(ended.signal)}")
    accepted = step.action.ok_exit_codes if isinstance(step.action, ShellRun) else (0,)
    if ended.exit_code in accepted:
        return Verdict()
    if isinstance(step.action, Analyze):
        return Verdict("exit", "the project could not be analysed")
    return Verdict("exit", f"exit code {ended.exit_code}")


def _named(number: int) -> str:
    """`SIGKILL`, or the number of a signal without a name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def denied_verdict(step: Step, denied: Sequence[DeniedTool], shows: bool) -> Verdict:
    """A refused tool is a failure where the step shows nothing for it; ``shows``: a commit or a declared output."""
    if not denied or not isinstance(step.action, AgentCall):
        return Verdict()
    rule = step.action.on_denied
    if rule == "warn" or (rule is None and shows):
        return Verdict(notes=(denied_sentence(step, denied),))
    return Verdict("denied", denied_sentence(step, denied))


def denied_sentence(step: Step, denied: Sequence[DeniedTool]) -> str:
    """Which tools were refused, and the whole line for the step that allows them, with what it allows already."""
    names = listed(tuple(dict.fromkeys(one.tool for one in denied)))
    call = step.action
    if isinstance(call, AgentCall) and call.permissions == "bypass":
        return f"the agent was refused {names}, by a `deny` rule or a hook of its own settings"
    before = call.allowed_tools if isinstance(call, AgentCall) else ()
    rules = dict.fromkeys((*before, *(one.rule for one in denied)))
    quoted = ", ".join(f'"{rule}"' for rule in rules)
    return f"the agent was refused {names}; to allow it: `allowed_tools: [{quoted}]`"


def protected_verdict(paths: Sequence[str]) -> Verdict:
    if not paths:
        return Verdict()
    return Verdict("protected", f"it changed protected files: {listed(paths)}")


def commit_verdict(step: Step, state: State, committed: bool, before: int = 0) -> Verdict:
    """`commit_required`; ``committed``: the step or its handlers left a commit since it first began. ``before``: how many
    commits the iteration had when the turn of the loop around the step began, which stands for the iteration."""
    if committed or step.commit_rule == "optional":
        return Verdict()
    nothing_yet = len(state.commits) <= before and step.main_line
    if nothing_yet and (step.commit_rule == "implied" or state.iteration > 1):
        return Verdict(converged=True, reason="nothing to improve")
    if step.commit_rule == "implied":
        reason = (
            "it left no commit, which a command in this form is expected to; "
            "write `commit_required: false` if that is fine"
        )
        return Verdict("commit-implied", reason)
    return Verdict("commit-missing", "it left no commit, and has `commit_required: true`")


def listed(paths: Sequence[str], most: int = 3) -> str:
    """A few paths for a sentence."""
    names = ", ".join(f"`{path}`" for path in paths[:most])
    return names if len(paths) <= most else f"{names} and {len(paths) - most} more"
