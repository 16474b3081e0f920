"""How an agent call can end, and what becomes of the session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cooking import Cooked, Kitchen, playbook

API_ERROR = {
    "is_error": True,
    "api_error_status": 400,
    "terminal_reason": "api_error",
    "result": "API Error: 400 bad",
}
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


def failed(kitchen: Kitchen, words: str) -> Cooked:
    """Cook; the call is a failure of the step, so everything is rolled back."""
    head = kitchen.git("rev-parse", "HEAD")
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1, cooked
    assert verdict(kitchen)["fault"] == "agent"
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


def test_a_failure_that_is_transient_says_so(tmp_path: Path) -> None:
    overloaded = {**API_ERROR, "api_error_status": 529, "result": "API Error: 529 overloaded"}
    failed(asked(tmp_path, rc=1, result=overloaded), "the model could not be reached, and it may work later")


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


HANDLER = "on_failure: {shell: 'true'}\nretry: {attempts: 3}"


@pytest.mark.parametrize("rc", [0, 1])
def test_a_quota_pauses_the_session(tmp_path: Path, rc: int) -> None:
    kitchen = asked(tmp_path, HANDLER, rc=rc, result=QUOTA)
    cooked = kept(kitchen, 5, "paused", "quota")
    [event] = kitchen.of_kind("paused")
    assert event["resets_at"] == "2099-01-31T15:00:00Z"
    assert len(kitchen.scenario.receipts()) == 1
    assert "❌ Improvement session paused:" in cooked.stdout
    assert "You've hit your session limit" in cooked.stdout
    assert "The quota is there again at 2099-01-31T15:00:00Z" in cooked.stdout
    assert "Nothing was reset" in cooked.stdout


def test_a_login_that_is_missing_stops_the_session(tmp_path: Path) -> None:
    kitchen = asked(tmp_path, HANDLER, rc=1, result=AUTH)
    cooked = kept(kitchen, 1, "failed", "auth")
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
