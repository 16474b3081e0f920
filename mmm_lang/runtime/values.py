"""What a reference is worth at one moment of a session.

A value is text, a list of texts, or text that lies in a file and is read only as far as it is needed, so that an
output of any size costs no memory. Nothing that is put into a hole is ever parsed again (spec/language.md, 3).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping

from attrs import frozen

from mmm_lang.plan import ir
from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.state import Attempt, State

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


@frozen
class Scope:
    """The values of a session: ``folder`` is its own, ``root`` the work tree's, ``exists`` looks a path up."""

    plan: Plan
    state: State
    folder: str
    root: str
    environ: Mapping[str, str]
    exists: Callable[[str], bool]

    def value(self, target: ir.StepField | ir.Variable | ir.Environment) -> Value | Unset:
        match target:
            case ir.Environment(name=name):
                found = self.environ.get(name)
                return Unset(f"`{name}` is not in the environment") if found is None else found
            case ir.Variable(name=name):
                return self.variable(name)
            case ir.StepField(step=step, field=field, path=path):
                return self.field(step, field, path)

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
        return Unset(f"`{name}` is not set") if found is None else found

    def spec_id(self) -> str | Unset:
        """The stem of the latest spec of this iteration that still exists."""
        made = [one for one in self.state.latest.values() if "spec" in one.outputs]
        for attempt in sorted(made, key=lambda one: one.order, reverse=True):
            path = attempt.outputs["spec"]
            if self.exists(os.path.join(self.root, path)):
                return stem(path)
        return Unset("nothing to work on: no spec was made in this iteration")

    def captured(self) -> Value:
        """The output of the latest step with `capture_output: true`; empty where there is none."""
        runs = [
            attempt
            for key, attempt in self.state.latest.items()
            if self.plan.step(key).capture_output and attempt.run and attempt.status is not None
        ]
        if not runs:
            return ""
        latest = max(runs, key=lambda one: one.order)
        return self.output(latest)

    def field(self, step: str, field: str, path: tuple[str, ...] = ()) -> Value | Unset:
        """A field or output of a step's latest run in this iteration."""
        attempt = self.state.latest.get(step)
        written = ".".join((step, field, *path))
        declared = any(one.name == field for one in self.plan.step(step).outputs)
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
            case "attempts":
                return str(len(self.state.attempts_at(attempt.step, attempt.path)))
            case "duration":
                return f"{round(attempt.seconds + (ran.duration if ran else 0.0), 3):g}"
            case "cost_usd":
                if ran is None or ran.cost_usd is None:
                    return ""
                return f"{attempt.paid_usd + ran.cost_usd:g}"
            case "calls":
                return str(ran.calls if ran else 0)
            case "commits":
                return attempt.commits
            case "files":
                return attempt.files
        raise ValueProblem(f"`{attempt.step}` has no field `{field}`")

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
        for key in path:
            if isinstance(found, dict) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                raise ValueProblem(f"`{written}`: the output of `{attempt.step}` has no `{key}` there")
        return found

    def is_agent(self, attempt: Attempt) -> bool:
        return isinstance(self.plan.step(attempt.step).action, ir.AgentCall)

    def file(self, attempt: Attempt, name: str) -> str:
        return os.path.join(run_folder(self.folder, attempt.run), name)


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


def json_text(value: object) -> str:
    """A JSON value as the text of a hole: a string as it is, anything else as compact JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
