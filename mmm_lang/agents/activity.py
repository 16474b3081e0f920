"""What an agent does now, in a few words: one line of its stream for the live view."""

from __future__ import annotations

from collections.abc import Mapping

from mmm_lang.agents.stream import Record, count, parsed, text
from mmm_lang.agents.wording import one_line

LONGEST_LINE = 256 * 1024
"""Bytes; a longer line is not parsed for the live view."""
MOST = 100
"""Code points of what is shown."""

_MARKS = (b'"assistant"', b'"api_retry"', b'"init"')
_DOES = {
    "Read": ("reads", "file_path"),
    "NotebookRead": ("reads", "notebook_path"),
    "Edit": ("edits", "file_path"),
    "MultiEdit": ("edits", "file_path"),
    "NotebookEdit": ("edits", "notebook_path"),
    "Write": ("writes", "file_path"),
    "LS": ("lists", "path"),
}
_QUOTES = {
    "Bash": ("runs", "command"),
    "Grep": ("searches for", "pattern"),
    "Glob": ("looks for", "pattern"),
    "WebFetch": ("fetches", "url"),
    "WebSearch": ("searches the web for", "query"),
    "Skill": ("uses the skill", "skill"),
    "ToolSearch": ("looks for a tool", "query"),
}
_SAYS = {"TodoWrite": "plans its work", "StructuredOutput": "gives its answer", "ExitPlanMode": "has a plan"}


def activity(line: bytes) -> str | None:
    """What one line of the stream says that the agent does; ``None`` where it says nothing of the kind. Never raises."""
    if len(line) > LONGEST_LINE or not any(mark in line for mark in _MARKS):
        return None
    record = parsed(line) or {}
    match record:
        case {"type": "assistant", "message": {"content": list(blocks)}}:
            said = [words for block in blocks if isinstance(block, dict) and (words := _block(block))]
            return one_line(said[-1], MOST) if said else None
        case {"type": "system", "subtype": "api_retry"}:
            return one_line(_retry(record), MOST)
        case {"type": "system", "subtype": "init"}:
            model = text(record.get("model"))
            return one_line(f"starts with {model}" if model else "starts", MOST)
        case _:
            return None


def _block(block: Mapping[str, object]) -> str | None:
    match block.get("type"):
        case "tool_use":
            given = block.get("input")
            return _tool(text(block.get("name")), given if isinstance(given, dict) else {})
        case "text":
            said = text(block.get("text")).strip()
            return one_line(said.splitlines()[0], MOST) if said else None
        case "thinking" | "redacted_thinking":
            return "thinks"
        case _:
            return None


def _tool(name: str, given: Mapping[str, object]) -> str | None:
    if name in _DOES:
        verb, key = _DOES[name]
        return f"{verb} {_short(text(given.get(key))) or 'a file'}"
    if name in _QUOTES:
        verb, key = _QUOTES[name]
        return f"{verb} {_quoted(text(given.get(key)), MOST - len(verb) - 3)}"
    if name in ("Task", "Agent"):
        return f"hands on: {text(given.get('description')) or 'a task'}"
    if name.startswith("mcp__"):
        return f"uses {name.removeprefix('mcp__').replace('__', ' ')}"
    return _SAYS.get(name) or (f"uses {name}" if name else None)


def _quoted(value: str, most: int) -> str:
    return f"`{one_line(value, most)}`"


def _short(path: str) -> str:
    """The end of an absolute path, which is what tells files apart; a relative path as it is."""
    if not path.startswith("/"):
        return path
    return "/".join(path.split("/")[-2:]).lstrip("/")


def _retry(record: Record) -> str:
    status = count(record.get("error_status"))
    after = f" after {status}" if status else ""
    attempt, most = count(record.get("attempt")), count(record.get("max_retries"))
    return f"retries{after} ({attempt} of {most})" if attempt and most else f"retries{after}"
