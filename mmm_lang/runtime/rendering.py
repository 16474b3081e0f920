"""Templates with their values in place: prompts, arguments, environment, messages.

Scripts are rendered by ``plan.script``: there a value never becomes source. Here there is no shell, a value is
inserted as text, and a long one is cut in the middle with the place of the whole (spec/language.md, 3.3).
"""

from __future__ import annotations

import os
import shlex

from mmm_lang.plan import ir
from mmm_lang.plan.script import LONGEST_VALUE, check_size
from mmm_lang.runtime.values import (
    FileText,
    NoSuchPart,
    Scope,
    Unset,
    Value,
    ValueProblem,
    read_text,
    size_of,
)

PROMPT_LIMIT = 10_000
"""Bytes of one value in a prompt, and in a question for a person."""


LONGEST_LINES = 1_000_000
"""Bytes that `head` and `tail` read."""


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

    def question(self, action: ir.Approve) -> str:
        """What a person is asked."""
        return self._join(action.question, PROMPT_LIMIT)

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
        """The value of a hole, with its default and filters, but for those that only a script knows.

        A default stands for what is unset, and as in the shell for what is empty.
        """
        found = self._found(hole)
        if hole.default is not None and (isinstance(found, Unset) or size_of(found) == 0):
            return hole.default
        if isinstance(found, Unset):
            if self._strict:
                raise Missing(found)
            return ""
        for one in hole.filters:
            found = filtered(found, one)
        return found

    def _found(self, hole: ir.Hole) -> Value | Unset:
        """What the scope has. Items and inputs differ: a default serves those that have nothing there, too."""
        try:
            return self._scope.value(hole.target)
        except NoSuchPart as missing:
            if hole.default is None or isinstance(hole.target, ir.StepField):
                raise
            return Unset(str(missing))

    def item_value(self, value: ir.ItemValue) -> object:
        """An item that is written in the playbook, as a JSON value."""
        match value:
            case ir.Template():
                return self.text(value)
            case ir.Listed(entries=entries):
                return [self.item_value(one) for one in entries]
            case ir.Mapped(entries=named):
                return {name: self.item_value(one) for name, one in named}

    @property
    def scope(self) -> Scope:
        """Where the values come from."""
        return self._scope

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
            lines = value if isinstance(value, tuple) else _split(read_text(value))
            return tuple(line for line in lines if line.strip())
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


def _split(text: str) -> list[str]:
    """Lines as the lines of a file: `str.splitlines` would end one at characters that a file name may have."""
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _lines(value: Value, count: int, *, last: bool) -> list[str]:
    """The first or last lines. Of a file no more than `LONGEST_LINES` is read, however long it or its lines are."""
    if isinstance(value, FileText):
        lines = _end_of_file(value.path, count, last=last)
    else:
        lines = list(value) if isinstance(value, tuple) else _split(value)
    return lines[max(0, len(lines) - count) :] if last else lines[:count]


def _end_of_file(path: str, count: int, *, last: bool) -> list[str]:
    """The whole lines at one end of a file, at least ``count`` of them where it has so many."""
    try:
        with open(path, "rb") as file:
            left_out = os.fstat(file.fileno()).st_size - LONGEST_LINES
            file.seek(max(0, left_out) if last else 0)
            lines = _split(file.read(LONGEST_LINES).decode("utf-8", "replace"))
    except FileNotFoundError:
        return []
    if left_out <= 0:
        return lines
    whole = lines[1:] if last else lines[:-1]
    if len(whole) < count:
        raise ValueProblem(f"{count} lines of {path} are longer than {LONGEST_LINES:,} bytes")
    return whole
