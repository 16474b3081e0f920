"""Streams as the real command writes them, for tests that read them."""

from __future__ import annotations

import json
from pathlib import Path

from attrs import evolve

from mmm_lang.agents.model import AgentRequest, AgentResult
from mmm_lang.agents.outcome import read_result

SESSION = "8a5f2c1e-0b7d-4c3a-9e61-0f2d3c4b5a69"
REQUEST = AgentRequest("/mmm-code-review", session=SESSION, cwd="/repo", step="review")

INIT = {
    "type": "system",
    "subtype": "init",
    "session_id": SESSION,
    "slash_commands": ["compact", "mmm-code-review", "grp:inner"],
    "model": "claude-sonnet-4-5",
}
RESULT = {
    "duration_ms": 1042,
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "result": "done",
    "num_turns": 3,
    "session_id": SESSION,
    "total_cost_usd": 0.0421,
    "usage": {"input_tokens": 12},
    "permission_denials": [],
    "terminal_reason": "completed",
}


def api_error(status: int | None, text: str, **fields: object) -> dict[str, object]:
    """A result line of a failed request: of subtype `success`, which is how it comes."""
    line = {
        **RESULT,
        "is_error": True,
        "result": text,
        "terminal_reason": "api_error",
        "api_error_status": status,
    }
    return {**line, **fields}


def stopped(subtype: str, **fields: object) -> dict[str, object]:
    """A result line without an answer."""
    line = {name: value for name, value in RESULT.items() if name != "result"}
    return {**line, "subtype": subtype, "is_error": True, "errors": ["it says why"], **fields}


def tool_use(name: str, **given: object) -> dict[str, object]:
    return message({"type": "tool_use", "id": "toolu_1", "name": name, "input": given})


def message(*blocks: object) -> dict[str, object]:
    return {
        "type": "assistant",
        "message": {"role": "assistant", "content": list(blocks)},
        "session_id": SESSION,
    }


def read(
    folder: Path, *lines: object, exit_code: int | None = 0, stderr: str = "", **request: object
) -> AgentResult:
    """The result of a call that wrote these lines: objects are written as JSON, text and bytes as they are."""
    written = b"".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines
    )
    (folder / "stdout").write_bytes(written)
    (folder / "stderr").write_text(stderr)
    asked = evolve(REQUEST, **request)
    return read_result(asked, str(folder / "stdout"), str(folder / "stderr"), exit_code)
