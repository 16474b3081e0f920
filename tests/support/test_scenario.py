"""The scripted `claude` behaves as the real one does where tests depend on it."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from tests.support.scenario import Scenario

SESSION = "8a5f2c1e-0b7d-4c3a-9e61-0f2d3c4b5a69"
STREAM = ("--output-format", "stream-json", "--verbose")


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "repo"
    root.mkdir()
    for words in (
        ["init", "-q"],
        ["config", "user.name", "Ada"],
        ["config", "user.email", "ada@example.org"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


def start(scenario, root, *arguments, stdin=subprocess.DEVNULL, **env):
    return subprocess.Popen(
        ["claude", *arguments],
        cwd=root,
        env=scenario.env(**env),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def call(scenario, root, *arguments, given=None, **env):
    stdin = subprocess.DEVNULL if given is None else subprocess.PIPE
    with start(scenario, root, *arguments, stdin=stdin, **env) as process:
        stdout, stderr = process.communicate(given)
    return process.returncode, stdout.decode(), stderr.decode()


def answer(stdout):
    lines = [json.loads(line) for line in stdout.splitlines()]
    return next((line for line in reversed(lines) if line["type"] == "result"), None)


def ask(scenario, root, prompt, *options, **env):
    code, stdout, _ = call(scenario, root, "-p", prompt, *STREAM, *options, **env)
    return code, answer(stdout)


def test_it_writes_commits_and_answers(tmp_path, root):
    (root / "old.txt").write_text("x")
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    subprocess.run(["git", "commit", "-qm", "first"], cwd=root, check=True)
    (root / "mine.txt").write_text("mine")
    scenario = Scenario(tmp_path).on(
        "/review",
        writes={"specs/@N@.md": "for @ARGS@\n"},
        deletes=["old.txt"],
        commits="review @N@",
        sh="echo left > left.txt",
        text="found @N@",
        cost=0.2,
        turns=5,
    )
    code, result = ask(scenario, root, "/review a b", "--session-id", SESSION, MMM_STEP="s")
    assert (code, result["result"], result["num_turns"], result["session_id"]) == (0, "found 1", 5, SESSION)
    assert (root / "specs/1.md").read_text() == "for a b\n"
    log = subprocess.run(
        ["git", "log", "-1", "--format=%s", "--name-status"], cwd=root, capture_output=True, text=True
    )
    assert log.stdout.split() == ["review", "1", "D", "old.txt", "A", "specs/1.md"]
    receipt = scenario.receipts()[-1]
    assert receipt["prompt"] == "/review a b"
    assert receipt["session"] == SESSION
    assert receipt["cwd"] == str(root)
    assert receipt["env"]["MMM_STEP"] == "s"


def test_the_first_rule_that_fits_and_is_not_used_up_answers(tmp_path, root):
    scenario = (
        Scenario(tmp_path).on("/a", times=2, text="first").on("/a", text="then").on_regex("b", text="b")
    )
    texts = [ask(scenario, root, prompt)[1]["result"] for prompt in ("/a", "/a x", "/a", "/a", "/ab")]
    assert texts == ["first", "first", "then", "then", "b"]
    code, stdout, stderr = call(scenario, root, "-p", "/c", *STREAM)
    assert (code, stdout) == (3, "")
    assert "no rule" in stderr


def test_calls_at_once_are_counted_right(tmp_path, root):
    scenario = Scenario(tmp_path).on("/a", times=3, text="@N@").on("/a", text="rest")
    running = [start(scenario, root, "-p", "/a", *STREAM) for _ in range(6)]
    texts = [answer(process.communicate()[0])["result"] for process in running]
    assert sorted(texts) == ["1", "2", "3", "rest", "rest", "rest"]
    assert len(scenario.receipts()) == 6


def test_the_prompt_on_stdin(tmp_path, root):
    scenario = Scenario(tmp_path).on_regex("")
    prompt = "/a " + "ü" * 200_000
    assert call(scenario, root, "-p", *STREAM, given=prompt.encode())[0] == 0
    assert call(scenario, root, "-p", "/a", *STREAM, given=b"more")[0] == 0
    assert scenario.prompts() == [prompt, "/a\nmore"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("-p", "x", *STREAM, "--no-such-flag"),
        ("-p", "x", "--output-format", "stream-json"),
        ("-p", "x", *STREAM, "--session-id", "7"),
        ("-p", "x", *STREAM, "--resume", SESSION),
        ("-p", "x", *STREAM, "--max-budget-usd", "0"),
        ("-p", "x", *STREAM, "--json-schema", "{"),
        ("-p", "x", *STREAM, "--permission-mode", "yolo"),
        ("-p", "x", *STREAM, "--model"),
        ("-p", "", *STREAM),
        ("x", *STREAM),
    ],
)
def test_usage_errors(tmp_path, root, arguments):
    code, stdout, stderr = call(Scenario(tmp_path).on_regex(""), root, *arguments)
    assert (code, stdout) == (1, "")
    assert stderr


def test_a_list_of_tools_swallows_a_prompt_that_comes_after_it(tmp_path, root):
    scenario = Scenario(tmp_path).on_regex("")
    assert call(scenario, root, "-p", *STREAM, "--allowedTools", "Edit", "x")[0] == 1
    assert (
        call(scenario, root, "-p", "x", *STREAM, "--allowedTools", "Edit", "Bash(a *)", "--model", "m")[0]
        == 0
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused")
def test_root_may_not_skip_permissions(tmp_path, root):
    scenario = Scenario(tmp_path).on_regex("")
    assert call(scenario, root, "-p", "x", "--dangerously-skip-permissions")[0] == 1
    assert call(scenario, root, "-p", "x", "--dangerously-skip-permissions", IS_SANDBOX="1")[0] == 0


def test_sessions_are_opened_once_and_their_cost_adds_up(tmp_path, root):
    scenario = Scenario(tmp_path).on_regex("", cost=0.25)
    assert ask(scenario, root, "x", "--session-id", SESSION)[1]["total_cost_usd"] == 0.25
    assert ask(scenario, root, "x", "--session-id", SESSION) == (1, None)
    assert ask(scenario, root, "x", "--resume", SESSION)[1]["total_cost_usd"] == 0.5


def test_a_call_above_its_budget_changes_nothing(tmp_path, root):
    scenario = Scenario(tmp_path).on_regex("", cost=0.25, writes={"x": "x"})
    code, result = ask(scenario, root, "x", "--max-budget-usd", "0.1")
    assert (code, result["subtype"], result["total_cost_usd"]) == (1, "error_max_budget_usd", 0.25)
    assert not (root / "x").exists()
    assert ask(scenario, root, "x", "--max-budget-usd", "0.3")[0] == 0


def test_commands_are_listed_from_the_repository_and_the_users_folder(tmp_path, root):
    for path in (root / ".claude/commands/grp/inner.md", root / ".claude/skills/sk/SKILL.md"):
        path.parent.mkdir(parents=True)
        path.write_text("x")
    (tmp_path / "claude-home/commands").mkdir(parents=True)
    (tmp_path / "claude-home/commands/own.md").write_text("x")
    (root / "sub").mkdir()
    _, stdout, _ = call(Scenario(tmp_path).on_regex(""), root / "sub", "-p", "x", *STREAM)
    listed = json.loads(stdout.splitlines()[0])["slash_commands"]
    assert {"grp:inner", "sk", "own"} <= set(listed)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 0)]
)
def test_signals(tmp_path, root, number, code):
    scenario = Scenario(tmp_path).on("hang", do=[{"say": "now"}, {"hang": True}])
    with start(scenario, root, "-p", "hang", *STREAM) as process:
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert b"now" in lines[1]
        process.send_signal(number)
        rest = process.communicate()[0]
    assert process.returncode == code
    result = answer(rest.decode())
    assert (result and result["terminal_reason"]) == ("aborted_tools" if code == 0 else None)


def test_a_kill_of_itself_leaves_half_a_stream(tmp_path, root):
    scenario = Scenario(tmp_path).on("x", times=1, writes={"f": "x"}, do=[{"kill": "KILL"}]).on("x")
    assert ask(scenario, root, "x") == (-9, None)
    assert (root / "f").exists()
    assert ask(scenario, root, "x")[0] == 0


def test_wait_for_and_a_child_that_stays(tmp_path, root):
    gate = tmp_path / "gate"
    child = [{"spawn": "sh -c 'echo $$ > new; mv new pid; sleep 1000'", "session": True}, {"wait_for": "pid"}]
    scenario = Scenario(tmp_path).on("x", do=[*child, {"wait_for": str(gate)}])
    with start(scenario, root, "-p", "x", *STREAM) as process:
        process.stdout.readline()
        gate.touch()
        # the child holds the pipe open, so wait for the call and not for the end of its output
        assert process.wait() == 0
        os.killpg(int((root / "pid").read_text()), signal.SIGKILL)


def test_results_that_are_not_a_success(tmp_path, root):
    scenario = (
        Scenario(tmp_path)
        .on("error", is_error=True, rc=1, text="API Error: 529", result={"api_error_status": 529})
        .on("turns", subtype="error_max_turns", is_error=True, rc=1)
        .on("nothing", result=None)
        .on("denied", denials=[{"tool_name": "Bash", "tool_input": {"command": "rm x"}}])
        .on("schema", structured={"a": 1}, stderr="warning", stdout="not json\n", stdout_bytes=200_000)
    )
    code, result = ask(scenario, root, "error")
    assert (code, result["is_error"], result["subtype"], result["api_error_status"]) == (
        1,
        True,
        "success",
        529,
    )
    code, result = ask(scenario, root, "turns")
    assert (code, "result" in result, result["errors"]) == (1, False, ["done"])
    assert ask(scenario, root, "nothing") == (0, None)
    assert ask(scenario, root, "denied")[1]["permission_denials"][0]["tool_name"] == "Bash"
    code, stdout, stderr = call(scenario, root, "-p", "schema", *STREAM)
    assert (code, stderr, len(stdout) > 200_000, "\nnot json\n" in stdout) == (0, "warning", True, True)
    assert json.loads(stdout.splitlines()[-1])["structured_output"] == {"a": 1}


def test_an_action_that_fails_fails_the_call(tmp_path, root):
    assert ask(Scenario(tmp_path).on("x", sh="exit 7"), root, "x") == (4, None)


def test_version(tmp_path, root):
    assert call(Scenario(tmp_path), root, "--version")[:2] == (0, "2.1.330 (Claude Code)\n")
