"""Exit code and stream put together: every way in which a call of the real command was seen to end."""

from __future__ import annotations

import os

import pytest
from attrs import evolve

from mmm_lang.agents.model import AgentResult
from mmm_lang.agents.outcome import cannot_continue, cost_of_call
from tests.agents.streams import INIT, REQUEST, RESULT, SESSION, api_error, message, read, stopped


def test_success(tmp_path):
    result = read(tmp_path, INIT, message({"type": "text", "text": "done"}), RESULT)
    assert result == AgentResult(
        "succeeded", text="done", cost_usd=0.0421, turns=3, session=SESSION, reason=None, json=None
    )


LIMIT = "You've hit your session limit · resets 10:30pm (Europe/Berlin)"
RATE = "API Error: 429 This request would exceed your account's rate limit. Please try again later."

ENDINGS = [
    # what happened, last line, exit code, ending, what the reason says
    ("api 400", api_error(400, "API Error: 400 bad request"), 1, "failed", "API Error: 400 bad request"),
    ("too long", api_error(400, "Prompt is too long", terminal_reason="prompt_too_long"), 1, "failed", "too long"),
    ("too big locally", api_error(None, "Prompt is too long", terminal_reason="blocking_limit"), 1, "failed", "too long"),
    ("no credit", api_error(400, "API Error: 400 Your credit balance is too low"), 1, "quota", "credit balance"),
    ("api 401", api_error(401, "Failed to authenticate. API Error: 401 x"), 1, "auth", "/login"),
    ("api 403", api_error(403, "API Error: 403 forbidden"), 1, "auth", "ANTHROPIC_API_KEY"),
    ("not logged in", api_error(None, "Not logged in · Please run /login", num_turns=0), 1, "auth", "/login"),
    ("invalid key", api_error(None, "Invalid API key · Fix external API key"), 1, "auth", "Invalid API key"),
    ("api 404", api_error(404, "There's an issue with the selected model (x)"), 1, "failed", "`model:`"),
    ("api 413", api_error(413, "API Error: 413 x", terminal_reason="image_error"), 1, "failed", "smaller"),
    ("api 429", api_error(429, RATE), 1, "transient", "rate limit"),
    ("rate of the minute", api_error(429, "You have exceeded your per-minute rate limit"), 1, "transient", "later"),
    ("session limit", api_error(429, LIMIT), 1, "quota", "session limit"),
    ("weekly limit", api_error(None, "You've reached your weekly limit ∙ resets Oct 6 at 1pm"), 1, "quota", "weekly"),
    ("older limit", api_error(None, "Claude AI usage limit reached|1749924000"), 1, "quota", "limit reached"),
    ("limit, said as answer", {**RESULT, "result": "Claude AI usage limit reached|1749924000"}, 0, "quota", "limit"),
    ("api 500", api_error(500, "API Error: 500 Internal server error"), 1, "transient", "500"),
    ("api 503", api_error(503, "API Error: 503 x"), 1, "transient", "503"),
    ("api 529", api_error(529, "API Error: 529 Overloaded"), 1, "transient", "529"),
    ("status in the text", api_error(None, "API Error: 529 {}"), 1, "transient", "529"),
    ("refused", api_error(None, "… (ECONNREFUSED)", api_error="connection_failed"), 1, "transient", "ECONNREFUSED"),
    ("no network", api_error(None, "Can't reach the API server … (ENOTFOUND)"), 1, "transient", "ENOTFOUND"),
    ("timeout", api_error(None, "Request timed out after 3000ms"), 1, "transient", "timed out"),
    ("idle stream", api_error(None, "x", api_error="stream_idle_timeout"), 1, "transient", "x"),
    ("api error, exit 0", api_error(529, "API Error: 529 Overloaded"), 0, "transient", "529"),
    ("turns", stopped("error_max_turns", num_turns=4), 1, "failed", "after 3 turns"),
    ("budget", stopped("error_max_budget_usd", terminal_reason="budget_exhausted"), 1, "budget", "`max_cost_usd`"),
    ("schema", stopped("error_max_structured_output_retries"), 1, "failed", "schema"),
    ("SIGINT", stopped("error_during_execution", terminal_reason="aborted_tools"), 0, "failed", "interrupted"),
    ("SIGINT, streaming", api_error(None, "x", terminal_reason="aborted_streaming"), 0, "failed", "interrupted"),
    ("error", stopped("error_during_execution"), 1, "failed", "it says why"),
    ("unknown subtype", {**RESULT, "subtype": "error_new"}, 0, "failed", "done"),
    ("no subtype", {"type": "result"}, 0, "failed", "no reason"),
    ("is_error missing", {k: v for k, v in RESULT.items() if k != "is_error"}, 0, "failed", "reported an error: done"),
    ("plan mode", RESULT, 1, "failed", "exit code 1"),
    ("killed after the answer", RESULT, None, "failed", "signal before it exited"),
    ("local command", {**RESULT, "num_turns": 0, "local_command": "custom", "result": "Shell command failed"},
     0, "failed", "before it reached the model: Shell command failed"),
    ("old unknown", {**RESULT, "num_turns": 0, "result": "Unknown command: /mmm-x"},
     0, "failed", "add `.claude/commands/mmm-x.md`"),
    ("no turns", {**RESULT, "num_turns": 0}, 0, "failed", "without a single turn: done"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "exit_code", "ending", "says"), [row[1:] for row in ENDINGS], ids=[row[0] for row in ENDINGS]
)
def test_endings(tmp_path, line, exit_code, ending, says):
    result = read(tmp_path, INIT, line, exit_code=exit_code)
    assert result.ending == ending
    assert says in result.reason
    assert "\n" not in result.reason


WITHOUT_RESULT = [
    ("usage", 1, "error: unknown option '--x'\n(Did you mean --y?)\n", "failed", "a result: error: unknown option '--x'"),
    ("silent", 1, "", "failed", "gave no reason"),
    ("silent, exit 0", 0, "", "failed", "exit code 0"),
    ("stdin too large", 1, "Error: piped stdin input exceeds 10MB", "failed", "exceeds 10MB"),
    ("root", 1, "--dangerously-skip-permissions cannot be used with root/sudo privileges", "failed", "IS_SANDBOX=1"),
    ("not logged in", 1, "Invalid API key · Please run /login", "auth", "ANTHROPIC_API_KEY"),
    ("limit", 1, "You've hit your session limit · resets 3pm", "quota", "session limit"),
    ("SIGTERM", 143, "", "failed", "ended by SIGTERM"),
    ("SIGHUP", 129, "", "failed", "ended by SIGHUP"),
    ("SIGKILL", None, "", "failed", "ended by a signal"),
    ("not a claude", 127, "sh: claude: not found", "failed", "not found"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("exit_code", "stderr", "ending", "says"),
    [row[1:] for row in WITHOUT_RESULT],
    ids=[row[0] for row in WITHOUT_RESULT],
)
def test_endings_without_a_result_line(tmp_path, exit_code, stderr, ending, says):
    result = read(tmp_path, INIT, exit_code=exit_code, stderr=stderr)
    assert (result.ending, result.text, result.cost_usd) == (ending, "", None)
    assert says in result.reason


APART = {**RESULT, "num_turns": 0, "local_command": "custom", "modelUsage": {"claude-x": {"costUSD": 0.0421}}}
"""The result line of a command that runs in a context of its own (`context: fork`, and `/review`)."""


def test_a_command_that_works_apart_counts_no_turn_and_is_a_success(tmp_path):
    result = read(tmp_path, INIT, APART)
    assert (result.ending, result.text, result.cost_usd) == ("succeeded", "done", 0.0421)


@pytest.mark.parametrize(
    ("said", "usage", "ending", "says"),
    [
        ("API Error: 529 Overloaded.", {}, "transient", "529"),
        ("API Error: 529 Overloaded.", APART["modelUsage"], "transient", "529"),
        ("Invalid API key · Fix external API key", {}, "auth", "/login"),
        ("Credit balance is too low", {}, "quota", "Credit balance"),
        ("You've hit your 5-hour limit · resets 3:30pm (UTC)", {}, "quota", "5-hour limit"),
        ("There's an issue with the selected model (x)", {}, "failed", "the selected model"),
        ("no model for: Reached the limit of 1 iteration", {}, "failed", "no model"),
    ],
)
def test_what_the_api_refused_is_the_answer_of_a_command_that_works_apart(
    tmp_path, said, usage, ending, says
):
    result = read(tmp_path, INIT, {**APART, "result": said, "modelUsage": usage})
    assert (result.ending, result.text) == (ending, "")
    assert says in result.reason


def test_an_answer_that_speaks_of_errors_is_a_success(tmp_path):
    said = (
        "API Error: 429 was not handled; usage limit reached is shown now. Not logged in · Please run /login"
    )
    assert read(tmp_path, INIT, {**RESULT, "result": said}).ending == "succeeded"


@pytest.mark.parametrize(
    ("prompt", "ending"),
    [
        ("/mmm-code-review --focus x", "succeeded"),
        ("/grp:inner", "succeeded"),
        ("/help", "succeeded"),
        ("/mcp__server__ask", "succeeded"),
        ("please /nothing", "succeeded"),
        ("/etc/hosts is odd", "succeeded"),
        ("/nothing now", "failed"),
    ],
)
def test_a_command_that_the_program_does_not_know_is_no_success(tmp_path, prompt, ending):
    result = read(tmp_path, INIT, RESULT, prompt=prompt)
    assert result.ending == ending
    if ending == "failed":
        assert "`/nothing`" in result.reason
        assert ".claude/commands/nothing.md" in result.reason


def test_commands_are_not_judged_where_the_program_did_not_list_them(tmp_path):
    assert read(tmp_path, RESULT, prompt="/nothing").ending == "succeeded"


def test_structured_output(tmp_path):
    schema = '{"type": "object"}'
    assert (
        read(tmp_path, INIT, {**RESULT, "structured_output": {"a": [1]}}, output_schema=schema).json
        == '{"a": [1]}'
    )
    missing = read(tmp_path, INIT, RESULT, output_schema=schema)
    assert (missing.ending, missing.json) == ("failed", None)
    assert "schema" in missing.reason


def test_denied_tools_are_reported_and_alone_are_no_failure(tmp_path):
    denials = [
        {"tool_name": "Bash", "tool_use_id": "x", "tool_input": {"command": "npm test -- --watch"}}
    ] * 2
    result = read(tmp_path, INIT, {**RESULT, "permission_denials": denials})
    assert result.ending == "succeeded"
    assert [(denied.tool, denied.rule) for denied in result.denied] == [("Bash", "Bash(npm test:*)")]


def test_the_last_result_counts_and_turns_and_denials_are_of_all(tmp_path):
    first = {
        **RESULT,
        "result": "first",
        "num_turns": 5,
        "permission_denials": [{"tool_name": "Write", "tool_input": {}}],
    }
    last = {**RESULT, "result": "last", "num_turns": 1, "total_cost_usd": 0.5, "result_index": 1}
    result = read(tmp_path, INIT, first, INIT, last)
    assert (result.text, result.turns, result.cost_usd) == ("last", 6, 0.5)
    assert [denied.rule for denied in result.denied] == ["Write"]


def test_a_failure_keeps_what_it_cost(tmp_path):
    result = read(
        tmp_path, INIT, stopped("error_max_budget_usd", total_cost_usd=0.6), exit_code=1, max_cost_usd=0.5
    )
    assert (result.ending, result.cost_usd, result.turns) == ("budget", 0.6, 3)
    assert "$0.50" in result.reason


@pytest.mark.parametrize("cost", [None, "0.1", True, -1, float("nan"), float("inf"), 10**400])
def test_a_cost_that_is_none_is_unknown(tmp_path, cost):
    assert read(tmp_path, INIT, {**RESULT, "total_cost_usd": cost}).cost_usd is None


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        (api_error(529, "API Error: 529 x"), "an overloaded API"),
        (api_error(500, '{"type":"overloaded_error"}'), "an overloaded API"),
        (api_error(429, RATE), "a rate limit of the API"),
        (api_error(503, "API Error: 503 x"), "an error 503 of the API"),
        (api_error(None, "Request timed out after 3000ms"), "an API that did not answer"),
        (api_error(None, "x", api_error="stream_idle_timeout"), "an API that did not answer"),
        (api_error(None, "… (ECONNREFUSED)", api_error="connection_failed"), "a lost connection to the API"),
        (api_error(400, "API Error: 400 x"), None),
        (RESULT, None),
    ],
)
def test_what_was_in_the_way_in_a_few_words(tmp_path, line, trouble):
    assert read(tmp_path, INIT, line, exit_code=0).trouble == trouble


def test_what_the_program_went_on_without_is_noted(tmp_path):
    servers = [{"name": "github", "status": "failed"}, {"name": "files", "status": "connected"}, "odd", {}]
    result = read(tmp_path, {**INIT, "mcp_servers": servers}, RESULT)
    assert result.ending == "succeeded"
    assert result.notes == ("the MCP server `github` did not start, and the agent went on without it",)


def test_a_model_that_the_program_does_not_know_is_noted(tmp_path):
    stderr = "[claude-code:unrecognized_model] sonet\n"
    result = read(tmp_path, INIT, RESULT, stderr=stderr, model="sonet")
    assert result.ending == "succeeded"
    assert result.notes == ("the agent does not know the model `sonet`; look at `model:`",)
    assert read(tmp_path, INIT, RESULT, model="sonet").notes == ()


def test_when_a_quota_is_there_again(tmp_path):
    notice = {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": 1788441600}}
    assert read(tmp_path, notice, api_error(429, RATE), exit_code=1).ending == "quota"
    assert read(tmp_path, notice, api_error(429, RATE), exit_code=1).resets_at == "2026-09-03T13:20:00Z"
    old = api_error(None, "Claude AI usage limit reached|1749924000")
    assert read(tmp_path, old, exit_code=1).resets_at == "2025-06-14T18:00:00Z"
    assert read(tmp_path, api_error(429, "You've hit your session limit"), exit_code=1).resets_at is None
    assert read(tmp_path, RESULT).resets_at is None


def test_a_time_of_day_is_the_next_one_after_the_answer(tmp_path):
    read(tmp_path, api_error(429, "You've hit your session limit · resets 10:30pm (UTC)"), exit_code=1)
    os.utime(tmp_path / "stdout", (1_750_000_000, 1_750_000_000))  # 2025-06-15 15:06:40 UTC
    from mmm_lang.agents.outcome import read_result

    result = read_result(REQUEST, str(tmp_path / "stdout"), str(tmp_path / "stderr"), 1)
    assert result.resets_at == "2025-06-15T22:30:00Z"


def test_missing_files_are_a_call_without_a_result(tmp_path):
    from mmm_lang.agents.outcome import read_result

    result = read_result(REQUEST, str(tmp_path / "no"), str(tmp_path / "neither"), 1)
    assert result.ending == "failed"


def test_the_reason_holds_no_control_characters(tmp_path):
    result = read(tmp_path, INIT, exit_code=1, stderr="\x1b[31merror:\x07 wrong\x1b[0m \u202etxet\n")
    assert result.reason.endswith("[31merror: wrong[0m txet")
    assert result.reason.isprintable()


def test_cost_of_a_continued_session_is_what_it_adds():
    total = AgentResult("succeeded", cost_usd=0.75)
    assert cost_of_call(total, 0) == 0.75
    assert cost_of_call(total, 0.5) == 0.25
    assert cost_of_call(total, 1.0) == 0.75  # the program began to count anew
    assert cost_of_call(AgentResult("failed"), 0.5) is None


def test_a_refusal_to_continue_is_told_from_a_failure(tmp_path):
    continued = evolve(REQUEST, continues=True)
    refused = read(
        tmp_path, exit_code=1, stderr=f"No conversation found with session ID: {SESSION}", continues=True
    )
    assert cannot_continue(continued, refused)
    assert not cannot_continue(REQUEST, refused)
    assert not cannot_continue(continued, read(tmp_path, INIT, exit_code=None, continues=True))
    assert not cannot_continue(continued, read(tmp_path, INIT, RESULT, continues=True))
    gone = stopped(
        "error_during_execution",
        errors=[f"No conversation found with session ID: {SESSION}"],
        num_turns=0,
        total_cost_usd=0,
    )
    assert cannot_continue(continued, read(tmp_path, gone, exit_code=1, continues=True))
    assert not cannot_continue(REQUEST, read(tmp_path, gone, exit_code=1))
