"""Reading a test file: its cases, and a diagnostic with its place for whatever is wrong. Never raises."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator

from attrs import define, field

from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import AgentCall, Approve, GivenItems, GlobItems, Handler, MapHeader, Region, Step
from mmm_lang.runtime.items import variables_of_item
from mmm_lang.source import Source, Span
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.parser_blocks import plain_value
from mmm_lang.syntax.values import Values
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Mapping, Node, Scalar, Sequence
from mmm_lang.syntax.yaml_tree import read_tree
from mmm_lang.testing.expectations import read_expectations
from mmm_lang.testing.keys import CASE, COMMIT, FILE, OUTCOME, Key
from mmm_lang.testing.model import Case, Expected, Files, Outcome, ScriptedCommit, ScriptedEnding, TestFile
from mmm_lang.testing.shape import Shape

SUFFIXES = (".test.yml", ".test.yaml")


class NoPlaybook(Exception):
    """The playbook of a test file cannot be had; the message says why."""


def playbook_beside(path: str) -> str:
    """The playbook of the same name as a test file: `default.yml` or `default.mmm.yml` of `default.test.yml`."""
    stem = next((path.removesuffix(suffix) for suffix in SUFFIXES if path.endswith(suffix)), path)
    for suffix in (".yml", ".yaml", ".mmm.yml", ".mmm.yaml"):
        if os.path.isfile(stem + suffix):
            return stem + suffix
    return stem + ".yml"


def read_test_file(source: Source, plan_of: Callable[[str], Plan]) -> TestFile:
    """A test file, from its text. ``plan_of`` compiles the playbook at a path, and raises `NoPlaybook`."""
    findings = Findings(source)
    tree = read_tree(source)
    findings.add(*tree.diagnostics)
    reader = _Reader(findings, Values(findings), Shape(findings), os.path.dirname(source.path))
    playbook = playbook_beside(source.path)
    if not isinstance(tree.root, Mapping):
        if not isinstance(tree.root, Damaged):
            reader.shape.no_mapping(tree.root, source.whole(), "a test file", "tests")
        return TestFile(source, playbook, (), findings.in_order())
    entries = reader.shape.entries(tree.root, FILE, "a test file")
    version = entries.get("version")
    if version is not None and isinstance(version.value, Scalar) and resolve(version.value) != 1:
        findings.error("invalid-value", version.value.span, "`version` must be 1", "write `version: 1`")
    named = reader.values.text(entries.get("playbook"))
    if named is not None:
        playbook = os.path.normpath(os.path.join(reader.folder, os.path.expanduser(named.value)))
    try:
        reader.plan = plan_of(playbook)
    except NoPlaybook as problem:
        place = source.whole() if named is None else named.span
        findings.error("invalid-value", place, str(problem), "name the playbook with `playbook: PATH`")
        return TestFile(source, playbook, (), findings.in_order())
    cases = tuple(reader.cases(tree.root, entries.get("tests")))
    return TestFile(source, playbook, cases, findings.in_order())


@define(eq=False)
class _Reader:
    findings: Findings
    values: Values
    shape: Shape
    folder: str
    plan: Plan = field(init=False)

    def cases(self, root: Mapping, entry: Entry | None) -> Iterator[Case]:
        if entry is None:
            where = self.findings.source.whole()
            self.findings.error(
                "missing-key", where, "this file has no `tests`", "add `tests:` with a list of tests"
            )
            return
        names: set[str] = set()
        for item in self.values.items(entry, "a list of tests"):
            case = self.case(item.node)
            if case is not None and case.name in names:
                message = f"there are two tests named `{case.name}`"
                self.findings.error("invalid-value", case.span, message, "give each its own name")
            if case is not None:
                names.add(case.name)
                yield case

    def case(self, node: Node) -> Case | None:
        if not isinstance(node, Mapping):
            self.shape.no_mapping(node, node.span, "a test", "name")
            return None
        entries = self.shape.entries(node, CASE, "a test")
        name = self.values.text(entries.get("name"))
        if name is None:
            if "name" not in entries:
                place = node.entries[0].key.span if node.entries else node.span
                self.findings.error(
                    "missing-key", place, "this test has no `name`", "add `name:` and what it shows"
                )
            return None
        values = self.values
        recording, project = entries.get("recording"), entries.get("project")
        if recording is not None and "steps" in entries:
            self.findings.error(
                "invalid-value",
                entries["steps"].key.span,
                "`steps` and `recording` exclude each other",
                "with a recording shell steps run for real; leave one of the two out",
            )
        iterations = values.integer(entries.get("max_iterations"), 1)
        calls = values.integer(entries.get("max_calls"), 1)
        cost, duration = values.amount(entries.get("max_cost")), values.duration(entries.get("max_duration"))
        on_failure = values.choice(entries.get("on_failure"), ("rollback", "keep"))
        expect = self._expectations(entries.get("expect"))
        return Case(
            name=name.value,
            span=name.span,
            variables=self.item(entries.get("arg"), entries.get("map"), entries.get("item")),
            inputs=self.inputs(entries.get("set")),
            max_iterations=None if iterations is None else iterations.value,
            max_calls=None if calls is None else calls.value,
            max_cost_usd=None if cost is None else cost.value,
            max_duration=None if duration is None else duration.value,
            on_failure="keep" if on_failure is not None and on_failure.value == "keep" else "rollback",
            environ=self.shape.texts_by_name(entries.get("env")),
            files=self.shape.files(entries.get("files")),
            recording=self.path(recording),
            project=self.path(project),
            steps=self.steps(entries.get("steps")),
            expect={key: one for key, one in expect.items() if not key.startswith("at_most.")},
            at_most={
                key.removeprefix("at_most."): one for key, one in expect.items() if key.startswith("at_most.")
            },
        )

    def _expectations(self, entry: Entry | None) -> dict[str, Expected]:
        return read_expectations(entry, self.plan, self.findings, self.values, self.shape)

    def item(self, arg: Entry | None, path: Entry | None, item: Entry | None) -> dict[str, str]:
        """The variables of the item that a test gives in one of three ways; none without one."""
        given = [entry for entry in (arg, path, item) if entry is not None]
        for other in given[1:]:
            names = f"`{given[0].key.value}` and `{other.key.value}`"
            self.findings.error(
                "invalid-value", other.key.span, f"{names} exclude each other", "leave one out"
            )
        text, file = self.values.text(arg), self.values.text(path)
        header = self.plan.header.map
        if item is not None:
            if header is None:
                advice = "write `arg:` for a value of `--args`, `map:` for a path of `--map`"
                self.findings.error(
                    "invalid-value",
                    item.key.span,
                    "`item` is for playbooks with `map:`, and this has none",
                    advice,
                )
                return {}
            return variables_of_item(header, plain_value(item.value), 1, 1)
        if file is not None:
            return variables_of_item(MapHeader(GlobItems((file.value,))), file.value, 1, 1)
        if text is not None:
            return variables_of_item(MapHeader(GivenItems(values=(text.value,))), text.value, 1, 1)
        return {}

    def inputs(self, entry: Entry | None) -> dict[str, str]:
        declared = [one.name for one in self.plan.header.inputs]
        given = self.shape.texts_by_name(entry)
        for one in entry.value.entries if entry is not None and isinstance(entry.value, Mapping) else ():
            if one.key.value not in declared:
                name, advice = one.key.value, "inputs are declared in its header, below `inputs:`"
                message = f"the playbook has no input `{name}`"
                self.shape.replaceable("invalid-value", one.key.span, message, name, declared, advice)
        return given

    def path(self, entry: Entry | None) -> str | None:
        text = self.values.text(entry)
        if text is None:
            return None
        path = os.path.abspath(os.path.join(self.folder, os.path.expanduser(text.value)))
        if not os.path.exists(path):
            self.findings.error(
                "invalid-value",
                text.span,
                f"there is no `{text.value}`",
                "paths are relative to the test file",
            )
        return path

    def steps(self, entry: Entry | None) -> dict[str, tuple[Outcome, ...]]:
        found: dict[str, tuple[Outcome, ...]] = {}
        known = [step.key for step in self.plan.steps if not isinstance(step.action, Region)]
        for one in self.values.entries(
            entry, "a mapping of steps to outcomes", "write `STEP: {exit_code: 1}`"
        ):
            key = one.key.value
            if key not in known:
                self.unknown_step(one.key.span, key, known)
                continue
            step = self.plan.step(key)
            nodes = (
                [item.node for item in one.value.items] if isinstance(one.value, Sequence) else [one.value]
            )
            outcomes = [
                outcome for outcome in (self.outcome(step, node) for node in nodes) if outcome is not None
            ]
            if outcomes:
                found[key] = tuple(outcomes)
            elif isinstance(one.value, Sequence) and not one.value.items:
                self.findings.error(
                    "invalid-value", one.value.span, f"`{key}` has no outcome", "write one, or remove it"
                )
        return found

    def unknown_step(self, span: Span, key: str, known: list[str]) -> None:
        node = self.plan.nodes.get(key)
        if isinstance(node, Step | Handler):
            what = "a group" if isinstance(node, Step) else "a handler"
            message = f"`{key}` is {what} and runs nothing itself"
            self.findings.error("undefined-step", span, message, "script the steps that are inside it")
            return
        self.shape.replaceable(
            "undefined-step", span, f"the playbook has no step `{key}`", key, known,
            "`mmm graph` shows the key of every step",
        )  # fmt: skip

    def outcome(self, step: Step, node: Node) -> Outcome | None:
        if not isinstance(node, Mapping):
            self.shape.no_mapping(node, node.span, "an outcome", "exit_code")
            return None
        entries = self.shape.entries(node, _keys_for(step), f"an outcome of {_kind(step)}")
        values, shape = self.values, self.shape
        files = shape.files(entries.get("files"))
        commits = tuple(self.commits(entries.get("commits")))
        message = values.text(entries.get("commit"))
        if message is not None:
            commits, files = (*commits, ScriptedCommit(message.value, files)), {}
        code, number = values.integer(entries.get("exit_code"), 0), values.integer(entries.get("signal"), 1)
        takes, reason = values.pause(entries.get("takes")), values.text(entries.get("reason"))
        output, stderr = values.text(entries.get("output")), values.text(entries.get("stderr"))
        timeout, moves = values.boolean(entries.get("timeout")), values.boolean(entries.get("moves_head"))
        if (
            timeout is not None
            and timeout.value
            and step.timeout is None
            and self.plan.header.limits.duration is None
        ):
            advice = "give the step a `timeout:`, or leave it out here"
            self.findings.error("invalid-value", timeout.span, f"`{step.key}` has no time limit", advice)
        denied = values.texts(entries.get("denied")) or ()
        structured = entries.get("json")
        return Outcome(
            exit_code=0 if code is None else code.value,
            output="" if output is None else output.value,
            stderr="" if stderr is None else stderr.value,
            files=files,
            commits=commits,
            cost_usd=shape.number(entries.get("cost_usd"), 0.0),
            takes=1.0 if takes is None else takes.value,
            timeout=timeout is not None and timeout.value,
            signal=None if number is None else number.value,
            ending=self.ending(entries.get("ending")),
            reason=None if reason is None else reason.value,
            denied=tuple(one.value for one in denied),
            json=None if structured is None else json.dumps(shape.plain(structured.value)),
            moves_head=moves is not None and moves.value,
            answer=self.answer(entries.get("answer")),
        )

    def commits(self, entry: Entry | None) -> Iterator[ScriptedCommit]:
        for item in self.values.items(entry, "a list of commits"):
            if not isinstance(item.node, Mapping):
                self.shape.no_mapping(item.node, item.node.span, "a commit", "message")
                continue
            entries = self.shape.entries(item.node, COMMIT, "a commit")
            message = self.values.text(entries.get("message"))
            files: Files = self.shape.files(entries.get("files"))
            if message is not None:
                yield ScriptedCommit(message.value, files)
            elif "message" not in entries:
                self.findings.error("missing-key", item.node.span, "this commit has no `message`", "add one")

    def ending(self, entry: Entry | None) -> ScriptedEnding | None:
        text = self.values.choice(entry, ("failed", "quota", "auth", "budget", "transient"))
        match None if text is None else text.value:
            case "failed" | "quota" | "auth" | "budget" | "transient" as ending:
                return ending
        return None

    def answer(self, entry: Entry | None) -> bool | None:
        if entry is None:
            return True
        if isinstance(entry.value, Scalar) and resolve(entry.value) is None:
            return None
        said = self.values.boolean(entry)
        return said is None or said.value


def _keys_for(step: Step) -> tuple[Key, ...]:
    """The keys of an outcome that mean something for a step."""
    if isinstance(step.action, Approve):
        return tuple(key for key in OUTCOME if key.name == "answer")
    agents = {"ending", "reason", "denied", "json", "cost_usd"}
    left_out = {"answer"} if isinstance(step.action, AgentCall) else {"answer", *agents}
    return tuple(key for key in OUTCOME if key.name not in left_out)


def _kind(step: Step) -> str:
    if isinstance(step.action, Approve):
        return "`approve:`"
    return "an agent call" if isinstance(step.action, AgentCall) else "a script"
