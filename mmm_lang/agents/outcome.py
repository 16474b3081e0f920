"""How a call ended: exit code and stream put together into one verdict.

Neither alone tells: an API error is of subtype `success`, an interrupted call exits with 0, a call in plan mode exits
with 1 and a success line. So a call succeeded only where the exit code is 0 *and* the last result line says so in every
field that can say otherwise. Denied tools are reported and left to the caller.
"""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime

from attrs import evolve, frozen

from mmm_lang.agents.commands import BUILT_IN, command_of
from mmm_lang.agents.denied import denied_tools
from mmm_lang.agents.failure import Failure, api_failure, quota, unheard_failure
from mmm_lang.agents.model import AgentRequest, AgentResult
from mmm_lang.agents.resets import epoch_time, reset_time
from mmm_lang.agents.stream import Record, Stream, count, number, read_stream, text
from mmm_lang.agents.wording import one_line
from mmm_lang.analysis.commands import BUNDLED
from mmm_lang.figures import money, plural

_LAST_WORDS = 16 * 1024
"""Bytes from the end of stderr that are looked at."""
_QUOTE = 300
_SIGNALS = {129: "SIGHUP", 130: "SIGINT", 131: "SIGQUIT", 137: "SIGKILL", 143: "SIGTERM"}
_COMPLAINT = re.compile(
    r"\b(?:error|cannot|can't|invalid|unknown|denied|not found|no conversation)\b", re.IGNORECASE
)
_UNKNOWN_MODEL = "[claude-code:unrecognized_model]"
_SAID_BY_PROGRAM = re.compile(
    r"(?:Failed to authenticate\. )?API Error:|Invalid API key|Not logged in|Credit balance is too low"
    r"|You've (?:hit|reached) your .{0,60}limit|Prompt is too long|There's an issue with the selected model"
    r"|Can't reach the API|Request timed out"
)
"""How an error of the API begins that a command with a context of its own (`context: fork`) gives as its answer."""
_NO_SESSION = re.compile(r"\bNo conversation found with session ID\b", re.IGNORECASE)
_OLD_QUOTA = re.compile(r"\s*Claude(?: AI)? usage limit reached\|\d{10,13}\s*")


@frozen
class Ended:
    """An ended call, all that the verdict needs. ``complaint`` is what stderr says, on one line."""

    request: AgentRequest
    stream: Stream
    exit_code: int | None
    complaint: str


def read_result(request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
    """The result of an ended call from its output files (paths). Raises nothing, whatever the files hold."""
    stream = read_stream(stdout)
    ended = Ended(request, stream, exit_code, _complaint(stderr))
    failure = verdict(ended)
    result = evolve(_answer(stream, request.cwd), notes=_notes(ended, stderr))
    if failure is None:
        return result
    resets = None
    if failure.ending == "quota":
        resets = None if stream.resets is None else epoch_time(stream.resets)
        resets = resets or reset_time(_all_text(stream.result) or ended.complaint, _when(stdout))
    return evolve(
        result, ending=failure.ending, reason=failure.reason, resets_at=resets, trouble=failure.trouble
    )


def cost_of_call(result: AgentResult, before: float) -> float | None:
    """What one call cost, in US dollars, or ``None`` where unknown.

    ``AgentResult.cost_usd`` is the program's own total, and that counts a continued session from its start:
    ``before`` is what earlier calls of the same session had cost (0 for a session of its own).
    """
    if result.cost_usd is None:
        return None
    return result.cost_usd - before if result.cost_usd >= before else result.cost_usd


def cannot_continue(request: AgentRequest, result: AgentResult) -> bool:
    """Whether a request to continue a session was refused before anything happened, so that the call can be made anew."""
    if not request.continues or result.ending != "failed" or result.turns > 0:
        return False
    if _NO_SESSION.search(result.reason or ""):  # newer programs name the session, and a cost of 0
        return not result.cost_usd
    return result.session is None and result.cost_usd is None


def verdict(ended: Ended) -> Failure | None:
    """Why the call is no success; ``None`` if it is one."""
    result = ended.stream.result
    if result is None:
        return _without_result(ended)
    said = text(result.get("result"))
    if result.get("subtype") != "success":
        return _stopped(result, ended.request)
    if result.get("is_error") is not False:
        return _api_error(result, ended.stream)
    if _OLD_QUOTA.fullmatch(said):
        return quota(said)
    return (
        _wrong_exit(ended) or _local_failure(result, said) or _unknown_command(ended) or _unstructured(ended)
    )


def _answer(stream: Stream, cwd: str) -> AgentResult:
    """All that a stream holds, as if it were a success."""
    result = stream.result or {}
    answered = result.get("is_error") is False and result.get("subtype") == "success"
    structured = result.get("structured_output")
    try:
        structured_text = None if structured is None else json.dumps(structured)
    except (ValueError, RecursionError):
        structured_text = None
    said = text(result.get("result"))
    if "local_command" in result and (not _model_was_asked(result) or _SAID_BY_PROGRAM.match(said)):
        said = ""
    return AgentResult(
        ending="succeeded",
        text=said if answered else "",
        cost_usd=number(result.get("total_cost_usd")),
        turns=stream.turns,
        denied=denied_tools(stream.denials, cwd),
        session=one_line(stream.session, 200) if stream.session else None,
        json=structured_text,
    )


def _without_result(ended: Ended) -> Failure:
    """The program said nothing about how it ended: it was killed, or it refused its arguments."""
    code = ended.exit_code
    if code is None or code in _SIGNALS:
        by = "a signal" if code is None else _SIGNALS[code]
        return Failure("failed", f"the agent was ended by {by} before it gave a result")
    known = unheard_failure(ended.complaint)
    if known is not None:
        return known
    if ended.stream.overlong:
        return Failure("failed", "the agent printed a line too long to read, and no result")
    how = f"the agent ended with exit code {code} and without a result"
    if not ended.complaint:
        return Failure("failed", f"{how}, and gave no reason; its output is in the step's log")
    return Failure("failed", f"{how}: {ended.complaint}")


def _stopped(result: Record, request: AgentRequest) -> Failure:
    """The program itself stopped before an answer."""
    subtype, reason = text(result.get("subtype")), text(result.get("terminal_reason"))
    said = one_line(_all_text(result), _QUOTE)
    if subtype == "error_max_budget_usd" or reason == "budget_exhausted":
        cap = "its cap" if request.max_cost_usd is None else f"its cap of {money(request.max_cost_usd)}"
        return Failure(
            "budget", f"the call was stopped by {cap}; raise `max_cost_usd` or make the task smaller"
        )
    if subtype == "error_max_turns":
        turns = count(result.get("num_turns"))
        # the turn that was one too many is counted, and its tools were not run
        after = f" after {plural(turns - 1, 'turn')}" if turns > 1 else ""
        advice = "raise CLAUDE_CODE_MAX_TURNS or make the task smaller"
        return Failure("failed", f"the agent reached its limit of turns{after}; {advice}")
    if subtype == "error_max_structured_output_retries":
        return Failure(
            "failed", "the agent found no answer that fits the output schema; make the schema simpler"
        )
    if reason.startswith("aborted"):
        return Failure("failed", "the agent was interrupted before it had finished")
    return Failure(
        "failed", f"the agent stopped with an error: {said or one_line(subtype, 80) or 'it gave no reason'}"
    )


def _api_error(result: Record, stream: Stream) -> Failure:
    if text(result.get("terminal_reason")).startswith("aborted"):
        return Failure("failed", "the agent was interrupted before it had finished")
    failure = api_failure(
        status=count(result.get("api_error_status")) or None,
        kind=text(result.get("api_error")) or text(result.get("api_error_type")),
        terminal=text(result.get("terminal_reason")),
        said=_all_text(result),
    )
    if failure.ending == "transient" and stream.resets is not None:
        return quota(_all_text(result))
    return failure


def _wrong_exit(ended: Ended) -> Failure | None:
    if ended.exit_code == 0:
        return None
    if ended.exit_code is None or ended.exit_code in _SIGNALS:
        return Failure("failed", "the agent answered, and was ended by a signal before it exited")
    because = f": {ended.complaint}" if ended.complaint else ""
    return Failure("failed", f"the agent answered, but ended with exit code {ended.exit_code}{because}")


def _local_failure(result: Record, said: str) -> Failure | None:
    """The program answered by itself and called no model."""
    unknown = re.match(r"\s*Unknown (?:slash )?command:?\s*/?(\S+)", said)
    if unknown and count(result.get("num_turns")) == 0:
        return _no_such_command(one_line(unknown[1], 80))
    if result.get("local_command"):
        return _apart_failure(result, said)
    if count(result.get("num_turns")) == 0:
        because = f": {one_line(said, _QUOTE)}" if said.strip() else ""
        return Failure("failed", f"the agent ended without a single turn{because}")
    return None


def _apart_failure(result: Record, said: str) -> Failure | None:
    """A command that the program ran apart from the conversation: by itself, or in a context of its own.

    The latter counts no turn, and what the API refused is its answer, without any other mark.
    """
    if _SAID_BY_PROGRAM.match(said):
        return api_failure(status=None, kind="", terminal="", said=said)
    if _model_was_asked(result):
        return None
    return Failure(
        "failed", f"the slash command failed before it reached the model: {one_line(said, _QUOTE)}"
    )


def _model_was_asked(result: Record) -> bool:
    return bool(result.get("modelUsage"))


def _unknown_command(ended: Ended) -> Failure | None:
    """Newer programs hand an unknown command to the model as plain text, and that is no success."""
    name, known = command_of(ended.request.prompt), ended.stream.commands
    if name is None or known is None or name in known or name in BUILT_IN or name.startswith("mcp__"):
        return None
    return _no_such_command(name)


def _no_such_command(name: str) -> Failure:
    where = f".claude/commands/{name.replace(':', '/')}.md"
    advice = f"`mmm init --commands {name}` writes `{where}`" if name in BUNDLED else f"add `{where}`"
    return Failure("failed", f"the agent knows no command `/{name}`; {advice}")


def _unstructured(ended: Ended) -> Failure | None:
    result = ended.stream.result or {}
    if ended.request.output_schema is None or "structured_output" in result:
        return None
    return Failure("failed", "the agent answered, but not in the form that the output schema asks for")


def _all_text(result: Record | None) -> str:
    """The answer or the errors of a result line."""
    if result is None:
        return ""
    errors = result.get("errors")
    parts = [text(result.get("result"))]
    parts += [text(error) for error in errors] if isinstance(errors, list) else []
    return "\n".join(part for part in parts if part)


def _notes(ended: Ended, stderr: str) -> tuple[str, ...]:
    """What the program went on without, and says only in passing."""
    servers = (one_line(name, 80) for name in ended.stream.servers_failed[:5])
    notes = [f"the MCP server `{name}` did not start, and the agent went on without it" for name in servers]
    if ended.request.model is not None and _UNKNOWN_MODEL in "\n".join(_last_words(stderr)):
        notes.append(
            f"the agent does not know the model `{one_line(ended.request.model, 80)}`; look at `model:`"
        )
    return tuple(notes)


def _complaint(stderr: str) -> str:
    """The line of stderr that says most: the first of its end that sounds like an error, else the last."""
    written = _last_words(stderr)
    if not written:
        return ""
    return one_line(next(filter(_COMPLAINT.search, written), written[-1]), _QUOTE)


def _last_words(stderr: str) -> list[str]:
    """The last lines of stderr, blank ones left out."""
    try:
        with open(stderr, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST_WORDS))
            end = file.read(_LAST_WORDS).decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in end.splitlines() if line.strip()]


def _when(stdout: str) -> datetime:
    """When the call said its last word, in the local time zone."""
    try:
        return datetime.fromtimestamp(os.path.getmtime(stdout), UTC).astimezone()
    except (OSError, ValueError, OverflowError):
        return datetime.now(UTC).astimezone()
