"""The command line of the `claude` command."""

from __future__ import annotations

import subprocess

import pytest
from attrs import evolve

from mmm_lang.agents.claude import ClaudeAgent
from mmm_lang.agents.errors import RequestError
from tests.agents.streams import REQUEST, SESSION
from tests.support.scenario import Scenario

AGENT = ClaudeAgent({"PATH": "/nowhere"}, as_root=False)


def argv(agent=AGENT, **changed):
    return list(agent.invocation(evolve(REQUEST, **changed)).argv)


def test_a_plain_request():
    invocation = AGENT.invocation(REQUEST)
    assert invocation.argv == (
        *("claude", "-p", "/mmm-code-review", "--output-format", "stream-json", "--verbose"),
        *("--session-id", SESSION, "--permission-mode", "acceptEdits"),
    )
    assert invocation.stdin is None
    assert invocation.env == {"CLAUDE_CODE_MAX_RETRIES": "2"}


def test_patience_with_its_model_and_with_its_tools():
    """Scripts may take 10 minutes by themselves, other tools have no limit of their own."""

    def of(**environ):
        invocation = ClaudeAgent({"PATH": "/nowhere", **environ}).invocation(REQUEST)
        return invocation.patience, invocation.longest_silence

    assert of() == (600.0, 3600.0)
    assert of(MMM_IDLE_TIMEOUT="1m") == (60.0, 660.0)
    assert of(BASH_MAX_TIMEOUT_MS="7200000") == (600.0, 7800.0)
    assert of(BASH_MAX_TIMEOUT_MS="soon") == (600.0, 3600.0)
    assert of(MMM_IDLE_TIMEOUT="0") == (None, None)


def test_a_session_is_continued():
    arguments = argv(continues=True)
    assert arguments[arguments.index("--resume") + 1] == SESSION
    assert "--session-id" not in arguments


def test_options():
    arguments = argv(
        model="opus",
        max_cost_usd=0.5,
        allowed_tools=("Edit", "Bash(npm test:*)"),
        output_schema='{"type": "object"}',
    )
    assert arguments[arguments.index("--model") + 1] == "opus"
    assert arguments[arguments.index("--max-budget-usd") + 1] == "0.5"
    assert arguments[arguments.index("--json-schema") + 1] == '{"type": "object"}'
    assert arguments[-3:] == ["--allowedTools", "Edit", "Bash(npm test:*)"]


@pytest.mark.parametrize(
    ("amount", "written"),
    [(5, "5"), (0.1, "0.1"), (1e-9, "0.000001"), (1234.5678912, "1234.567891"), (10.0, "10")],
)
def test_dollars_are_written_out(amount, written):
    arguments = argv(max_cost_usd=amount)
    assert arguments[arguments.index("--max-budget-usd") + 1] == written


@pytest.mark.parametrize(
    ("permissions", "options"),
    [
        ("default", []),
        ("acceptEdits", ["--permission-mode", "acceptEdits"]),
        ("plan", ["--permission-mode", "plan"]),
        ("bypass", ["--dangerously-skip-permissions"]),
    ],
)
def test_permissions(permissions, options):
    assert argv(permissions=permissions)[8:] == options


def test_root_is_called_a_sandbox_only_where_the_user_chose_to_skip_permissions():
    root = ClaudeAgent({"PATH": ""}, as_root=True)
    assert "IS_SANDBOX" not in root.invocation(REQUEST).env
    assert root.invocation(evolve(REQUEST, permissions="bypass")).env["IS_SANDBOX"] == "1"
    assert "IS_SANDBOX" not in AGENT.invocation(evolve(REQUEST, permissions="bypass")).env


def test_the_users_own_number_of_retries_stays():
    agent = ClaudeAgent({"PATH": "", "CLAUDE_CODE_MAX_RETRIES": "7"}, as_root=False)
    assert agent.invocation(REQUEST).env == {}


@pytest.mark.parametrize(
    "prompt", ["--dangerously-skip-permissions", "-p", "x" * 200 * 1024, "ä" * 60 * 1024, "a\0b"]
)
def test_a_prompt_that_cannot_be_an_argument_goes_to_stdin(prompt):
    invocation = AGENT.invocation(evolve(REQUEST, prompt=prompt))
    assert invocation.stdin == prompt.encode()
    assert invocation.argv[1:3] == ("-p", "--output-format")


def test_a_prompt_that_is_no_unicode_is_passed_all_the_same():
    assert AGENT.invocation(evolve(REQUEST, prompt="a\udc80b")).argv[2] == "a?b"


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed_tools": ("--dangerously-skip-permissions",)},
        {"allowed_tools": ("Edit", "")},
        {"allowed_tools": ("Bash(a\nb)",)},
        {"model": "--help"},
        {"model": ""},
        {"max_cost_usd": 0},
        {"max_cost_usd": float("nan")},
        {"output_schema": "x" * 200 * 1024},
    ],
)
def test_what_cannot_be_an_option_is_refused(wrong):
    with pytest.raises(RequestError):
        argv(**wrong)


def test_missing(tmp_path):
    assert "npm install" in AGENT.missing()
    wanted = ClaudeAgent({"PATH": "", "MMM_CLAUDE": str(tmp_path / "claude")})
    assert f"`{tmp_path / 'claude'}`" in wanted.missing()
    assert "MMM_CLAUDE" in wanted.missing()
    environ = Scenario(tmp_path).env()
    found = ClaudeAgent(environ)
    assert found.missing() is None
    assert argv(found)[0] == str(tmp_path / "bin" / "claude")
    assert ClaudeAgent({"PATH": "", "MMM_CLAUDE": str(tmp_path / "bin/claude")}).missing() is None
    assert ClaudeAgent({"PATH": ""}, str(tmp_path / "bin/claude")).missing() is None


def run(agent, request, environ, folder):
    """Run an invocation as the runner does, and read its result."""
    invocation = agent.invocation(request)
    with open(folder / "stdout", "wb") as stdout, open(folder / "stderr", "wb") as stderr:
        done = subprocess.run(
            invocation.argv,
            input=invocation.stdin or b"",
            stdout=stdout,
            stderr=stderr,
            env={**environ, **invocation.env},
            cwd=request.cwd,
        )
    return agent.result(request, str(folder / "stdout"), str(folder / "stderr"), done.returncode)


def test_a_200_kb_prompt_reaches_the_program_whole(tmp_path):
    scenario = Scenario(tmp_path).on_regex("", text="read")
    environ = scenario.env()
    prompt = "/mmm-code-review " + "ü" * 100_000
    (tmp_path / ".claude/commands").mkdir(parents=True)
    (tmp_path / ".claude/commands/mmm-code-review.md").write_text("review")
    (tmp_path / ".git").mkdir()
    result = run(ClaudeAgent(environ), evolve(REQUEST, prompt=prompt, cwd=str(tmp_path)), environ, tmp_path)
    assert (result.ending, result.text) == ("succeeded", "read")
    assert scenario.prompts() == [prompt]


def test_continued_sessions_count_from_their_start(tmp_path):
    scenario = Scenario(tmp_path).on_regex("", cost=0.25)
    environ = scenario.env()
    agent = ClaudeAgent(environ)
    first = evolve(REQUEST, prompt="one", cwd=str(tmp_path))
    assert run(agent, first, environ, tmp_path).cost_usd == 0.25
    assert run(agent, evolve(first, continues=True), environ, tmp_path).cost_usd == 0.5
    again = run(agent, first, environ, tmp_path)
    assert again.ending == "failed"
    assert "already in use" in again.reason
