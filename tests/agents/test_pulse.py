"""What a running agent waits for, told from its stream."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.agents.pulse import Pulse
from tests.agents.streams import INIT, RESULT, message

TEXT = message({"type": "text", "text": "I look at it"})


def uses(*ids: str) -> dict[str, object]:
    return message(*({"type": "tool_use", "id": one, "name": "Bash", "input": {}} for one in ids))


def results(*ids: str) -> dict[str, object]:
    content = [{"type": "tool_result", "tool_use_id": one, "content": "ok"} for one in ids]
    return {"type": "user", "message": {"role": "user", "content": content}}


def inside(parent: str, line: dict[str, object]) -> dict[str, object]:
    """A line of another agent, which that tool of the first runs."""
    return {**line, "parent_tool_use_id": parent}


NOTICE = {"type": "system", "subtype": "task_notification", "task_id": "b1"}
RETRY = {"type": "system", "subtype": "api_retry", "attempt": 1}


@pytest.mark.parametrize(
    ("lines", "waits"),
    [
        ([], True),
        ([INIT], True),
        ([INIT, TEXT], True),
        ([INIT, uses("a")], False),
        ([INIT, uses("a"), results("a")], True),
        ([INIT, uses("a", "b"), results("a")], False),
        ([INIT, uses("a", "b"), results("b"), results("a")], True),
        ([INIT, uses("a"), TEXT], False),
        ([INIT, uses("a"), RETRY], False),
        ([INIT, RETRY], True),
        ([INIT, TEXT, RESULT], False),
        ([INIT, uses("a"), RESULT], False),
        ([INIT, RESULT, NOTICE], False),
        ([INIT, uses("agent")], False),
        ([INIT, uses("agent"), inside("agent", TEXT)], True),
        ([INIT, uses("agent"), inside("agent", uses("a"))], False),
        ([INIT, uses("agent"), inside("agent", uses("a")), inside("agent", results("a"))], True),
        ([INIT, uses("agent", "b"), inside("agent", TEXT)], False),
        ([INIT, uses("agent"), inside("agent", TEXT), results("agent")], True),
        ([INIT, RESULT, INIT], True),
        ([INIT, RESULT, TEXT], True),
        ([INIT, RESULT, INIT, uses("a"), RESULT], False),
    ],
)
def test_who_has_to_speak_next(lines: list[object], waits: bool) -> None:
    pulse = Pulse()
    for line in lines:
        pulse.take(json.dumps(line).encode())
    assert pulse.waits_for_model is waits


@given(
    st.lists(st.binary() | st.sampled_from([b'{"type": "assistant", "message": 1}', b'"assistant" [', b"[]"]))
)
def test_nothing_that_it_hears_stops_it(lines: list[bytes]) -> None:
    pulse = Pulse()
    for line in lines:
        pulse.take(line)
    assert pulse.waits_for_model


def test_blocks_that_are_none_open_nothing() -> None:
    pulse = Pulse()
    odd = {
        "type": "assistant",
        "message": {"content": ["tool_use", None, {"type": ["tool_use"]}, {"id": "x"}]},
    }
    pulse.take(json.dumps(odd).encode())
    assert pulse.waits_for_model
