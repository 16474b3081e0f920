"""Random playbooks for hypothesis: trees of plain Python values, written as YAML.

``playbooks()`` are valid: ``mmm check`` has no error to say about them. ``wild_playbooks()`` are well-formed YAML of
the right shape, whose references and keys may be anything. Both are bounded: lists of at most ``LONGEST`` steps,
``DEEPEST`` levels of nesting, ``MOST_STEPS`` steps and ``MOST_LOOPS`` loops in all.
"""

from __future__ import annotations

import random

import yaml
from attrs import define, field, frozen
from hypothesis import strategies as st

LONGEST = 4
DEEPEST = 3
MOST_STEPS = 14
MOST_LOOPS = 2

REGIONS = ("group", "foreach")
"""Kinds of steps that run no process of their own."""

Tree = dict[object, object]

COMMANDS = ("mmm-code-review", "mmm-implement-spec", "mmm-coverage", "mmm-lint", "mmm-debug")
SCRIPTS = ("cargo test", "just lint", "true", "test -f Cargo.toml", "echo done")
PROCESS_FIELDS = ("output", "stdout", "stderr", "output_file", "exit_code", "files", "attempts", "status")
ANYWHERE_FIELDS = ("status", "spec", "spec_id")


@frozen
class Seen:
    """A step that has an id and stands before. ``certain``: it has run wherever this is in sight."""

    id: str
    runs_process: bool
    certain: bool


@define
class Writer:
    """Draws one playbook; counts its steps and hands out ids."""

    draw: st.DrawFn
    steps: int = 0
    inputs: tuple[str, ...] = ()
    ids: list[str] = field(factory=list)
    loops: int = 0
    items: list[str] = field(factory=list)
    """What the loops around this place have for items, the innermost last: `text`, `mapping` or `anything`."""

    def one_of(self, *values: object) -> object:
        return self.draw(st.sampled_from(values))

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def chance(self, of: int = 3) -> bool:
        """True one time in ``of`` (and false where hypothesis shrinks)."""
        return self.number(0, of - 1) == of - 1

    # --- references ---

    def reference(self, seen: tuple[Seen, ...], last: Seen | None, in_repair: bool) -> str:
        """A reference that is sound here."""
        choices = ["${ITERATION}", "${ARG:-src}", "${PROJECT_ROOT}"]
        choices += [f"${{inputs.{name}}}" for name in self.inputs]
        choices += self.item_references()
        for one in seen:
            choices.append(f"${{{one.id}.{self.one_of(*ANYWHERE_FIELDS)}}}")
            choices.append(f"${{{one.id}.duration:-0}}")
            if one.certain and one.runs_process:
                choices += [f"${{{one.id}.{self.one_of(*PROCESS_FIELDS)}}}", f"$<{one.id}.output>"]
        if last is not None and last.certain and last.runs_process:
            choices.append("${last.output | tail(5)}")
        if in_repair:
            choices.append("${shell.output}")
        return str(self.one_of(*choices))

    def item_references(self) -> list[str]:
        """References to the item of the innermost loop."""
        found = {
            "text": ["${item}", "${item:-none}"],
            "mapping": ["${item}", "${item.name}", "${item.deep.name:-none}"],
            "anything": ["${item}", "${item.score:-0}"],
        }
        return found[self.items[-1]] if self.items else []

    def loop(self, seen: tuple[Seen, ...]) -> tuple[Tree, str]:
        """What a loop goes through, in each of its forms, and what its items are."""
        lists = [f"${{{one.id}.files}}" for one in seen if one.certain and one.runs_process]
        lists += [f"${{{one.id}.output | lines}}" for one in seen if one.certain and one.runs_process]
        form = self.one_of("texts", "mappings", "lines", "json", *(["reference"] if lists else []))
        if form == "texts":
            return {"foreach": self.one_of(["a"], ["b c", 3], ["${ITERATION}", "x"])}, "text"
        if form == "mappings":
            tree: Tree = {
                "foreach": [{"name": "a", "deep": {"name": "b"}}, {"name": "c", "deep": {"name": "d"}}]
            }
            return tree, "mapping"
        most: Tree = {"max_items": self.number(1, 2)}
        if form == "reference":
            return {"foreach": self.one_of(*lists), **most}, "text"
        if form == "lines":
            return {"foreach": {"shell": "git ls-files"}, **most}, "text"
        return {"foreach": {"shell": "cat items.json", "json": "$.items[*]"}, **most}, "anything"

    def condition(self, seen: tuple[Seen, ...]) -> str:
        choices = ["${ITERATION} == 1", "!(${ITERATION} > 3)", "${ITERATION} in [1, 2]"]
        choices += [f'${{{one.id}.status}} == "succeeded"' for one in seen]
        if self.items:
            choices.append('${item} != ""')
        choices += [f"${{{one.id}.exit_code}} != 0" for one in seen if one.certain and one.runs_process]
        first, second = self.one_of(*choices), self.one_of(*choices)
        return f"{first} && {second}" if self.chance() else str(first)

    # --- steps ---

    def steps_of(
        self,
        seen: tuple[Seen, ...],
        depth: int,
        in_repair: bool,
        owner: Seen | None = None,
        most: int = LONGEST,
    ) -> tuple[list[object], tuple[Seen, ...]]:
        """A list of steps, and what stands before the place after it."""
        found: list[object] = []
        last = owner
        count = self.number(1, most)
        while len(found) < count and (not found or self.steps < MOST_STEPS):
            tree, now, inner = self.step(seen, depth, in_repair, last)
            found.append(tree)
            last = now
            seen = (*seen, *([now] if now.id else []), *inner)
        return found, seen

    def step(
        self, seen: tuple[Seen, ...], depth: int, in_repair: bool, last: Seen | None
    ) -> tuple[Tree, Seen, tuple[Seen, ...]]:
        """A step, how it is seen from after it, and the steps inside it that are seen from there."""
        self.steps += 1
        kinds = ["claude", "shell", "name"]
        if depth < DEEPEST and self.steps < MOST_STEPS:
            kinds.append("group")
            if self.loops < MOST_LOOPS and self.chance(2):
                kinds.append("foreach")
        kind = str(self.one_of(*kinds))
        tree: Tree = {}
        name = ""
        if self.chance(2):
            name = f"{self.one_of('review', 'tests', 'fix')}_{self.steps}"
            tree["id"] = name
            self.ids.append(name)
        when = self.chance(4)
        if when:
            tree["when"] = self.condition(seen)
        me = Seen(name, kind not in REGIONS, not when)
        inner: tuple[Seen, ...] = ()
        if kind == "group":
            children, after = self.steps_of(seen, depth + 1, in_repair)
            tree["steps"] = children
            inner = tuple(Seen(one.id, one.runs_process, False) for one in after[len(seen) :])
        elif kind == "foreach":
            self.loops += 1
            about, item = self.loop(seen)
            self.items.append(item)
            children, after = self.steps_of(seen, depth + 1, in_repair, most=2)
            self.items.pop()
            tree |= about
            tree["do"] = children[0] if len(children) == 1 and self.chance(2) else children
            inner = tuple(Seen(one.id, one.runs_process, False) for one in after[len(seen) :])
        else:
            tree |= self.action(kind, seen, last, in_repair)
        self.options(tree, kind, seen)
        if depth < DEEPEST:
            itself = Seen(name, kind not in REGIONS, True)
            inside = (*seen, *([itself] if name else []), *inner)
            repairing = in_repair or kind == "shell"
            self.branches(tree, kind, inside, depth + 1, repairing, itself)
        return tree, me, inner

    def action(self, kind: str, seen: tuple[Seen, ...], last: Seen | None, in_repair: bool) -> Tree:
        reference = self.reference(seen, last, in_repair) if self.chance(2) else ""
        if kind == "shell":
            quoted = f'"{reference}"' if self.chance() else reference
            return {"shell": f"{self.one_of(*SCRIPTS)} {quoted}".strip()}
        command = str(self.one_of(*COMMANDS))
        if kind == "name":
            return {"name": command, "args": [reference]} if reference else {"name": command}
        return {"claude": f"/{command} {reference}".strip()}

    def options(self, tree: Tree, kind: str, seen: tuple[Seen, ...]) -> None:
        if kind in REGIONS:
            if self.chance(4):
                tree["env"] = {"MODE": "$HOME/${ITERATION}"}
            return
        if self.chance(5):
            tree["retry"] = {"attempts": self.number(1, 3), "backoff": "1s"}
        if self.chance(5):
            tree["timeout"] = self.one_of(30, "90s", "10m")
        if self.chance(5):
            tree["commit_required"] = self.one_of(True, False)
        if self.chance(5):
            tree["env"] = {"LEVEL": "${ITERATION}", "HERE": "$PWD"}
        if self.chance(6):
            tree["commit_message"] = "step ${ITERATION}"
        if self.chance(6):
            tree["outputs"] = {"spec": {"file_pattern": "*-improvements.md"}}
        if kind == "shell":
            if self.chance(5):
                tree["ok_exit_codes"] = [0, 3]
            if self.chance(5):
                tree["capture_output"] = True

    # --- handlers ---

    def branches(
        self, tree: Tree, kind: str, seen: tuple[Seen, ...], depth: int, in_repair: bool, owner: Seen
    ) -> None:
        if self.chance() and self.steps < MOST_STEPS:
            tree["on_failure"] = self.handler(seen, depth, in_repair, owner)
        if kind == "shell" and self.chance(5) and self.steps < MOST_STEPS:
            codes: Tree = {101: self.handler(seen, depth, in_repair, owner)}
            if self.chance(2):
                codes["default"] = self.handler(seen, depth, in_repair, owner)
            tree["on_exit_code"] = codes
        if self.chance(5) and self.steps < MOST_STEPS:
            after, _ = self.steps_of(seen, depth, False, owner, most=2)
            tree["on_success"] = after[0] if len(after) == 1 and self.chance(2) else after

    def handler(self, seen: tuple[Seen, ...], depth: int, in_repair: bool, owner: Seen) -> object:
        """``on_failure`` in each of its forms."""
        form = self.one_of("step", "list", "steps", "options")
        bounds: Tree = {}
        if self.chance(2):
            bounds["max_attempts"] = self.number(1, 3)
        if self.chance(2):
            bounds["fail_workflow"] = self.one_of(True, False)
        if form == "options":
            return bounds or {"fail_workflow": False}
        steps, _ = self.steps_of(seen, depth, in_repair, owner, most=1 if form == "step" else 2)
        if form == "list":
            return steps
        if form == "steps":
            return {"steps": steps, **bounds}
        (only,) = steps
        if not isinstance(only, dict) or "steps" in only:
            return [only]
        return {**only, **bounds}

    # --- header ---

    def playbook(self) -> object:
        form = self.one_of("list", "commands", "steps")
        if form != "list" and self.chance(2):
            self.inputs = ("target",)
        steps, _ = self.steps_of((), 1, False)
        if form == "list":
            return steps
        header: Tree = {}
        if self.inputs:
            header["inputs"] = {"target": {"default": "src"}}
        if self.chance():
            header |= {"name": "Random", "max_iterations": self.number(1, 3)}
        if self.chance():
            header["until"] = {"shell": "cargo test"}
        if self.chance():
            header["limits"] = {"agent_calls": self.number(1, 40), "duration": "2h"}
        if self.chance():
            header["defaults"] = {"timeout": "20m"}
        if self.chance():
            header["env"] = {"RUST_BACKTRACE": "1"}
        if form == "commands" and self.chance(2):
            steps = [*steps, "mmm-lint"]
        return {**header, str(form): steps}


def written(tree: object) -> str:
    """A tree as YAML, in block style."""
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=1000)


@st.composite
def playbook_trees(draw: st.DrawFn) -> object:
    """Valid playbooks as plain values."""
    return Writer(draw).playbook()


def playbooks() -> st.SearchStrategy[str]:
    """Valid playbooks as text."""
    return playbook_trees().map(written)


_NAMES = st.sampled_from(["a", "b", "shell", "last", "item", "inputs", "ARG", "nobody", "step-1"])
_FIELDS = st.sampled_from(["output", "spec", "json.a.b", "outputs.x", "sepc", "exit_code", "status"])
_HOLES = st.one_of(
    st.builds("${{{}.{}}}".format, _NAMES, _FIELDS),
    st.builds("$<{}.{}>".format, _NAMES, _FIELDS),
    st.builds("${{{}.{}:-x}}".format, _NAMES, _FIELDS),
    st.builds("${}".format, _NAMES),
    st.builds("${{{} | json}}".format, _NAMES),
    st.sampled_from(
        ["$", "${", "$$", "${x%.md}", "'", '"', "`", "$(", ")", "<<E\n", "\nE\n", "$((", "))", "#", " "]
    ),
)
_TEXTS = st.lists(st.one_of(_HOLES, st.sampled_from(["echo ", "a=1; ", "x"])), max_size=6).map("".join)
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 300), _TEXTS)
_STEP_KEYS = st.sampled_from(
    ["id", "when", "cwd", "commit_message", "timeout", "capture_output", "idd", "args"]
)


def _wild_steps(steps: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    lists = st.lists(steps, max_size=3)
    action = st.one_of(
        st.builds(lambda text: {"claude": text}, _TEXTS),
        st.builds(lambda text: {"shell": text}, _TEXTS),
        st.builds(lambda text: {"approve": text}, _TEXTS),
        st.builds(lambda inner: {"steps": inner}, lists),
        st.just({}),
    )
    ids = st.one_of(st.just({}), st.builds(lambda name: {"id": name}, _NAMES))
    when: st.SearchStrategy[Tree] = st.one_of(
        st.just({}), st.builds(lambda hole: {"when": f"{hole} == 1"}, _HOLES)
    )
    branch = st.dictionaries(
        st.sampled_from(["on_failure", "on_success"]), st.one_of(steps, lists, _SCALARS), max_size=2
    )
    odd = st.dictionaries(_STEP_KEYS, _SCALARS, max_size=2)
    return st.builds(
        lambda *parts: {key: part[key] for part in parts for key in part}, action, ids, when, branch, odd
    )


def wild_playbooks() -> st.SearchStrategy[str]:
    """Texts of the right shape in which nothing else is right."""
    steps = st.recursive(
        st.one_of(_SCALARS, st.builds(lambda text: {"claude": text}, _TEXTS)), _wild_steps, max_leaves=8
    )
    lists = st.lists(steps, max_size=4)
    header = st.dictionaries(
        st.sampled_from(["env", "until", "inputs", "limits", "steps"]), _SCALARS, max_size=2
    )
    whole = st.one_of(lists, st.builds(lambda head, body: {**head, "steps": body}, header, lists))
    return whole.map(written)


def stirred(tree: object, dice: random.Random) -> object:
    """A playbook with some of what the generator does not write: groups with `retry`, steps with `commit: false`."""
    if isinstance(tree, dict):
        return {key: stirred(value, dice) for key, value in tree.items()}
    if not isinstance(tree, list):
        return tree
    steps = [stirred(one, dice) for one in tree]
    for step in steps:
        if isinstance(step, dict) and dice.random() < 0.3:
            if "steps" in step or "foreach" in step:
                step["retry"] = {"attempts": 2}
            elif ("claude" in step or "shell" in step) and "commit_required" not in step:
                step["commit"] = False
    return steps
