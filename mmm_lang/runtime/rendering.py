"""Templates with their values in place: prompts, arguments, environment, messages.

Scripts are rendered by ``plan.script``: there a value never becomes source. Here there is no shell, a value is
inserted as text, and a long one is cut in the middle with the place of the whole (spec/language.md, 3.3).
"""

from __future__ import annotations

import os
import shlex
from collections import deque
from itertools import islice

from mmm_lang.plan import ir
from mmm_lang.plan.script import LONGEST_VALUE, check_size
from mmm_lang.runtime.values import FileText, Scope, Unset, Value, ValueProblem, read_text, size_of

PROMPT_LIMIT = 10_000
"""Bytes of one value in a prompt."""


class Missing(Exception):
    """A reference without a value, where the step must not run without one."""

    def __init__(self, unset: Unset) -> None:
        super().__init__(unset.reason)
        self.unset = unset


class Renderer:
    """Renders for one step. ``strict``: a reference without a value raises `Missing`, else it is empty text."""

    def __init__(self, scope: Scope, *, strict: bool) -> None:
        self._scope = scope
        self._strict = strict

    def prompt(self, call: ir.AgentCall) -> str:
        """What the agent is told."""
        prompt = self._join(call.prompt, PROMPT_LIMIT)
        arguments = [quoted_argument(self._join(one, PROMPT_LIMIT)) for one in call.args]
        return " ".join((prompt, *arguments))

    def text(self, template: ir.Template) -> str:
        """Text outside prompts and scripts, such as the value of an environment variable."""
        return self._join(template, LONGEST_VALUE)

    def script_values(self, script: ir.Template) -> tuple[str, ...]:
        """The values of a script's holes, in order, for ``plan.script``. Raises ``ValueTooLong`` before it reads one."""
        values = []
        for hole in script.holes:
            value = self.value(hole)
            check_size(hole, size_of(value))
            values.append(read_text(value))
        return tuple(values)

    def value(self, hole: ir.Hole) -> Value:
        """The value of a hole, with its default and filters, but for those that only a script knows."""
        found = self._scope.value(hole.target)
        if isinstance(found, Unset) or (hole.default is not None and found == ""):
            if hole.default is not None:
                return hole.default
            if self._strict and isinstance(found, Unset):
                raise Missing(found)
            return ""
        for one in hole.filters:
            found = filtered(found, one)
        return found

    def _join(self, template: ir.Template, limit: int) -> str:
        parts = []
        for part in template.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            value = self.value(part)
            if any(one.name == "words" for one in part.filters):
                value = " ".join(read_text(value).split())
            parts.append(shortened(value, limit, part.written, self._scope.folder))
        return "".join(parts)


def filtered(value: Value, one: ir.Filter) -> Value:
    """A value through one filter; `words` and `raw` are the business of whoever joins it."""
    match one.name:
        case "head":
            return "\n".join(_lines(value, one.argument or 0, last=False))
        case "tail":
            return "\n".join(_lines(value, one.argument or 0, last=True))
        case "json":
            import json

            content = list(value) if isinstance(value, tuple) else read_text(value)
            return json.dumps(content, ensure_ascii=False)
        case "lines":
            return value if isinstance(value, tuple) else tuple(read_text(value).splitlines())
    return value


def shortened(value: Value, limit: int, written: str, folder: str) -> str:
    """A value as text; over ``limit`` bytes its middle is left out and the place of the whole put there."""
    size = size_of(value)
    if size <= limit:
        return read_text(value)
    half = limit // 2
    if isinstance(value, FileText):
        with open(value.path, "rb") as file:
            head = file.read(half)
            file.seek(-half, os.SEEK_END)
            tail = file.read(half)
        place = value.path
    else:
        content = read_text(value).encode("utf-8", "replace")
        head, tail, place = content[:half], content[-half:], f"`{written}` of the session in {folder}"
    left_out = size - 2 * half
    note = f"\n… {left_out:,} bytes left out; the whole is in {place} …\n"
    return head.decode("utf-8", "ignore") + note + tail.removesuffix(b"\n").decode("utf-8", "ignore")


def quoted_argument(text: str) -> str:
    """One argument of a slash command: quoted where it would otherwise be several, or none."""
    return text if text and not any(one.isspace() or one in "'\"\\" for one in text) else shlex.quote(text)


def _lines(value: Value, count: int, *, last: bool) -> list[str]:
    """The first or last lines, read without holding more of a file than those."""
    if not isinstance(value, FileText):
        lines = list(value) if isinstance(value, tuple) else value.splitlines()
        return lines[len(lines) - min(count, len(lines)) :] if last else lines[:count]
    try:
        with open(value.path, encoding="utf-8", errors="replace", newline="\n") as file:
            taken = deque(file, maxlen=count) if last else list(islice(file, count))
    except FileNotFoundError:
        return []
    if sum(len(line) for line in taken) > PROMPT_LIMIT * 100:
        raise ValueProblem(f"{count} lines of {value.path} are too long to use at once")
    return [line.rstrip("\r\n") for line in taken]
