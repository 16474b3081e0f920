"""Which tools an agent used, counted from its stream: the summary of a call that a recording has for its readers."""

from __future__ import annotations

from collections import Counter

from mmm_lang.agents.stream import lines, parsed
from mmm_lang.agents.wording import one_line


def tools_used(path: str) -> tuple[tuple[str, int], ...]:
    """How often each tool was used, by name, from the stdout file of a call; nothing where it cannot be read."""
    used: Counter[str] = Counter()
    try:
        with open(path, "rb") as file:
            for line in lines(file):
                if line is not None and b'"tool_use"' in line:
                    used.update(_tools(parsed(line)))
    except OSError:
        return ()
    return tuple(sorted(used.items()))


def _tools(record: object) -> list[str]:
    match record:
        case {"type": "assistant", "message": {"content": [*blocks]}}:
            return [
                one_line(block["name"], 80)
                for block in blocks
                if isinstance(block, dict)
                and block.get("type") == "tool_use"
                and isinstance(block.get("name"), str)
            ]
    return []
