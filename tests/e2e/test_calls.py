"""What one call of the real `claude` leaves behind, and what is done about it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cook.living import end, leftovers
from tests.e2e.kitchen import RealKitchen
from tests.e2e.turns import Answer, Held, Use, runs, says, writes

_WORK = "Write, Bash(git add:*), Bash(git commit:*), Bash(echo:*)"


@pytest.fixture
def thinking(kitchen: RealKitchen) -> RealKitchen:
    """One call of `/mmm-think`, a command that may write and commit."""
    kitchen.playbook.write_text("- claude: '/mmm-think hard'\n")
    return kitchen.allowing("mmm-think", _WORK)


def test_the_rest_of_the_world_is_out_of_reach(thinking: RealKitchen) -> None:
    """Not one packet could go anywhere else, and the program did not try by the proxy that it was given."""
    thinking.on("/mmm-think", says("done"))
    assert thinking.cook("-n", "1").exit_code == 0
    [seen] = thinking.network.seen
    inside = ["/bin/sh", "-c", "cat /proc/net/dev | tail -n +3 | cut -d: -f1"]
    found = subprocess.run(thinking.network.command(inside), capture_output=True, text=True, check=True)
    assert seen == "among others" or found.stdout.split() == ["lo"]
    assert thinking.api.strayed == []


def test_a_commit_that_the_agent_makes(thinking: RealKitchen) -> None:
    thinking.on(
        "/mmm-think",
        writes(thinking.repo / "thought.txt", "a thought\n"),
        runs("git add thought.txt && git commit -qm 'feat: think'"),
        says("I thought."),
    )
    cooked = thinking.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert thinking.subjects() == ["feat: think"]
    assert "Mmm-Session" not in thinking.git("log", "-1", "--format=%B")
    assert thinking.api.requests[0].shows("<command-args>hard</command-args>")
    assert thinking.api.requests[2].shows("thought.txt") is True


def test_files_left_for_mmm_to_commit(thinking: RealKitchen) -> None:
    thinking.on("/mmm-think", writes(thinking.repo / "thought.txt", "a thought\n"), says("I thought."))
    assert thinking.cook("-n", "1").exit_code == 0
    assert thinking.subjects() == ["mmm: /mmm-think hard"]
    assert "Mmm-Step: step-1" in thinking.git("log", "-1", "--format=%B")
    assert thinking.git("status", "--porcelain") == ""


def test_what_it_says_is_an_output_and_what_it_costs_is_counted(kitchen: RealKitchen) -> None:
    kitchen.allowing("mmm-think", _WORK)
    kitchen.playbook.write_text(
        "- claude: '/mmm-think'\n  id: think\n  outputs: {city: {regex: 'city: (.*)'}}\n"
        "- shell: 'echo ${think.city} > city'\n"
    )
    kitchen.on("/mmm-think", says("I chose.\ncity: Graz", tokens=1000))
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "city").read_text() == "Graz\n"
    [ran] = [one for one in kitchen.of_kind("step_ran") if one["step"] == "think"]
    assert 0 < float(str(ran["cost_usd"])) < 1


def test_an_answer_in_the_form_of_a_schema(kitchen: RealKitchen) -> None:
    kitchen.playbook.write_text(
        "- claude: 'Count the files.'\n  id: count\n"
        "  output_schema: {type: object, required: [files], properties: {files: {type: integer}}}\n"
        "  outputs: {files: {json: $.files}}\n"
        "- shell: 'echo ${count.files} > files'\n"
    )
    kitchen.on("Count the files.", Answer(uses=(Use("StructuredOutput", {"files": 3}),)))
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "files").read_text() == "3\n"


def test_a_prompt_of_200_kilobytes(kitchen: RealKitchen) -> None:
    """More than one argument may hold: it goes through standard input."""
    sentence = "Remember what I tell you, all of it. "
    kitchen.playbook.write_text(f"- claude: '{sentence * 5600}THE END'\n")
    kitchen.on("THE END", says("I remember."))
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert kitchen.api.requests[0].shows(sentence * 5600 + "THE END")


def test_a_slash_command_with_200_kilobytes_of_arguments(thinking: RealKitchen) -> None:
    words = "word " * 40_000
    thinking.playbook.write_text(f"- claude: '/mmm-think {words}END'\n")
    thinking.on("/mmm-think", says("I read it."))
    cooked = thinking.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert thinking.api.requests[0].command == "mmm-think"
    assert thinking.api.requests[0].shows(f"Do it. {words}END")


def test_jobs_that_the_agent_leaves_behind_are_ended(thinking: RealKitchen) -> None:
    thinking.allowing("mmm-think", f"{_WORK}, Bash")
    thinking.on(
        "/mmm-think",
        runs("(sleep 300) & nohup setsid sleep 301 >/dev/null 2>&1 & echo started"),
        says("It runs in the background."),
    )
    cooked = thinking.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert leftovers(thinking) == []


def test_background_work_that_the_program_waits_for(thinking: RealKitchen) -> None:
    """The program prints two results then; the last one counts."""
    thinking.allowing("mmm-think", f"{_WORK}, Bash")
    thinking.playbook.write_text("- claude: '/mmm-think hard'\n  outputs: {said: {regex: '(.*)'}}\n")
    thinking.on(
        "/mmm-think",
        runs("sleep 0.5; echo done > job.txt", run_in_background=True),
        says("It is under way."),
        says("It is over."),
    )
    cooked = thinking.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert thinking.last_verdict()["outputs"] == {"said": "It is over."}
    assert (thinking.repo / "job.txt").read_text() == "done\n"


def test_work_that_is_handed_on_to_another_agent(thinking: RealKitchen) -> None:
    given = {
        "description": "look around",
        "prompt": "Look around here.",
        "subagent_type": "general-purpose",
        "run_in_background": False,
    }
    thinking.on(
        "/mmm-think", Answer(uses=(Use("Agent", given),)), says("I looked."), says("It looked around.")
    )
    cooked = thinking.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert thinking.api.requests[1].shows("Look around here.")
    assert thinking.api.requests[2].shows("I looked.")


def test_two_sessions_side_by_side(kitchen: RealKitchen) -> None:
    """Two work trees of one repository; each call waits until the other has begun."""
    kitchen.allowing("mmm-left", _WORK).allowing("mmm-right", _WORK)
    cooks = []
    for side in ("left", "right"):
        tree = kitchen.folder / side
        kitchen.git("worktree", "add", "-q", "-b", side, str(tree))
        playbook = kitchen.folder / f"{side}.yml"
        playbook.write_text(f"- claude: '/mmm-{side}'\n")
        kitchen.on(f"/mmm-{side}", Held(writes(tree / "file", f"{side}\n")), says("done"))
        command = kitchen.mmm("cook", str(playbook), "--path", str(tree), "-n", "1")
        pipe = subprocess.PIPE
        cooks.append(subprocess.Popen(command, env=kitchen.env(), stdout=pipe, stderr=pipe, text=True))
    try:
        kitchen.api.asked(2)
        kitchen.api.gate.set()
        ends = [end(cook, within=60) for cook in cooks]
    finally:
        for cook in cooks:
            cook.kill()
            cook.communicate()
    assert [cooked.exit_code for cooked in ends] == [0, 0], ends
    for side in ("left", "right"):
        assert kitchen.git("show", f"{side}:file") == side
        assert kitchen.git("log", "-1", "--format=%s", side) == f"mmm: /mmm-{side}"


def test_a_server_of_tools_that_does_not_start_is_told(thinking: RealKitchen) -> None:
    server = {"mcpServers": {"moon": {"command": "/nonexistent/moon"}}}
    thinking.with_file(".mcp.json", json.dumps(server))
    settings = {"enableAllProjectMcpServers": True}
    thinking.with_file(".claude/settings.json", json.dumps(settings))
    thinking.on("/mmm-think", says("done"))
    cooked = thinking.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert "the MCP server `moon` did not start, and the agent went on without it" in cooked.stdout


def test_the_users_own_settings_are_left_alone(thinking: RealKitchen) -> None:
    """Nothing but the program's own state is written, and that is where it was told to."""
    thinking.on("/mmm-think", says("done"))
    assert thinking.cook("-n", "1").exit_code == 0
    assert (thinking.folder / "config").is_dir()
    home = thinking.folder / "home"
    assert [str(path.relative_to(home)) for path in home.rglob("*") if _is_claudes(path)] == []


def _is_claudes(path: Path) -> bool:
    return "claude" in path.name.lower()
