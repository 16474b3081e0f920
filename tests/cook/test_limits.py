"""Limits: what does not fit is not started, and nothing is rolled back for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cook.maps import mmm
from tests.cook.test_agent_endings import QUOTA
from tests.support.cooking import Cooked, Kitchen, playbook

STEPS = """
- claude: "/mmm-one"
- shell: "echo between > between"
- claude: "/mmm-two"
"""


def limited(tmp_path: Path, header: str = "", steps: str = STEPS, cost: float = 0.3) -> Kitchen:
    kitchen = playbook(tmp_path, "")
    indented = "\n".join(f"  {line}" for line in steps.strip().splitlines())
    kitchen.playbook.write_text(f"{header}\nsteps:\n{indented}\n")
    kitchen.with_agent("/mmm-one", writes={"one": "1\n"}, cost=cost)
    return kitchen.with_agent("/mmm-two", writes={"two": "2\n"}, cost=cost)


def stopped(kitchen: Kitchen, words: str, *flags: str) -> Cooked:
    """Cook; the session stops before the second call, and what was done stays."""
    cooked = kitchen.cook("-n", "1", *flags)
    assert cooked.exit_code == 4, cooked
    assert "❌ Improvement session stopped by its budget:" in cooked.stdout
    assert f"Reason: {words}" in cooked.stdout
    assert kitchen.scenario.prompts() == ["/mmm-one"]
    assert kitchen.git("status", "--porcelain") == ""
    assert {"one", "between"} <= kitchen.files()
    assert kitchen.of_kind("rolled_back") == []
    [event] = kitchen.of_kind("budget")
    assert event["step"] == "step-3"
    assert kitchen.events()[-1]["status"] == "budget"
    return cooked


@pytest.mark.parametrize(("header", "flags"), [("limits: {agent_calls: 1}", []), ("", ["--max-calls", "1"])])
def test_calls(tmp_path: Path, header: str, flags: list[str]) -> None:
    stopped(limited(tmp_path, header), "the session has made its 1 agent call", *flags)


@pytest.mark.parametrize(("header", "flags"), [("limits: {cost_usd: 0.3}", []), ("", ["--max-cost", "0.3"])])
def test_money(tmp_path: Path, header: str, flags: list[str]) -> None:
    stopped(limited(tmp_path, header), "the session has spent $0.30 of $0.30", *flags)


def test_the_stricter_of_header_and_flag_counts(tmp_path: Path) -> None:
    kitchen = limited(tmp_path, "limits: {agent_calls: 1, cost_usd: 10}")
    cooked = stopped(kitchen, "the session has made its 1 agent call", "--max-calls", "5", "--max-cost", "2")
    assert "limits: 1 agent call, $2.00" in cooked.stdout


@pytest.mark.parametrize(
    ("header", "flags"), [("limits: {duration: 1s}", []), ("", ["--max-duration", "1s"])]
)
def test_time(tmp_path: Path, header: str, flags: list[str]) -> None:
    """What is left of it is the timeout of each step; one that it ends has not failed, and what it did stays."""
    steps = "- {shell: 'echo x > x'}\n- {shell: 'echo y > y; sleep 60', on_failure: {shell: 'echo never > never'}}\n"
    kitchen = limited(tmp_path, header, steps)
    cooked = kitchen.cook("-n", "1", *flags)
    assert cooked.exit_code == 4
    assert "Reason: the session has used its 1 s" in cooked.stdout
    assert (kitchen.repo / "y").exists()
    assert not (kitchen.repo / "never").exists()
    assert kitchen.subjects() == ["mmm: echo x > x"]
    assert ("step-2", "failed") not in kitchen.statuses()


def test_a_steps_own_timeout_is_a_failure_although_time_is_limited(tmp_path: Path) -> None:
    kitchen = limited(tmp_path, "limits: {duration: 1h}", "- {shell: 'sleep 60', timeout: 0.3}\n")
    assert kitchen.cook("-n", "1").exit_code == 1
    [finished] = kitchen.of_kind("step_finished")
    assert finished["fault"] == "timeout"


def test_a_cost_that_nobody_knows_counts_as_the_cap_of_the_call(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, STEPS.replace('"/mmm-one"', '"/mmm-one"\n  max_cost_usd: 0.4'))
    kitchen.with_agent("/mmm-one", result={"total_cost_usd": None}, writes={"one": "1\n"})
    kitchen.with_agent("/mmm-two", result={"total_cost_usd": None}, writes={"two": "2\n"})
    cooked = kitchen.cook("-n", "1", "--max-cost", "0.4")
    assert cooked.exit_code == 4
    assert kitchen.scenario.prompts() == ["/mmm-one"]
    counted = "calls whose cost is unknown count $0.40, which is their cap"
    assert f"Reason: the session has spent $0.00 of $0.40, and {counted}" in cooked.stdout
    assert "✅ /mmm-one completed (1 commit" in cooked.stdout
    assert "cost unknown)" in cooked.stdout
    assert "cost: unknown, commits: 2" in cooked.stdout
    assert "   Calls of unknown cost count as their cap: $0.40" in cooked.stdout
    [called] = kitchen.of_kind("agent_called")
    assert called["cap_usd"] == 0.4
    last = kitchen.events()[-1]
    assert (last["cost_usd"], last["charged_usd"]) == (None, 0.4)


def test_one_call_overshoots_by_no_more_than_its_last_response(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-grow"\n')
    kitchen.with_agent("/mmm-grow", appends={"log": "x\n"}, cost=0.3)
    cooked = kitchen.cook("--max-cost", "0.8")
    assert cooked.exit_code == 4
    caps = [one["cap_usd"] for one in kitchen.of_kind("agent_called")]
    assert caps == [0.8, pytest.approx(0.5), pytest.approx(0.2)]
    assert (kitchen.repo / "log").read_text() == "x\n" * 2


def test_calls_of_handlers_and_retries_count(tmp_path: Path) -> None:
    steps = """
- shell: "exit 1"
  on_failure: {claude: "/mmm-one", max_attempts: 5}
"""
    kitchen = limited(tmp_path, "", steps)
    cooked = kitchen.cook("-n", "1", "--max-calls", "2")
    assert cooked.exit_code == 4
    assert kitchen.scenario.prompts() == ["/mmm-one"] * 2
    assert (kitchen.repo / "one").exists()
    assert kitchen.of_kind("rolled_back") == []


def test_limits_hold_over_iterations(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-grow"\n').with_agent(
        "/mmm-grow", appends={"log": "x\n"}, cost=0.1
    )
    cooked = kitchen.cook("--max-calls", "3")
    assert cooked.exit_code == 4
    assert (kitchen.repo / "log").read_text() == "x\n" * 3
    assert "Iterations: 4/10" in cooked.stdout


def test_shell_steps_cost_no_calls(tmp_path: Path) -> None:
    kitchen = limited(tmp_path, "", "- shell: 'echo x > x'\n- shell: 'echo y > y'\n")
    assert kitchen.cook("-n", "1", "--max-calls", "1", "--max-cost", "0.01").exit_code == 0


def test_a_limit_that_is_just_enough_is_enough(tmp_path: Path) -> None:
    assert limited(tmp_path).cook("-n", "1", "--max-calls", "2", "--max-cost", "0.61").exit_code == 0


def test_very_little_money_is_not_rounded_up(tmp_path: Path) -> None:
    kitchen = limited(tmp_path, cost=0.0005)
    assert kitchen.cook("-n", "1", "--max-cost", "0.0008").exit_code == 4
    argv = kitchen.scenario.receipts()[1]["argv"]
    assert isinstance(argv, list)
    assert argv[argv.index("--max-budget-usd") + 1] == "0.0003"


@pytest.mark.parametrize(("cost", "calls", "exit_code"), [(0, 0, 0), (0.25, 1, 4)])
def test_a_call_that_the_quota_turned_away_for_nothing_leaves_the_limit_as_it_was(
    tmp_path: Path, cost: float, calls: int, exit_code: int
) -> None:
    kitchen = playbook(tmp_path, "limits: {agent_calls: 1}\nsteps:\n- claude: /mmm-one\n")
    kitchen.with_agent("/mmm-one", times=1, result=QUOTA, rc=1, cost=cost)
    kitchen.scenario.on_regex("", cost=0.5)
    assert kitchen.cook("-n", "1").exit_code == 5
    assert kitchen.events()[-1].get("calls", 0) == calls
    resumed = mmm(kitchen, "resume")
    assert resumed.exit_code == exit_code, resumed
    assert kitchen.events()[-1]["calls"] == 1
    assert kitchen.events()[-1]["cost_usd"] == (cost or 0.5)
