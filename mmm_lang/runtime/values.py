"""What a reference is worth at one moment of a session.

A value is text, a list of texts, or text that lies in a file and is read only as far as it is needed, so that an
output of any size costs no memory. Nothing that is put into a hole is ever parsed again (spec/language.md, 3).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import frozen

from mmm_lang.plan import ir
from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.state import Attempt, Place, State
from mmm_lang.syntax.input_types import items_of

LABEL_WIDTH = 100
"""Characters of an item that people are shown."""

LARGEST_READ = 16 * 1024 * 1024
"""Bytes of an output that are read at once, for a condition, a filter or JSON."""


@frozen
class FileText:
    """Text in a file, without one trailing newline; bytes that are no UTF-8 are replaced when it is read."""

    path: str


Value = str | tuple[str, ...] | FileText


@frozen
class Unset:
    """There is no value. ``reason`` is what a person reads when a step is skipped for it."""

    reason: str


class ValueProblem(Exception):
    """A value that cannot be used here; the message says which and why. The step fails with it."""


class NoSuchPart(ValueProblem):
    """A JSON value has nothing where a reference goes on into it."""


@frozen
class Scope:
    """The values of a session: ``folder`` is its own, ``root`` the work tree's, ``exists`` looks a path up.

    ``reader`` is the step that reads, at its place. In a loop the items are those of its turn, and what the steps of the
    loop made in another turn is not there; ``None`` is outside of all loops.
    """

    plan: Plan
    state: State
    folder: str
    root: str
    environ: Mapping[str, str]
    exists: Callable[[str], bool]
    reader: Place | None = None

    def value(self, target: ir.Target) -> Value | Unset:
        match target:
            case ir.Item(loop=loop, path=path):
                return self.item(loop, path)
            case ir.Argument(call=call, name=name, path=path):
                return inside(self.argument(call, name), path, name)
            case ir.Environment(name=name):
                found = self.environ.get(name)
                return Unset(f"`{name}` is not in the environment") if found is None else found
            case ir.Variable(name=name, path=path):
                return inside(self.variable(name), path, name.removeprefix("inputs."))
            case ir.StepField(step=step, field=field, path=path):
                return self.field(step, field, path)

    def latest(self, step: str) -> Attempt | None:
        """The latest run of a step in this iteration; in a loop around both step and reader, in the reader's turn.

        Turns follow each other, so that where the latest run of all is of an earlier turn, there is none in this one.
        """
        attempt = self.state.latest.get(step)
        if attempt is None or self.reader is None:
            return attempt
        theirs = self.plan.loops_around(step)
        shared = [one for one in self.plan.loops_around(self.reader[0]) if one in theirs]
        same = shared[-1].at + 2 if shared else 0
        return attempt if attempt.path[:same] == self.reader[1][:same] else None

    def latest_runs(self) -> Iterator[Attempt]:
        """Those of all steps."""
        return (found for step in self.state.latest if (found := self.latest(step)) is not None)

    def item(self, loop: str | None, path: tuple[str, ...] = ()) -> str | Unset:
        """The item of the reader's turn of a loop, or of the session (``None``), and inside it along ``path``.

        Raises `NoSuchPart` where the item has nothing there.
        """
        found = self.item_json(loop)
        if isinstance(found, Unset):
            return found
        written = ".".join(("item", *path))
        return json_text(along(json.loads(found), path, written, "the item"))

    def item_json(self, loop: str | None) -> str | Unset:
        """The whole item as JSON text."""
        if loop is None:
            item = (self.state.session.variables if self.state.session else {}).get("item")
            return Unset("nothing to work on: there is no item") if item is None else item
        step, place = self.reader or ("", ())
        around = next((one for one in self.plan.around.get(step, ()) if one.key == loop), None)
        if around is None or len(place) < around.at + 2:
            return Unset(f"nothing to work on: `{loop}` has no item here")
        before, run, turn = place[: around.at], place[around.at], place[around.at + 1]
        for attempt in self.state.attempts_at(loop, before):
            if attempt.number == run and attempt.items is not None:
                return attempt.items[turn - 1]
        return Unset(f"nothing to work on: `{loop}` has no item here")

    def run_around(self, region: str) -> Attempt | None:
        """The run of a group, loop or call that the reader is in."""
        step, place = self.reader or ("", ())
        around = next((one for one in self.plan.around.get(step, ()) if one.key == region), None)
        if around is None or len(place) <= around.at:
            return None
        runs = self.state.attempts_at(region, place[: around.at])
        return next((one for one in runs if one.number == place[around.at]), None)

    def argument(self, call: str, name: str) -> Value | Unset:
        """An input of the playbook that a step calls, as it was where that began."""
        attempt, action = self.run_around(call), self.plan.step(call).action
        found = None if attempt is None or attempt.inputs is None else attempt.inputs.get(name)
        if found is None:
            return Unset(f"nothing to work on: `{call}` was given no `{name}`")
        declared = action.inputs if isinstance(action, ir.Call) else ()
        return items_of(found) if any(one.name == name and one.type == "list" for one in declared) else found

    def variable(self, name: str) -> Value | Unset:
        """A session variable or input (`inputs.NAME`)."""
        match name:
            case "ITERATION":
                return str(self.state.iteration)
            case "PROJECT_ROOT" | "WORKTREE":
                return self.root
            case "SPEC_ID":
                return self.spec_id()
            case "CAPTURED_OUTPUT":
                return self.captured()
        variables = self.state.session.variables if self.state.session else {}
        found = variables.get(name)
        if found is None:
            return Unset(f"`{name}` is not set")
        lists = (f"inputs.{one.name}" for one in self.plan.header.inputs if one.type == "list")
        return items_of(found) if name in lists else found

    def spec_id(self) -> str | Unset:
        """The stem of the latest spec of this iteration that still exists."""
        made = [one for one in self.latest_runs() if "spec" in one.outputs]
        for attempt in sorted(made, key=lambda one: one.order, reverse=True):
            path = attempt.outputs["spec"]
            if self.exists(os.path.join(self.root, path)):
                return stem(path)
        return Unset("nothing to work on: no spec was made in this iteration")

    def captured(self) -> Value:
        """The output of the latest step with `capture_output: true`; empty where there is none."""
        runs = [
            attempt
            for attempt in self.latest_runs()
            if self.plan.step(attempt.step).capture_output and attempt.run and attempt.status is not None
        ]
        if not runs:
            return ""
        latest = max(runs, key=lambda one: one.order)
        return self.output(latest)

    def field(self, step: str, field: str, path: tuple[str, ...] = ()) -> Value | Unset:
        """A field or output of a step's latest run in this iteration."""
        attempt = self.latest(step)
        written = ".".join((step, field, *path))
        declared = field in self.declared(step)
        if field == "status" and not declared:
            return "skipped" if attempt is None else attempt.status or "failed"
        if attempt is None:
            return Unset(f"nothing to work on: `{step}` has not run")
        if attempt.status == "skipped":
            return Unset(f"nothing to work on: `{step}` was skipped")
        if declared or field in ("spec", "spec_id"):
            return self.output_of(attempt, field, written)
        if field == "json":
            return json_text(self.json(attempt, written, path))
        return self.plain_field(attempt, field)

    def declared(self, step: str) -> tuple[str, ...]:
        """The names of the outputs of a step, or of the playbook that it calls."""
        node = self.plan.step(step)
        given = node.action.outputs if isinstance(node.action, ir.Call) else ()
        return (*(one.name for one in node.outputs), *(name for name, _ in given))

    def output_of(self, attempt: Attempt, name: str, written: str) -> Value | Unset:
        """A declared output, `spec` or `spec_id`."""
        found = attempt.outputs.get("spec" if name == "spec_id" else name)
        if found is None:
            return Unset(f"nothing to work on: `{written}`")
        return stem(found) if name == "spec_id" else found

    def plain_field(self, attempt: Attempt, field: str) -> Value:
        ran = attempt.ran
        match field:
            case "output":
                return self.output(attempt)
            case "stdout":
                return FileText(self.file(attempt, "answer" if self.is_agent(attempt) else "stdout"))
            case "stderr":
                return FileText(self.file(attempt, "stderr"))
            case "output_file":
                return self.file(attempt, "log")
            case "exit_code":
                return "" if ran is None or ran.exit_code is None else str(ran.exit_code)
            case "items":
                loop = attempt if attempt.items is not None else self.latest(f"{attempt.step}.each")
                return str(len(loop.items or ()) if loop is not None else 0)
            case "attempts":
                return str(len(self.state.attempts_at(attempt.step, attempt.path)))
            case "duration":
                return f"{round(sum(map(_seconds_of, self.runs_of(attempt))), 3):g}"
            case "cost_usd":
                costs = [_cost_of(one) for one in self.runs_of(attempt)]
                known = [one for one in costs if one is not None]
                return f"{round(sum(known), 10):g}" if len(known) == len(costs) else ""
            case "calls":
                return str(sum(one.ran.calls for one in self.runs_of(attempt) if one.ran is not None))
            case "commits":
                return attempt.commits
            case "files":
                return attempt.files
        raise ValueProblem(f"`{attempt.step}` has no field `{field}`")

    def runs_of(self, attempt: Attempt) -> tuple[Attempt, ...]:
        """The runs that a run is made of: itself, or of a group, loop or call all inside that ran something."""
        if not isinstance(self.plan.step(attempt.step).action, ir.Region):
            return (attempt,)
        region, place = attempt.step, (*attempt.path, attempt.number)
        inside = {key for key, around in self.plan.around.items() if any(one.key == region for one in around)}
        return tuple(
            one
            for (step, path), attempts in self.state.attempts.items()
            if step in inside and path[: len(place)] == place
            for one in attempts
            if one.ran is not None
        )

    def output(self, attempt: Attempt) -> FileText:
        """Stdout of a run that succeeded, both streams of one that failed; an agent's answer."""
        if self.is_agent(attempt):
            return FileText(self.file(attempt, "answer"))
        return FileText(self.file(attempt, "stdout" if attempt.status == "succeeded" else "log"))

    def json(self, attempt: Attempt, written: str, path: tuple[str, ...]) -> object:
        """The stdout of a run (or its structured output) as JSON, and inside it along ``path``."""
        names = ("json", "answer") if self.is_agent(attempt) else ("stdout",)
        path_of = [self.file(attempt, name) for name in names]
        try:
            found: object = json.loads(read_text(FileText(next(filter(self.exists, path_of), path_of[-1]))))
        except ValueError as error:
            raise ValueProblem(f"the output of `{attempt.step}` is not JSON: {error}") from None
        return along(found, path, written, f"the output of `{attempt.step}`")

    def is_agent(self, attempt: Attempt) -> bool:
        return isinstance(self.plan.step(attempt.step).action, ir.AgentCall)

    def file(self, attempt: Attempt, name: str) -> str:
        return os.path.join(run_folder(self.folder, attempt.run), name)


def _seconds_of(attempt: Attempt) -> float:
    return attempt.seconds + (attempt.ran.duration if attempt.ran is not None else 0.0)


def _cost_of(attempt: Attempt) -> float | None:
    """What a run has cost in US dollars; ``None`` where nobody knows."""
    if attempt.ran is None or attempt.ran.cost_usd is None:
        return None
    return attempt.paid_usd + attempt.ran.cost_usd


def run_folder(folder: str, run: int) -> str:
    """Where the outputs of a run of a session lie."""
    return os.path.join(folder, "steps", str(run))


def stem(path: str) -> str:
    """A file's name without its ending: what people call a spec."""
    return os.path.splitext(os.path.basename(path))[0]


def read_text(value: Value, most: int = LARGEST_READ) -> str:
    """A value as text. Raises `ValueProblem` where it is longer than ``most`` bytes."""
    if isinstance(value, tuple):
        return "\n".join(value)
    if isinstance(value, str):
        return value
    try:
        with open(value.path, "rb") as file:
            content = file.read(most + 2)
    except FileNotFoundError:
        return ""
    if len(content.removesuffix(b"\n")) > most:
        raise ValueProblem(f"the output in {value.path} is longer than {most:,} bytes")
    return content.removesuffix(b"\n").decode("utf-8", "replace")


def size_of(value: Value) -> int:
    """Bytes of a value as text."""
    if not isinstance(value, FileText):
        return len(read_text(value).encode("utf-8", "replace"))
    try:
        with open(value.path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            return size - (file.read(1) == b"\n")
    except FileNotFoundError:
        return 0


def item_label(item: str) -> str:
    """An item (JSON text) as people read it: on one line, text as it is, of a mapping the value that names it."""
    value: object = json.loads(item)
    if isinstance(value, dict):
        names = (value.get(name) for name in ("id", "name", "title", "path", "file"))
        value = next((one for one in names if isinstance(one, str) and one.strip()), value)
    line = " ".join(json_text(value).split())
    return line if len(line) <= LABEL_WIDTH else f"{line[: LABEL_WIDTH - 1]}…"


def along(value: object, path: Sequence[str], written: str, whose: str) -> object:
    """What lies inside a JSON value along ``path``: names of objects and indexes of lists.

    ``written`` is the whole reference and ``whose`` the value, for `NoSuchPart`, which is raised where nothing is there.
    """
    for key in path:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            raise NoSuchPart(f"`{written}`: {whose} has no `{key}` there")
    return value


def inside(found: Value | Unset, path: tuple[str, ...], name: str) -> Value | Unset:
    """What lies inside an input that is JSON, along ``path``. Raises `NoSuchPart` where it has nothing there."""
    if not path or isinstance(found, Unset):
        return found
    try:
        value: object = json.loads(read_text(found))
    except ValueError as error:
        raise ValueProblem(f"the input `{name}` is not JSON: {error}") from None
    return json_text(along(value, path, ".".join(("inputs", name, *path)), "the input"))


def json_text(value: object) -> str:
    """A JSON value as the text of a hole: a string as it is, anything else as compact JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
