"""How an agent call can end, and what becomes of the session."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cook.living import cooking, end, journalled
from tests.process.programs import eventually
from tests.support.cooking import Cooked, Kitchen, playbook

API_ERROR = {
    "is_error": True,
    "api_error_status": 400,
    "terminal_reason": "api_error",
    "result": "API Error: 400 bad",
}
HANDLER = "on_failure: {shell: 'true'}\nretry: {attempts: 3}"
QUOTA = {
    "is_error": True,
    "api_error_status": 429,
    "terminal_reason": "api_error",
    "result": "You've hit your session limit · resets 2099-01-31T15:00:00Z",
}
AUTH = {"is_error": True, "num_turns": 1, "result": "Not logged in · Please run /login"}


def asked(tmp_path: Path, options: str = "", **rule: object) -> Kitchen:
    """A playbook of one agent call, after a step that commits and before one that must not run after a failure."""
    lines = ["- shell: 'echo x > x'", "- claude: '/mmm-think'"]
    lines += [f"  {line}" for line in options.splitlines()]
    lines += ["- shell: 'echo y > y'"]
    kitchen = playbook(tmp_path, "\n".join(lines) + "\n")
    return kitchen.with_agent("/mmm-think", **rule)


def verdict(kitchen: Kitchen, step: str = "step-2") -> dict[str, object]:
    """The last verdict on a step."""
    return [one for one in kitchen.of_kind("step_finished") if one["step"] == step][-1]


def failed(kitchen: Kitchen, words: str, fault: str = "agent", **env: str) -> Cooked:
    """Cook; the call is a failure of the step, so everything is rolled back."""
    head = kitchen.git("rev-parse", "HEAD")
    cooked = kitchen.cook("-n", "1", **env)
    assert cooked.exit_code == 1, cooked
    assert verdict(kitchen)["fault"] == fault
    assert words in str(verdict(kitchen)["reason"])
    assert words in cooked.stdout
    assert kitchen.git("rev-parse", "HEAD") == head
    assert not (kitchen.repo / "y").exists()
    assert "Traceback" not in cooked.stderr
    return cooked


# --- failures ---


@pytest.mark.parametrize("rc", [0, 1])
def test_an_api_error_whatever_the_exit_code(tmp_path: Path, rc: int) -> None:
    failed(asked(tmp_path, rc=rc, result=API_ERROR), "the agent reported an error: API Error: 400 bad")


def test_a_success_line_with_exit_code_1(tmp_path: Path) -> None:
    failed(asked(tmp_path, rc=1), "the agent answered, but ended with exit code 1")


def test_an_error_line_with_exit_code_0(tmp_path: Path) -> None:
    failed(asked(tmp_path, is_error=True, text="no idea"), "no idea")


def test_no_result_line(tmp_path: Path) -> None:
    cooked = failed(asked(tmp_path, result=None), "the agent ended with exit code 0 and without a result")
    assert "cost: unknown" in cooked.stdout


def test_no_result_line_and_a_complaint(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, result=None, rc=1, stderr="Error: the moon is full\n")
    cooked = failed(kitchen, "without a result: Error: the moon is full")
    assert "   | Error: the moon is full" in cooked.stdout
    assert '{"type"' not in cooked.stdout


def test_a_call_that_was_interrupted_by_somebody_else(tmp_path: Path) -> None:
    failed(asked(tmp_path, do=[{"kill": "INT"}]), "the agent was interrupted before it had finished")


def test_a_call_that_was_terminated_by_somebody_else(tmp_path: Path) -> None:
    failed(asked(tmp_path, do=[{"kill": "TERM"}]), "the agent was ended by SIGTERM before it gave a result")


def test_a_call_that_was_killed_by_somebody_else(tmp_path: Path) -> None:
    cooked = failed(asked(tmp_path, do=[{"kill": "KILL"}]), "the agent was ended by a signal before it gave")
    assert "cost unknown" in cooked.stdout


ANSWERED = {"subtype": "success", "is_error": False}
OUTCOMES = [
    ("404", 1, {**API_ERROR, "api_error_status": 404, "result": "issue with the model"}, "`model:`"),
    ("413", 1, {**API_ERROR, "api_error_status": 413, "terminal_reason": "image_error"}, "make prompt or attachments"),
    ("too long", 1, {**API_ERROR, "result": "Prompt is too long", "terminal_reason": "prompt_too_long"}, "too long"),
    ("local command", 0, {"num_turns": 0, "local_command": "custom", "result": "it failed"}, "reached the model"),
    ("old, unknown", 0, {"num_turns": 0, "result": "Unknown command: /mmm-think"}, "knows no command `/mmm-think`"),
    ("no turn", 0, {"num_turns": 0}, "without a single turn"),
    ("turns", 1, {"subtype": "error_max_turns", "is_error": True, "num_turns": 4}, "limit of turns after 3 turns"),
    ("interrupted", 0, {"is_error": True, "terminal_reason": "aborted_streaming"}, "was interrupted before"),
    ("no is_error", 0, {"is_error": None}, "reported an error"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rc", "result", "words"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES]
)
def test_what_is_no_success(tmp_path: Path, rc: int, result: dict[str, object], words: str) -> None:
    kitchen = asked(tmp_path, rc=rc, result=result, writes={"half": "done\n"})
    failed(kitchen, words)
    assert not (kitchen.repo / "half").exists()


def line(**fields: object) -> str:
    """A line of the stream, before the last."""
    return json.dumps(fields) + "\n"


def test_a_command_that_a_newer_program_hands_to_the_model(tmp_path: Path) -> None:
    init = line(type="system", subtype="init", slash_commands=["compact", "mmm-other"])
    failed(asked(tmp_path, stdout=init), "the agent knows no command `/mmm-think`")


def test_the_last_of_several_results_counts_and_so_does_its_cost(tmp_path: Path) -> None:
    first = line(
        type="result", subtype="success", is_error=False, result="first", num_turns=3, total_cost_usd=0.2
    )
    kitchen = asked(tmp_path, "outputs: {said: {regex: '(.*)'}}", stdout=first, cost=0.5, text="last")
    assert kitchen.cook("-n", "1").exit_code == 0
    assert verdict(kitchen)["outputs"] == {"said": "last"}
    assert kitchen.events()[-1]["cost_usd"] == pytest.approx(0.5)


def test_an_error_after_an_answer_is_the_end_of_it(tmp_path: Path) -> None:
    first = line(type="result", **ANSWERED, result="first", num_turns=3, total_cost_usd=0.2)
    failed(asked(tmp_path, stdout=first, result=API_ERROR), "API Error: 400 bad")


def test_an_answer_that_lacks_the_form_that_was_asked_for(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, "output_schema: {type: object}")
    failed(kitchen, "the agent answered, but not in the form that the output schema asks for")
    kitchen.scenario.rules.clear()
    kitchen.with_agent("/mmm-think", structured={"a": 1})
    assert kitchen.cook("-n", "1").exit_code == 0


def test_the_retries_of_the_program_itself_are_turned_down(tmp_path: Path) -> None:
    kitchen = asked(tmp_path)
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.cook("-n", "1", CLAUDE_CODE_MAX_RETRIES="7").exit_code == 0
    given = [receipt["env"] for receipt in kitchen.scenario.receipts()]
    assert [env["CLAUDE_CODE_MAX_RETRIES"] for env in given if isinstance(env, dict)] == ["2", "7"]


def test_lines_that_are_no_json_disturb_nobody(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, stdout='warning: "result" is odd\n{"type": "result", "half\n\x00\n[1]\n')
    assert kitchen.cook("-n", "1").exit_code == 0


def test_what_the_agent_went_on_without_is_a_note(tmp_path: Path) -> None:
    commands, servers = ["mmm-think"], [{"name": "github", "status": "failed"}]
    init = line(type="system", subtype="init", slash_commands=commands, mcp_servers=servers)
    cooked = asked(tmp_path, stdout=init).cook("-n", "1")
    assert cooked.exit_code == 0
    assert "   note: the MCP server `github` did not start, and the agent went on without it" in cooked.stdout


# --- errors that pass ---

OVERLOADED = {**API_ERROR, "api_error_status": 529, "result": "API Error: 529 overloaded"}
UNPAID = {**OVERLOADED, "total_cost_usd": 0}
GO_ON = "The connection to the API was lost."


def test_a_failure_that_stays_is_one_after_four_calls(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, rc=1, result=UNPAID)
    words = "the model could not be reached, and it may work later"
    cooked = failed(kitchen, words, MMM_API_WAIT="0")
    assert kitchen.scenario.prompts() == ["/mmm-think"] * 4
    assert len({receipt["session"] for receipt in kitchen.scenario.receipts()}) == 4
    assert "waiting 0 s after an overloaded API, call 4 of 4" in cooked.stdout.replace("0.0 s", "0 s")
    assert "Agent calls: 1, cost: $0.00" in cooked.stdout


@pytest.mark.parametrize("rc", [0, 1])
def test_a_call_is_made_again_when_the_api_is_there_again(tmp_path: Path, rc: int) -> None:
    kitchen = asked(tmp_path, times=2, rc=rc, result=UNPAID)
    kitchen.with_agent("/mmm-think", writes={"made": "made\n"}, cost=0.2)
    cooked = kitchen.cook("-n", "1", MMM_API_WAIT="10ms")
    assert cooked.exit_code == 0
    assert [one["call"] for one in kitchen.of_kind("backed_off")] == [2, 3]
    assert all(5e-3 <= float(str(one["wait"])) <= 4e-2 for one in kitchen.of_kind("backed_off"))
    assert kitchen.statuses() == [("step-1", "succeeded"), ("step-2", "succeeded"), ("step-3", "succeeded")]
    last = kitchen.events()[-1]
    assert (last["calls"], last["cost_usd"]) == (1, pytest.approx(0.2))
    assert "/mmm-think completed (1 commit" in cooked.stdout
    assert cooked.stdout.count("Running /mmm-think...") == 1


def test_work_that_was_paid_for_is_gone_on_with(tmp_path: Path) -> None:
    """The error came in the middle: the agent continues its own session, and that session's cost is counted once."""
    kitchen = asked(
        tmp_path, "max_cost_usd: 1", times=1, rc=1, writes={"half": "1\n"}, cost=0.2, result=OVERLOADED
    )
    kitchen.scenario.on(GO_ON, writes={"rest": "2\n"}, cost=0.3)
    cooked = kitchen.cook("-n", "1", MMM_API_WAIT="0")
    assert cooked.exit_code == 0, cooked
    first, second = kitchen.scenario.receipts()
    assert first["session"] == second["session"]
    assert second["resumed"] is True
    assert [cap(kitchen, 0), cap(kitchen, 1)] == ["1", "0.8"]
    assert kitchen.subjects()[1] == "mmm: /mmm-think"
    assert {"half", "rest"} <= kitchen.files()
    last = kitchen.events()[-1]
    assert (last["calls"], last["cost_usd"]) == (1, pytest.approx(0.5))
    assert "$0.50)" in cooked.stdout


def test_a_wait_is_over_when_the_session_is_stopped(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, HANDLER, rc=1, result=UNPAID)
    with cooking(kitchen, "-n", "1", MMM_API_WAIT="1h") as process:
        assert 1800 <= float(str(journalled(kitchen, "backed_off")["wait"])) <= 3600
        process.send_signal(signal.SIGINT)
        assert end(process).exit_code == 130
    assert len(kitchen.scenario.receipts()) == 1
    assert ("step-2", "failed") not in kitchen.statuses()
    assert kitchen.of_kind("rolled_back") == []


def test_a_call_that_is_cut_off_is_told_of_and_counts_as_its_cap(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, do=[{"say": "I begin"}, {"hang": True}])
    with cooking(kitchen, "-n", "1", "--max-cost", "0.7") as process:
        journalled(kitchen, "agent_called")
        eventually(lambda: kitchen.scenario.receipts())
        process.send_signal(signal.SIGINT)
        stopped = end(process)
    assert stopped.exit_code == 130
    last = kitchen.events()[-1]
    assert (last["calls"], last["cost_usd"], last["charged_usd"]) == (1, None, 0.7)
    assert "Agent calls: 1, cost: unknown, commits: 1" in stopped.stdout
    assert "Calls of unknown cost count as their cap: $0.70" in stopped.stdout


def test_an_interrupted_call_is_not_made_again(tmp_path: Path) -> None:
    failed(asked(tmp_path, do=[{"kill": "TERM"}]), "ended by SIGTERM", MMM_API_WAIT="0")


# --- servers that hang ---


def test_a_server_that_hangs(tmp_path: Path) -> None:
    """Its end is announced; nobody knows what the call cost."""
    kitchen = asked(tmp_path, do=[{"say": "I begin"}, {"hang": True}])
    words = "it showed no sign of life for 1.2 s"
    cooked = failed(kitchen, words, fault="idle", MMM_IDLE_TIMEOUT="1.2s")
    assert "no sign of life for 0 s, ended after 1.2 s" in cooked.stdout
    assert "cost unknown" in cooked.stdout
    [_, ran] = kitchen.of_kind("step_ran")
    assert (ran["cost_usd"], ran["calls"], ran["fault"]) == (None, 1, "idle")


def test_a_tool_that_takes_long_is_no_server_that_hangs(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, sh="sleep 1.5", text="tested")
    cooked = kitchen.cook("-n", "1", MMM_IDLE_TIMEOUT="1s")
    assert cooked.exit_code == 0, cooked
    assert "no sign of life" not in cooked.stdout


@pytest.mark.parametrize("name", ["MMM_IDLE_TIMEOUT", "MMM_API_WAIT"])
def test_a_patience_that_is_no_time(tmp_path: Path, name: str) -> None:
    cooked = asked(tmp_path).cook(**{name: "soon"})
    assert cooked.exit_code == 2
    assert f"the environment variable {name} is 'soon', which is no time" in cooked.stderr
    assert "help: write a time" in cooked.stderr


def test_a_failure_is_repaired_or_repeated_like_any_other(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, "retry: {attempts: 2}\non_failure: {shell: 'true'}", times=3, rc=1)
    kitchen.with_agent("/mmm-think", cost=0.02)
    assert kitchen.cook("-n", "1").exit_code == 0
    faults = [one.get("fault") for one in kitchen.of_kind("step_finished") if one["step"] == "step-2"]
    assert faults == ["agent", "agent", "agent", None]
    assert kitchen.events()[-1]["calls"] == 4
    assert kitchen.events()[-1]["cost_usd"] == pytest.approx(0.05)


def test_what_the_agent_said_obeys_no_terminal(tmp_path: Path) -> None:
    nasty = "\x1b]0;title\x07\x1b[31mred\x1b[0m\u202ebackwards\r\nand more"
    kitchen = asked(tmp_path, is_error=True, text=nasty)
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert "red" in cooked.stdout
    assert not set("\x1b\x07\u202e\r") & set(cooked.stdout)


# --- tools that were refused ---

DENIALS = [{"tool_name": "Bash", "tool_input": {"command": "npm test -- --all"}}, {"tool_name": "WebSearch"}]
SENTENCE = 'the agent was refused `Bash`, `WebSearch`; to allow it: `allowed_tools: ["Bash(npm test:*)", "WebSearch"]`'


def test_a_refused_tool_and_nothing_to_show_for_it(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, denials=DENIALS)
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert verdict(kitchen)["fault"] == "denied"
    assert f"failed: {SENTENCE}" in cooked.stdout


def test_a_refused_tool_and_a_commit_is_a_note(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, denials=DENIALS, writes={"made": "made\n"})
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0
    assert f"   note: {SENTENCE}" in cooked.stdout
    assert verdict(kitchen)["notes"] == [SENTENCE]


def test_a_refused_tool_and_a_declared_output_is_a_note(tmp_path: Path) -> None:
    options = "outputs: {score: {regex: 'score: (\\d+)'}}"
    kitchen = asked(tmp_path, options, denials=DENIALS, text="score: 7")
    assert kitchen.cook("-n", "1").exit_code == 0
    assert verdict(kitchen)["outputs"] == {"score": "7"}
    assert verdict(kitchen)["notes"] == [SENTENCE]


@pytest.mark.parametrize(("rule", "exit_code"), [("fail", 1), ("warn", 0)])
def test_on_denied_decides(tmp_path: Path, rule: str, exit_code: int) -> None:
    writes = {"made": "made\n"} if rule == "fail" else {}
    kitchen = asked(tmp_path, f"on_denied: {rule}", denials=DENIALS, writes=writes)
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == exit_code
    assert SENTENCE in cooked.stdout


def test_a_failure_names_refused_tools_too(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, denials=DENIALS, rc=1)
    assert f"   note: {SENTENCE}" in failed(kitchen, "ended with exit code 1").stdout


def test_the_tools_that_are_allowed_reach_the_agent(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, 'allowed_tools: ["Bash(npm test:*)", "WebSearch"]')
    assert kitchen.cook("-n", "1").exit_code == 0
    argv = kitchen.scenario.receipts()[0]["argv"]
    assert isinstance(argv, list)
    at = argv.index("--allowedTools")
    assert argv[at + 1 : at + 3] == ["Bash(npm test:*)", "WebSearch"]


# --- endings that are no failure of the step ---


def kept(kitchen: Kitchen, exit_code: int, status: str, reason: str) -> Cooked:
    """Cook; the session stops in the call, nothing is rolled back, and the step is not judged."""
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == exit_code, cooked
    last = kitchen.events()[-1]
    assert (last["event"], last["status"], last["reason"]) == ("session_finished", status, reason)
    assert kitchen.of_kind("rolled_back") == []
    assert kitchen.subjects() == ["mmm: echo x > x"]
    assert ("step-2", "failed") not in kitchen.statuses()
    assert kitchen.of_kind("handler_started") == []
    return cooked


@pytest.mark.parametrize("rc", [0, 1])
def test_a_quota_pauses_the_session(tmp_path: Path, rc: int) -> None:
    kitchen = asked(tmp_path, HANDLER, rc=rc, result=QUOTA)
    cooked = kept(kitchen, 5, "paused", "quota")
    [event] = kitchen.of_kind("paused")
    assert event["resets_at"] == "2099-01-31T15:00:00Z"
    assert event["resets_epoch"] == 4073554800.0
    assert len(kitchen.scenario.receipts()) == 1
    assert "❌ Improvement session paused:" in cooked.stdout
    assert "You've hit your session limit" in cooked.stdout
    assert "The quota is there again at 2099-01-31T15:00:00Z" in cooked.stdout
    assert "Nothing was reset" in cooked.stdout


def test_a_login_that_is_missing_stops_the_session(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, HANDLER, rc=1, result=AUTH)
    cooked = kept(kitchen, 1, "failed", "auth")
    assert kitchen.of_kind("backed_off") == []
    assert "run `claude` and /login" in cooked.stdout
    assert "Files improved: 1" in cooked.stdout
    assert len(kitchen.scenario.receipts()) == 1


def test_what_is_left_of_the_sessions_money_is_the_cap_of_the_call(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, HANDLER, cost=0.3)
    cooked = kept_after(kitchen, "--max-cost", "0.25")
    assert cap(kitchen, 0) == "0.25"
    assert "stopped by its cap of $0.25" in cooked.stdout


def kept_after(kitchen: Kitchen, *flags: str) -> Cooked:
    cooked = kitchen.cook("-n", "1", *flags)
    assert cooked.exit_code == 4, cooked
    last = kitchen.events()[-1]
    assert (last["status"], last["reason"]) == ("budget", "budget")
    assert kitchen.of_kind("rolled_back") == []
    assert len(kitchen.scenario.receipts()) == 1
    assert ("step-2", "failed") not in kitchen.statuses()
    return cooked


def cap(kitchen: Kitchen, call: int) -> str | None:
    """What a call was told to spend at most."""
    argv = kitchen.scenario.receipts()[call]["argv"]
    assert isinstance(argv, list)
    return argv[argv.index("--max-budget-usd") + 1] if "--max-budget-usd" in argv else None


def test_a_call_that_reaches_its_own_cap_has_failed(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, "max_cost_usd: 0.2", cost=0.3)
    failed(kitchen, "the call was stopped by its cap of $0.20; raise `max_cost_usd`")
    assert cap(kitchen, 0) == "0.2"


def test_the_smaller_of_two_caps_counts(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        limits: {cost_usd: 1}
        steps:
          - claude: "/mmm-think one"
            max_cost_usd: 0.7
          - claude: "/mmm-think two"
            max_cost_usd: 0.7
          - claude: "/mmm-think three"
        """,
    ).with_agent("/mmm-think", cost=0.4)
    assert kitchen.cook().exit_code == 4
    assert [cap(kitchen, 0), cap(kitchen, 1), cap(kitchen, 2)] == ["0.7", "0.6", "0.2"]


def test_without_a_limit_there_is_no_cap(tmp_path: Path) -> None:
    kitchen = asked(tmp_path)
    assert kitchen.cook("-n", "1").exit_code == 0
    assert cap(kitchen, 0) is None


# --- cost ---


def test_a_cost_that_was_not_told_is_unknown_and_not_zero(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-one"\n- claude: "/mmm-two"\n')
    kitchen.with_agent("/mmm-one", cost=0.25).with_agent("/mmm-two", result={"total_cost_usd": None})
    cooked = kitchen.cook()
    assert cooked.exit_code == 0
    assert "cost: at least $0.25 (not every call told its cost)" in cooked.stdout
    assert kitchen.events()[-1]["cost_usd"] is None
    assert [one.get("cost_usd") for one in kitchen.of_kind("step_ran")] == [0.25, None]


def test_the_cost_of_all_calls_is_added_up(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-one"\n- claude: "/mmm-two"\n')
    kitchen.with_agent("/mmm-one", cost=0.25).with_agent("/mmm-two", cost=0.0013)
    cooked = kitchen.cook()
    assert "Agent calls: 2, cost: $0.25, commits: 0" in cooked.stdout
    assert kitchen.events()[-1]["cost_usd"] == pytest.approx(0.2513)
