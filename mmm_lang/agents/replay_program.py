"""The program that plays one recorded answer: run by the keeper in the work tree, as the `claude` command would be.

It gets a `Task` as JSON on stdin, finds the answer, makes its commits and changes, and prints the lines that `claude`
prints. It imports the standard library only and runs with `python -I -S`, so that it starts at once and nothing in the
work tree can get in its way.

The state file has one line a claimed answer and one a finished one. It is locked while it is read and added to, and
synced before the first change is made: what is claimed answers nobody else, what is claimed and not finished answers the
same place again.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterable, Sequence
from typing import NotRequired, TypedDict


class ChangeTask(TypedDict, total=False):
    """One change: ``write`` (a path) with ``text`` or ``base64`` and ``executable``, ``delete`` (a path), or ``patch`` (a
    diff)."""

    write: str
    text: str
    base64: str
    executable: bool | None
    delete: str
    patch: str


class CommitTask(TypedDict):
    """``paths`` are committed as they lie there, beside what ``changes`` touch."""

    message: str
    changes: list[ChangeTask]
    paths: list[str]


class CallTask(TypedDict):
    """A recorded call: ``index`` is its place in the recording; ``json`` and ``denials`` are JSON values."""

    index: int
    answer: str
    cost_usd: float | None
    turns: int
    json: NotRequired[object]
    denials: list[dict[str, object]]
    commits: list[CommitTask]
    changes: list[ChangeTask]
    error: str | None
    status: int | None
    ending: str | None
    exit_code: int | None
    moves_head: bool


class NearTask(TypedDict):
    """A recorded call of the same place that answers another prompt, ``asked``."""

    index: int
    asked: str


class Task(TypedDict):
    """What is asked: ``place`` says where in the playbook, ``calls`` are the recorded ones that may answer, in order, and
    ``near`` those of the same place that answer other prompts than ``asked``, which is the prompt for comparing."""

    recording: str
    state: str
    place: str
    session: str
    continues: bool
    prompt: str
    asked: str
    calls: list[CallTask]
    near: list[NearTask]


class Misfit(Exception):
    """A change cannot be made here; the text says which and why."""


def main() -> int:
    """Play one answer; the exit code is that of the `claude` command for the same outcome."""
    task: Task = json.load(sys.stdin)
    if task["continues"]:
        sys.stderr.write(
            f"No conversation found with session ID: {task['session']} (the replay agent cannot continue one)\n"
        )
        return 1
    stream = Stream(task["session"])
    stream.line(type="system", subtype="init", cwd=os.getcwd(), model="replay", permissionMode="default")
    call = claimed(task)
    if call is None:
        reason = mismatch(task)
        if reason is not None:
            return stream.ended("mismatch", reason, cost=0.0, code=1)
        return stream.stopped(nothing_left(task), cost=0.0)
    code = played(call, stream)
    finished(task, call)
    return code


def played(call: CallTask, stream: Stream) -> int:
    try:
        for commit in call["commits"]:
            make_commit(commit, stream)
        for change in call["changes"]:
            make_change(change, stream)
        if call["moves_head"]:
            git("leaving the branch", ["checkout", "-q", "--detach"])
    except Misfit as misfit:
        return stream.stopped(f"the recorded answer does not fit here: {misfit}", cost=call["cost_usd"])
    if call["error"] is not None and call["ending"] is not None:
        code = 1 if call["exit_code"] is None else call["exit_code"]
        denials = call["denials"]
        return stream.ended(call["ending"], call["error"], call["cost_usd"], code, denials, call["turns"])
    if call["error"] is not None and call["status"] is None:
        return stream.stopped(call["error"], cost=call["cost_usd"])
    return stream.answered(call)


def nothing_left(task: Task) -> str:
    asked = " ".join(task["prompt"].split())
    asked = asked if len(asked) <= 120 else f"{asked[:119]}…"
    count = len(task["calls"])
    calls = "1 such call" if count == 1 else f"{count} such calls"
    left = f"has answered {calls} and has no answer left" if count else "has no answer"
    return f"the recording `{task['recording']}` {left} for the prompt `{asked}`"


def mismatch(task: Task) -> str | None:
    """That the recording answers another prompt at this place, and how the two differ; ``None``: none is left there."""
    with open(task["state"], "rb") as file:
        taken = {record["call"] for record in notes(file.read()) if record.get("event") == "claimed"}
    near = next((call for call in task["near"] if call["index"] not in taken), None)
    if near is None:
        return None
    from difflib import unified_diff

    where = f"call {near['index'] + 1} of the recording `{task['recording']}`"
    before, after = near["asked"].splitlines(), task["asked"].splitlines()
    lines = list(unified_diff(before, after, "as recorded", "now", lineterm=""))
    cut = [f"… {len(lines) - LONGEST_DIFF} more lines"] if len(lines) > LONGEST_DIFF else []
    shown = (
        line if len(line) <= WIDEST_DIFF else f"{line[: WIDEST_DIFF - 1]}…" for line in lines[:LONGEST_DIFF]
    )
    difference = "\n".join([*shown, *cut])
    return f"the prompt is not the one that {where} answers; record again with `--record`\n{difference}"


LONGEST_DIFF, WIDEST_DIFF = 60, 400
"""Lines of a difference that are told, and letters of a line."""


class Stream:
    """The lines of stdout."""

    def __init__(self, session: str) -> None:
        self._session = session

    def line(self, **fields: object) -> None:
        sys.stdout.write(json.dumps({**fields, "session_id": self._session}) + "\n")
        sys.stdout.flush()

    def tool(self, name: str, **given: str) -> None:
        block = {"type": "tool_use", "name": name, "input": given}
        self.line(type="assistant", message={"role": "assistant", "content": [block]})

    def answered(self, call: CallTask) -> int:
        """The result line of an answer, or of a failed request."""
        failed = call["error"] is not None
        fields: dict[str, object] = {"result": call["error"] if failed else call["answer"]}
        if "json" in call:
            fields["structured_output"] = call["json"]
        if failed:
            fields["api_error_status"] = call["status"]
        self.line(
            type="result",
            subtype="success",
            is_error=failed,
            num_turns=call["turns"],
            total_cost_usd=call["cost_usd"],
            permission_denials=call["denials"],
            terminal_reason="api_error" if failed else "completed",
            **fields,
        )
        return 1 if failed else 0

    def ended(
        self,
        ending: str,
        reason: str,
        cost: float | None,
        code: int,
        denials: Sequence[dict[str, object]] = (),
        turns: int = 1,
    ) -> int:
        """The result line of a call that was recorded to end so; ``code`` is its exit code."""
        self.line(
            type="result",
            subtype="error_during_execution",
            is_error=True,
            num_turns=turns,
            total_cost_usd=cost,
            permission_denials=list(denials),
            errors=[reason],
            replay_ending=ending,
            replay_reason=reason,
        )
        return code

    def stopped(self, reason: str, cost: float | None) -> int:
        """The result line of a call that came to no answer."""
        self.line(
            type="result",
            subtype="error_during_execution",
            is_error=True,
            num_turns=1,
            total_cost_usd=cost,
            permission_denials=[],
            errors=[reason],
        )
        return 1


# --- which call answers ---


def claimed(task: Task) -> CallTask | None:
    """The recorded call that answers, noted in the state file before anything else happens."""
    os.makedirs(os.path.dirname(task["state"]) or ".", exist_ok=True)
    with open(task["state"], "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        call = choice(task, notes(file.read()))
        if call is not None:
            note(file.fileno(), "claimed", task, call)
        return call


def finished(task: Task, call: CallTask) -> None:
    with open(task["state"], "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        note(file.fileno(), "finished", task, call)


def note(descriptor: int, event: str, task: Task, call: CallTask) -> None:
    record = {"event": event, "call": call["index"], "place": task["place"], "session": task["session"]}
    os.write(
        descriptor, b"\n" + json.dumps(record).encode()
    )  # first ends what a crash may have left half-written
    os.fsync(descriptor)


def notes(content: bytes) -> list[dict[str, object]]:
    """The lines of the state file; a half-written one is passed by."""
    records = []
    for line in content.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


def choice(task: Task, records: Sequence[dict[str, object]]) -> CallTask | None:
    """The call that this session or this place has already, else the first that nobody has."""
    owners = {record["call"]: record for record in records if record.get("event") == "claimed"}
    done = {record["call"] for record in records if record.get("event") == "finished"}
    for call in task["calls"]:
        owner = owners.get(call["index"])
        if owner is None:
            continue
        again = owner.get("place") == task["place"] and call["index"] not in done
        if again or owner.get("session") == task["session"]:
            return call
    return next((call for call in task["calls"] if call["index"] not in owners), None)


# --- changes and commits ---


def make_commit(commit: CommitTask, stream: Stream) -> None:
    paths: dict[str, None] = {}
    for change in commit["changes"]:
        paths.update(dict.fromkeys(make_change(change, stream)))
    subject = commit["message"].strip().split("\n")[0]
    stream.tool("Bash", command=f"git commit -m '{subject}'")
    paths.update(dict.fromkeys(commit["paths"]))
    what = f"the commit `{subject}`"
    if not paths:
        git(what, ["commit", "-q", "--only", "--allow-empty", "-F", "-"], commit["message"])
        return
    git(what, ["add", "-A", "-f", "--", *paths])
    git(what, ["commit", "-q", "-F", "-", "--", *paths], commit["message"])


def make_change(change: ChangeTask, stream: Stream) -> Iterable[str]:
    """Make one change; the paths that it touched."""
    if "patch" in change:
        return apply_patch(change["patch"], stream)
    path = change["delete"] if "delete" in change else change["write"]
    root = os.path.realpath(".")
    if os.path.islink(path) or os.path.commonpath([root, os.path.realpath(path)]) != root:
        raise Misfit(f"`{path}` leads out of the work tree or is a link")
    try:
        if "delete" in change:
            stream.tool("Bash", command=f"rm {path}")
            os.remove(path)
            remove_empty(os.path.dirname(path))
        else:
            stream.tool("Write", file_path=path)
            written = change.get("base64")
            content = change["text"].encode() if written is None else b64decode(written)
            write(path, content, change.get("executable"))
    except OSError as error:
        raise Misfit(f"`{path}`: {(error.strerror or str(error)).lower()}") from None
    return [path]


def remove_empty(folder: str) -> None:
    """Folders that hold nothing any more go, as they do with a patch: a file may come where they are."""
    while folder:
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def write(path: str, content: bytes, executable: bool | None) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    if executable is not None:
        mode = os.stat(path).st_mode
        os.chmod(path, mode | 0o111 if executable else mode & ~0o111)


def apply_patch(patch: str, stream: Stream) -> Iterable[str]:
    """Apply a diff; line numbers may be off, what stands around the change may not."""
    patch = patch if patch.endswith("\n") else patch + "\n"
    listed = git("a patch", ["apply", "--numstat", "-z", "--recount", "-"], patch)
    paths = [entry.split("\t", 2)[2] for entry in listed.split("\0") if entry.count("\t") >= 2]
    paths += re.findall(r"^rename from (.+)$", patch, re.MULTILINE)
    names = ", ".join(f"`{path}`" for path in paths)
    for path in paths:
        stream.tool("Edit", file_path=path)
    git(f"the patch to {names}", ["apply", "--recount", "--whitespace=nowarn", "-"], patch)
    return paths


def git(what: str, arguments: Sequence[str], given: str = "") -> str:
    try:
        done = subprocess.run(["git", *arguments], input=given.encode(), capture_output=True)
    except OSError as error:
        raise Misfit(f"{what}: git cannot be run: {error}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").split("\n")
        reason = next((line for line in said if line.strip()), f"exit code {done.returncode}")
        raise Misfit(f"{what}: git says: {reason.removeprefix('error: ').removeprefix('fatal: ')}")
    return done.stdout.decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    sys.exit(main())
