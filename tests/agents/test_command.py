"""Programs as agents: what is run for a prompt, and what its output means."""

from __future__ import annotations

import pytest

from mmm_lang.agents.command import CommandAgent
from mmm_lang.agents.errors import RequestError
from mmm_lang.agents.model import AgentRequest
from mmm_lang.agents.outcome import cannot_continue
from mmm_lang.analysis.configuration.programs import AgentProgram


def agent(*argv: str, **program: object) -> CommandAgent:
    return CommandAgent(
        "mine", AgentProgram(argv or ("sh", "{prompt}"), **program), {"PATH": "/usr/bin:/bin"}
    )


def request(prompt: str = "do it", **more: object) -> AgentRequest:
    return AgentRequest(prompt, session="s", cwd="/", step="step-1", **more)


def result(
    tmp_path, made: CommandAgent, printed: str, code: int | None = 0, stderr: str = "", **more: object
):
    (tmp_path / "out").write_text(printed)
    (tmp_path / "err").write_text(stderr)
    return made.result(request(**more), str(tmp_path / "out"), str(tmp_path / "err"), code)


def test_the_prompt_stands_where_the_settings_put_it():
    run = agent("sh", "-c", "x", "--task={prompt}", env={"A": "b"}).invocation(request())
    assert run.argv[1:] == ("-c", "x", "--task=do it")
    assert (run.env, run.stdin) == ({"A": "b"}, None)


def test_without_a_place_the_prompt_is_on_standard_input():
    run = agent("sh", "-s").invocation(request("ä" * 200_000))
    assert run.argv[1:] == ("-s",)
    assert run.stdin == ("ä" * 200_000).encode()


@pytest.mark.parametrize("prompt", ["x" * 200_000, "a\0b", "--help"])
def test_a_prompt_that_cannot_be_an_argument_is_refused(prompt):
    with pytest.raises(RequestError, match="standard input"):
        agent().invocation(request(prompt))


def test_behind_two_dashes_a_prompt_may_begin_with_one():
    assert agent("sh", "--", "{prompt}").invocation(request("--help")).argv[1:] == ("--", "--help")


def test_the_answer_is_what_it_prints_or_a_part_of_it(tmp_path):
    assert result(tmp_path, agent(), "two\nlines\n").text == "two\nlines"
    made = agent(answer="$.a[1].b", cost_usd="$.cost")
    found = result(tmp_path, made, '{"a": [0, {"b": {"c": 1}}], "cost": 0.25}')
    assert (found.text, found.cost_usd, found.ending) == ('{"c": 1}', 0.25, "succeeded")


@pytest.mark.parametrize(
    ("printed", "code", "stderr", "said"),
    [
        ("not json", 0, "", "did not print JSON"),
        ("{}", 0, "", "printed JSON without `$.a`"),
        ('{"a": "x"}', 7, "first\nlast words\n", "ended with exit code 7: last words"),
        ('{"a": "x"}', None, "", "was ended by a signal"),
    ],
)
def test_anything_else_is_a_failure_that_says_why(tmp_path, printed, code, stderr, said):
    found = result(tmp_path, agent(answer="$.a"), printed, code, stderr)
    assert found.ending == "failed"
    assert said in (found.reason or "")


def test_a_cost_that_is_no_amount_is_unknown(tmp_path):
    assert result(tmp_path, agent(cost_usd="$.cost"), '{"cost": "much"}').cost_usd is None


def test_an_answer_that_is_asked_for_in_a_form_is_json(tmp_path):
    assert result(tmp_path, agent(), '{"x": 1}', output_schema="{}").json == '{"x": 1}'
    assert result(tmp_path, agent(), "words", output_schema="{}").ending == "failed"


def test_a_session_cannot_be_continued(tmp_path):
    made, again = agent(), request(continues=True)
    assert made.invocation(again).argv[0] == "sh"
    assert cannot_continue(again, result(tmp_path, made, "", 1, continues=True))
