"""Recordings read from their files: from YAML, and checked in full, so that a mistake is told before anything runs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from mmm_lang.agents.commands import command_of
from mmm_lang.agents.comparable import digest
from mmm_lang.agents.errors import RecordingError
from mmm_lang.agents.recording import (
    Change,
    Content,
    Delete,
    Denial,
    Patch,
    RecordedCall,
    RecordedCommit,
    RecordedEnding,
    Recording,
    Write,
)
from mmm_lang.agents.stream import number
from mmm_lang.diagnostics.similar import nearest

LARGEST = 64 * 1024 * 1024
"""Bytes of the largest recording that is read."""


def read_recording(path: str) -> Recording:
    """Read and check a recording.

    Raises `RecordingError` where it is missing, no YAML or not in its format; the message names the call.
    """
    return parse_recording(path, _text_of(path))


def parse_recording(path: str, text: str) -> Recording:
    """A recording from its text; ``path`` is for messages. Raises `RecordingError`."""
    import yaml  # not on the path of a check

    try:
        value: object = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 safe, in C
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f" in line {mark.line + 1}"
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise RecordingError(f"the recording `{path}` is not YAML{line}: {problem}") from None
    except (RecursionError, ValueError) as error:
        raise RecordingError(f"the recording `{path}` is not YAML: {error}") from None
    try:
        calls = _file(value)
    except _Misfit as error:
        raise RecordingError(f"the recording `{path}` is not in its format: {error}") from None
    return Recording(path, calls)


def _text_of(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise RecordingError(
            f"the recording `{path}` cannot be read: {(error.strerror or str(error)).lower()}"
        ) from None
    if len(content) > LARGEST:
        raise RecordingError(f"the recording `{path}` is larger than {LARGEST // 2**20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(
            f"the recording `{path}` is not UTF-8 text, from byte {error.start} on"
        ) from None


class _Misfit(Exception):
    """A value is not in the format; the text says where and what is expected."""


_Item = TypeVar("_Item")
_Fields = Mapping[str, object]


def _file(value: object) -> tuple[RecordedCall, ...]:
    fields = _fields(value, "the file", ("version", "calls", "description"))
    if fields.get("version") != 1 or isinstance(fields.get("version"), bool):
        raise _Misfit("it must say `version: 1`")
    _optional_text(fields, "description", "the file")
    if "calls" not in fields:
        raise _Misfit("it has no `calls`")
    return _items(fields["calls"], "`calls`", "call", _call)


def _call(value: object, where: str) -> RecordedCall:
    known = ("command", "step", "prompt", "item", "asked", "sha256", "answer", "cost_usd", "turns", "json")
    fields = _fields(
        value,
        where,
        (
            *known,
            "denied",
            "commits",
            "changes",
            "error",
            "status",
            "ending",
            "exit_code",
            "tools",
            "moves_head",
        ),
    )
    if not {"command", "step", "prompt", "asked"} & set(fields):
        raise _Misfit(f"{where} does not say what it answers; give `command`, `step`, `prompt` or `asked`")
    command = _optional_text(fields, "command", where)
    if command is not None:
        command = command.removeprefix("/")
        if command_of(f"/{command}") != command:
            raise _Misfit(f"{where}: `{command}` is not the name of a slash command")
    error, status = _optional_text(fields, "error", where), _optional_whole(fields, "status", where)
    if status is not None and (error is None or not 400 <= status <= 599):
        raise _Misfit(f"{where}: `status` is from 400 to 599, and comes with `error`")
    cost = number(fields.get("cost_usd", 0))
    if cost is None and ("cost_usd" not in fields or fields["cost_usd"] is not None):
        raise _Misfit(f"{where}: `cost_usd` must be a number of US dollars, at least 0")
    turns = _optional_whole(fields, "turns", where)
    return RecordedCall(
        command=command,
        step=_optional_text(fields, "step", where),
        prompt=_optional_text(fields, "prompt", where),
        answer=_optional_text(fields, "answer", where) or "",
        cost_usd=cost,
        turns=1 if turns is None else turns,
        json=_json(fields["json"], f"{where}: `json`") if "json" in fields else None,
        denied=_items(fields.get("denied", []), f"{where}: `denied`", "denied tool", _denial),
        commits=_items(fields.get("commits", []), f"{where}: `commits`", f"{where}, commit", _commit),
        changes=_changes(fields.get("changes", []), where),
        error=error,
        status=status,
        item=_optional_whole(fields, "item", where),
        asked=_asked(fields, where),
        ending=_ending(fields, error, status, where),
        exit_code=_exit_code(fields, where),
        tools=_tools(fields.get("tools", {}), where),
        moves_head=_truth(fields, "moves_head", where),
    )


def _asked(fields: _Fields, where: str) -> str | None:
    asked, sha256 = _optional_text(fields, "asked", where), _optional_text(fields, "sha256", where)
    if sha256 is not None and (asked is None or digest(asked) != sha256):
        raise _Misfit(
            f"{where}: `sha256` is not that of `asked`; leave `sha256` out where you have changed the prompt, and both "
            "where any prompt will do"
        )
    return asked


def _ending(fields: _Fields, error: str | None, status: int | None, where: str) -> RecordedEnding | None:
    match fields.get("ending"):
        case None if "ending" not in fields:
            return None
        case "failed" | "quota" | "auth" | "budget" as ending if error is not None and status is None:
            return ending
    raise _Misfit(
        f"{where}: `ending` is failed, quota, auth or budget, and comes with `error` and without `status`"
    )


def _exit_code(fields: _Fields, where: str) -> int | None:
    code = fields.get("exit_code")
    if "exit_code" in fields and (
        not isinstance(code, int) or isinstance(code, bool) or not 0 <= code <= 255
    ):
        raise _Misfit(f"{where}: `exit_code` is a whole number from 0 to 255")
    return code if isinstance(code, int) else None


def _tools(value: object, where: str) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and isinstance(count, int) and not isinstance(count, bool)
        for name, count in value.items()
    ):
        raise _Misfit(f"{where}: `tools` says how often each tool was used, such as `{{Edit: 2}}`")
    return tuple(value.items())


def _truth(fields: _Fields, key: str, where: str) -> bool:
    value = fields.get(key, False)
    if not isinstance(value, bool):
        raise _Misfit(f"{where}: `{key}` must be true or false")
    return value


def _denial(value: object, where: str) -> Denial:
    fields = _fields(value, where, ("tool", "input"))
    return Denial(_text(fields, "tool", where), _json(fields.get("input", {}), f"{where}: `input`"))


def _commit(value: object, where: str) -> RecordedCommit:
    fields = _fields(value, where, ("message", "changes", "paths"))
    message = _text(fields, "message", where)
    if not message.strip() or not {"changes", "paths"} & set(fields):
        raise _Misfit(f"{where} needs a `message` and `changes`")
    changes = _changes(fields.get("changes", []), where)
    paths = _items(
        fields.get("paths", []),
        f"{where}: `paths`",
        "path",
        lambda path, _: _path({"paths": path}, "paths", where),
    )
    return RecordedCommit(message, changes, paths)


def _changes(value: object, where: str) -> tuple[Change, ...]:
    if isinstance(value, str):
        return (Patch(value),)
    return _items(value, f"{where}: `changes`", f"{where}, change", _change)


def _change(value: object, where: str) -> Change:
    fields = _fields(value, where, ("write", "text", "base64", "executable", "delete", "patch"))
    match sorted(fields):
        case ["patch"]:
            return Patch(_text(fields, "patch", where))
        case ["delete"]:
            return Delete(_path(fields, "delete", where))
        case ["text", "write"] | ["executable", "text", "write"]:
            return Write(
                _path(fields, "write", where), _text(fields, "text", where), _executable(fields, where)
            )
        case ["base64", "write"] | ["base64", "executable", "write"]:
            return Content(_path(fields, "write", where), _content(fields, where), _executable(fields, where))
        case _:
            raise _Misfit(f"{where} must be `write` with `text`, `delete`, or `patch`, and only one of them")


def _executable(fields: _Fields, where: str) -> bool | None:
    executable = fields.get("executable")
    if executable is not None and not isinstance(executable, bool):
        raise _Misfit(f"{where}: `executable` must be true or false")
    return executable


def _content(fields: _Fields, where: str) -> bytes:
    try:
        return base64.b64decode(_text(fields, "base64", where), validate=True)
    except (binascii.Error, ValueError):
        raise _Misfit(f"{where}: `base64` is not base64") from None


def _path(fields: _Fields, key: str, where: str) -> str:
    path = _text(fields, key, where)
    parts = path.split("/")
    if (
        any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
        or "\0" in path
        or "\\" in path
    ):
        raise _Misfit(f"{where}: `{path}` is not a path inside the work tree; write it relative, with `/`")
    return path


def _fields(value: object, where: str, known: Sequence[str]) -> _Fields:
    if not isinstance(value, dict):
        raise _Misfit(f"{where} must be a mapping of keys")
    for key in value:
        if key not in known:
            meant = nearest(str(key), known)
            raise _Misfit(f"{where} has an unknown key `{key}`" + (f"; write `{meant}`" if meant else ""))
    return value


def _items(value: object, what: str, item: str, read: Callable[[object, str], _Item]) -> tuple[_Item, ...]:
    if not isinstance(value, list):
        raise _Misfit(f"{what} must be a list")
    return tuple(read(entry, f"{item} {place}") for place, entry in enumerate(value, start=1))


def _text(fields: _Fields, key: str, where: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise _Misfit(f"{where}: `{key}` must be text" + ("" if value is None else "; put it in quotes"))
    return value


def _optional_text(fields: _Fields, key: str, where: str) -> str | None:
    return _text(fields, key, where) if key in fields else None


def _optional_whole(fields: _Fields, key: str, where: str) -> int | None:
    value = fields.get(key)
    if key in fields and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise _Misfit(f"{where}: `{key}` must be a whole number, at least 1")
    return value if isinstance(value, int) else None


def _json(value: object, where: str) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise _Misfit(f"{where} must be what JSON can hold; put dates in quotes") from None
