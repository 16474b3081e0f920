"""What the live view says of one line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.agents.activity import LONGEST_LINE, activity
from tests.agents.streams import INIT, RESULT, message, tool_use

RETRY = {
    "type": "system",
    "subtype": "api_retry",
    "attempt": 2,
    "max_retries": 10,
    "error_status": 529,
    "error": "x",
}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (tool_use("Read", file_path="src/app.py"), "reads src/app.py"),
        (tool_use("Edit", file_path="/home/u/repo/src/app.py"), "edits src/app.py"),
        (tool_use("Write", file_path="/x"), "writes x"),
        (tool_use("Write"), "writes a file"),
        (tool_use("Bash", command="cargo test"), "runs `cargo test`"),
        (tool_use("Bash", command="cd x &&\n  make"), "runs `cd x && make`"),
        (tool_use("Grep", pattern="TODO"), "searches for `TODO`"),
        (tool_use("Task", description="find tests"), "hands on: find tests"),
        (tool_use("mcp__github__get_issue"), "uses github get_issue"),
        (tool_use("TodoWrite", todos=[]), "plans its work"),
        (tool_use("NewTool"), "uses NewTool"),
        (message({"type": "text", "text": "I look at it.\nThen"}), "I look at it."),
        (message({"type": "thinking", "thinking": "hm"}), "thinks"),
        (message({"type": "text", "text": "a"}, {"type": "text", "text": "b"}), "b"),
        (RETRY, "retries after 529 (2 of 10)"),
        ({**RETRY, "error_status": None}, "retries (2 of 10)"),
        (INIT, "starts with claude-sonnet-4-5"),
        (RESULT, None),
        (message(), None),
        (message({"type": "text", "text": "  "}), None),
        ({"type": "user", "message": {"content": [{"type": "tool_result", "content": "assistant"}]}}, None),
        (tool_use("Bash", command="\x1b[2Jclear\x07\u202e"), "runs `[2Jclear`"),
    ],
)  # fmt: skip
def test_activity(line, said):
    assert activity(json.dumps(line).encode()) == said


def test_a_very_long_line_is_not_parsed():
    assert activity(json.dumps(tool_use("Write", file_path="x", content="x" * LONGEST_LINE)).encode()) is None


@given(st.text())
def test_activity_is_bounded_and_printable(command):
    said = activity(json.dumps(tool_use("Bash", command=command)).encode())
    assert said.isprintable()
    assert len(said) <= 100
