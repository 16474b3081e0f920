"""Reading recordings."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.agents.errors import RecordingError
from mmm_lang.agents.recording import (
    Delete,
    Denial,
    Patch,
    RecordedCall,
    Write,
)
from mmm_lang.agents.recording_file import parse_recording, read_recording
from tests.agents.streams import REQUEST


def recording(*calls):
    return parse_recording("r.yml", "version: 1\ncalls:\n" + "".join(f"- {call}\n" for call in calls))


def test_every_key():
    [call] = recording(
        """{command: /mmm-lint, step: lint, prompt: fast, answer: ok, cost_usd: 0.5, turns: 4, json: {a: [1]},
            denied: [{tool: Bash, input: {command: npm test}}], error: broken, status: 529,
            commits: [{message: "m", changes: [{write: a/b.sh, text: x, executable: true}]}],
            changes: [{delete: c}, {patch: d}]}"""
    ).calls
    assert call.command == "mmm-lint"
    assert (call.step, call.prompt, call.answer, call.cost_usd, call.turns) == ("lint", "fast", "ok", 0.5, 4)
    assert call.json == '{"a": [1]}'
    assert call.denied == (Denial("Bash", '{"command": "npm test"}'),)
    assert (call.error, call.status) == ("broken", 529)
    assert call.commits[0].changes == (Write("a/b.sh", "x", True),)
    assert call.changes == (Delete("c"), Patch("d"))


def test_changes_may_be_one_diff():
    assert recording('{step: a, changes: "--- a"}').calls[0].changes == (Patch("--- a"),)


def test_an_empty_recording():
    assert parse_recording("r.yml", "version: 1\ncalls: []").calls == ()


@pytest.mark.parametrize(
    ("call", "fits"),
    [
        (RecordedCall(command="mmm-code-review"), True),
        (RecordedCall(command="mmm-code"), False),
        (RecordedCall(step="review"), True),
        (RecordedCall(step="revie"), False),
        (RecordedCall(prompt="code-rev"), True),
        (RecordedCall(command="mmm-code-review", step="other"), False),
        (RecordedCall(command="mmm-code-review", step="review", prompt="--focus"), False),
    ],
)
def test_what_a_call_answers(call, fits):
    assert call.fits(REQUEST) is fits
    assert call.fits(evolve(REQUEST, prompt="/mmm-code-review --focus x")) is fits or "--focus" in (
        call.prompt or ""
    )


MISTAKES = [
    ("version: 2\ncalls: []", "it must say `version: 1`"),
    ("calls: []", "it must say `version: 1`"),
    ("version: 1", "it has no `calls`"),
    ("version: 1\ncalls: {}", "`calls` must be a list"),
    ("- 1", "the file must be a mapping of keys"),
    ("", "the file must be a mapping of keys"),
    ("version: 1\ncals: []", "unknown key `cals`; write `calls`"),
    ("version: 1\ncalls: [x]", "call 1 must be a mapping"),
    ("version: 1\ncalls: [{answer: x}]", "call 1 does not say what it answers"),
    (
        "version: 1\ncalls: [{step: a}, {step: a, anwser: x}]",
        "call 2 has an unknown key `anwser`; write `answer`",
    ),
    ("version: 1\ncalls: [{step: a, answer: yes}]", "call 1: `answer` must be text; put it in quotes"),
    ("version: 1\ncalls: [{command: a b}]", "`a b` is not the name of a slash command"),
    ("version: 1\ncalls: [{step: a, cost_usd: -1}]", "call 1: `cost_usd` must be a number"),
    ("version: 1\ncalls: [{step: a, turns: 0}]", "call 1: `turns` must be a whole number"),
    ("version: 1\ncalls: [{step: a, status: 429}]", "`status` is from 400 to 599, and comes with `error`"),
    ("version: 1\ncalls: [{step: a, json: 2020-01-01}]", "put dates in quotes"),
    (
        "version: 1\ncalls: [{step: a, commits: [{message: m}]}]",
        "call 1, commit 1 needs a `message` and `changes`",
    ),
    ("version: 1\ncalls: [{step: a, changes: [{write: x}]}]", "call 1, change 1 must be `write` with `text`"),
    ("version: 1\ncalls: [{step: a, changes: [{delete: x, patch: y}]}]", "only one of them"),
    (
        "version: 1\ncalls: [{step: a, changes: [{delete: ../x}]}]",
        "`../x` is not a path inside the work tree",
    ),
    ("version: 1\ncalls: [{step: a, changes: [{delete: /x}]}]", "not a path inside"),
    ("version: 1\ncalls: [{step: a, changes: [{delete: .git/config}]}]", "not a path inside"),
    ("version: 1\ncalls: [{step: a, changes: [{write: x, text: y, executable: 1}]}]", "true or false"),
    ("version: 1\ncalls: [}", "is not YAML in line 2"),
    ("a: !!python/name:os.system x", "is not YAML in line 1"),
]


@pytest.mark.parametrize(("text", "says"), MISTAKES)
def test_mistakes_are_told(text, says):
    with pytest.raises(RecordingError, match=re.escape(says)) as told:
        parse_recording("r.yml", text)
    assert "`r.yml`" in str(told.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(RecordingError, match="no such file"):
        read_recording(str(tmp_path / "none.yml"))
    (tmp_path / "binary.yml").write_bytes(b"version: \xff")
    with pytest.raises(RecordingError, match="not UTF-8 text, from byte 9 on"):
        read_recording(str(tmp_path / "binary.yml"))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(RecordingError):  # and nothing else
        assert parse_recording("r.yml", text).path == "r.yml"


def test_the_example_of_the_specification_is_read():
    spec = Path(__file__).parents[2] / "spec" / "recording.md"
    [example] = re.findall(r"```yaml\n(.*?)```", spec.read_text(encoding="utf-8"), re.DOTALL)
    assert [call.command for call in parse_recording("spec", example).calls] == [
        "mmm-code-review",
        "mmm-implement-spec",
        "mmm-code-review",
    ]
