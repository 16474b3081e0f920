"""A world in memory: a whole session runs in it, with the real driver and without git, keeper or clock.

    life = live(plan_of(text), fate=lambda step, run: Deed(writes={"a": "b"}))
    assert life.end.status == "succeeded"
    assert life.tree.files["a"] == "b"

`MemoryTree` is a tiny git: contents by path, commits with one parent, branches, refs. `Deed` is what one run does to it
and how it ends. Only the outputs of runs are real files, since that is where the runtime reads them.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Literal

from attrs import define, field, frozen

from mmm_lang.agents.model import AgentRequest, AgentResult, DeniedTool, Ending, Invocation
from mmm_lang.git.contents import Written
from mmm_lang.plan.bounds import iterations_of
from mmm_lang.plan.graph import Plan
from mmm_lang.process.model import Cause, Command, Ended
from mmm_lang.runtime.driver import Driver
from mmm_lang.runtime.events import JOURNAL_VERSION, Base, Event, SessionFinished, SessionStarted
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.life import nobody
from mmm_lang.runtime.session import Session, Watcher
from mmm_lang.runtime.state import State
from mmm_lang.runtime.world import CommitRefused, Kept, World

ROOT = "/in-memory/project"
RESCUES = "refs/mmm/rescue/"

Contents = Mapping[str, str]
Changes = Mapping[str, str | None]
"""New contents by path; ``None`` deletes."""


@frozen
class Commit:
    tree: str
    parent: str | None
    message: str


Hook = Callable[["MemoryTree"], str | None]
"""Runs before a commit, may change files, and refuses it by saying why."""


@define
class MemoryTree:
    """A work tree and its repository. ``files`` is what lies there, ignored files (`*.log`) too.

    ``unsaved`` gets every state that was thrown away without a rescue ref that holds it: there must never be one.
    """

    files: dict[str, str]
    branch: str | None = "main"
    heads: dict[str, str] = field(factory=dict)
    detached: str | None = None
    refs: dict[str, str] = field(factory=dict)
    remote: set[str] = field(factory=set)
    hook: Hook = lambda tree: None
    held: dict[str, Base] = field(factory=dict)
    unsaved: list[Base] = field(factory=list)
    _trees: dict[str, Contents] = field(factory=dict)
    _commits: dict[str, Commit] = field(factory=dict)

    # --- what the runtime asks for ---

    @property
    def root(self) -> str:
        return ROOT

    def snapshot(self) -> Base:
        return Base(self.head, self._tree(self._seen()), self.branch)

    def changed(self, before: str, after: str, globs: Sequence[str] = ()) -> tuple[str, ...]:
        old, new = self.contents(before), self.contents(after)
        paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
        return tuple(path for path in paths if not globs or any(_fits(path, one) for one in globs))

    def present(self, before: str, after: str, globs: Sequence[str]) -> tuple[str, ...]:
        there = self.contents(after)
        return tuple(path for path in self.changed(before, after, globs) if path in there)

    def mixed(self, tree: str, source: str, paths: Sequence[str]) -> str:
        wanted, found = dict(self.contents(tree)), self.contents(source)
        _apply(wanted, {path: found.get(path) for path in paths})
        return self._tree(wanted)

    def commits(self, base: str, tip: str) -> tuple[str, ...]:
        known = set(self.history(base))
        return tuple(reversed([one for one in self.history(tip) if one not in known]))

    def descends(self, tip: str, base: str) -> bool:
        return base in self.history(tip)

    def pushed(self, base: str, tip: str) -> bool:
        return any(one in self.remote for one in self.commits(base, tip))

    def written(self, before: str, after: str, suspect: Callable[[bytes], bool]) -> tuple[Written, ...]:
        old, new = self.contents(before), self.contents(after)
        changed = [
            (path, old.get(path, "").encode(), new[path].encode()) for path in self.present(before, after, ())
        ]
        return tuple(Written(*one) for one in changed if suspect(one[2]))

    def written_by(
        self, commits: Sequence[str], base: str, suspect: Callable[[bytes], bool]
    ) -> tuple[Written, ...]:
        found: list[Written] = []
        for before, after in zip((base, *commits), commits, strict=False):
            found += self.written(before, after, suspect)
            message = self._commits[after].message.encode()
            found += [Written(None, b"", message)] if suspect(message) else []
        return tuple(found)

    def commit(self, paths: Sequence[str], message: str) -> str:
        if (refusal := self.hook(self)) is not None:
            raise CommitRefused(f"a hook says: {refusal}", refusal)
        content = dict(self.contents(self.head))
        _apply(content, {path: self.files.get(path) for path in paths})
        if content == self.contents(self.head):
            return self.head
        return self._commit(content, message)

    def under_way(self) -> str | None:
        return None

    def keep(self, ref: str, work: Base, message: str) -> None:
        assert ref.startswith(RESCUES)
        assert ref not in self.refs, f"{ref} keeps other work already"
        self.refs[ref] = self._object(Commit(work.tree, work.head, message))

    def kept(self, ref: str) -> Kept | None:
        if ref not in self.refs:
            return None
        commit = self._commits[self.refs[ref]]
        return Kept(str(commit.parent), commit.tree, commit.message)

    def carries(self, base: str, tip: str, trailers: Mapping[str, str]) -> bool:
        wanted = {f"{name}: {value}" for name, value in trailers.items()}
        return any(wanted <= set(self._commits[one].message.splitlines()) for one in self.commits(base, tip))

    def settle(self, before: str, after: str) -> None:
        """A commit in memory is all done when it is made."""

    def hold(self, work: Base, what: str) -> None:
        self.held[what] = work

    def clear_locks(self, since: float, until: float) -> None:
        """There are none."""

    def restore(self, to: Base) -> None:
        now = self.snapshot()
        if now != to and not any(self._holds(ref, now, to) for ref in self.refs):
            self.unsaved.append(now)
        ignored = {path: text for path, text in self.files.items() if _ignored(path)}
        self.files = {**self.contents(to.tree), **ignored}
        self.branch = to.branch
        self._point(to.head)

    def exists(self, path: str) -> bool:
        inside = path.removeprefix(f"{ROOT}/")
        return inside in self.files if inside != path else os.path.lexists(path)

    # --- what steps do, and what tests look at ---

    @property
    def head(self) -> str:
        return self.heads[self.branch] if self.branch is not None else str(self.detached)

    def contents(self, name: str) -> Contents:
        """Contents by path of a tree or commit."""
        return self._trees[self._commits[name].tree if name in self._commits else name]

    def history(self, tip: str) -> list[str]:
        """A commit and all before it."""
        found = []
        at: str | None = tip
        while at is not None:
            found.append(at)
            at = self._commits[at].parent
        return found

    def change(self, changes: Changes) -> None:
        _apply(self.files, changes)

    def commit_own(self, changes: Changes, message: str) -> None:
        """What a program does that changes files and commits them."""
        self.change(changes)
        content = dict(self.contents(self.head))
        _apply(content, {path: text for path, text in changes.items() if not _ignored(path)})
        if content != self.contents(self.head):
            self._commit(content, message)

    def move(self, how: Literal["branch", "detach", "rewrite"]) -> None:
        """Move HEAD as no step may."""
        head = self.head
        if how == "rewrite":
            self._commit({**self.contents(head), "rewritten": "x"}, "rewritten", self._commits[head].parent)
        elif how == "branch":
            self.branch = "elsewhere"
            self._point(head)
            self._commit({**self._seen(), "elsewhere": "x"}, "elsewhere")
        else:
            self.branch = None
            self._point(head)

    def push(self) -> None:
        self.remote.update(self.history(self.head))

    def rescued(self) -> set[str]:
        """Every commit that a rescue ref reaches."""
        return {one for ref, tip in self.refs.items() if ref.startswith(RESCUES) for one in self.history(tip)}

    # --- inside ---

    def _seen(self) -> dict[str, str]:
        return {path: text for path, text in self.files.items() if not _ignored(path)}

    def _tree(self, contents: Contents) -> str:
        name = _digest("tree", sorted(contents.items()))
        self._trees[name] = dict(contents)
        return name

    def _object(self, commit: Commit) -> str:
        name = _digest("commit", (commit.tree, commit.parent, commit.message, len(self._commits)))
        self._commits[name] = commit
        return name

    def _commit(self, contents: Contents, message: str, parent: str | None = "HEAD") -> str:
        above = self.head if parent == "HEAD" else parent
        made = self._object(Commit(self._tree(contents), above, message))
        self._point(made)
        return made

    def _point(self, commit: str) -> None:
        if self.branch is None:
            self.detached = commit
        else:
            self.heads[self.branch] = commit

    def _holds(self, ref: str, work: Base, to: Base) -> bool:
        """Whether all of ``work`` is held by a rescue ref, or is there at ``to``."""
        kept = self._commits[self.refs[ref]]
        old, there, new = self.contents(kept.tree), self.contents(work.tree), self.contents(to.tree)
        paths = {*old, *there, *new}
        files = all(there.get(path) in (old.get(path), new.get(path)) for path in paths)
        return ref.startswith(RESCUES) and files and (work.head == to.head or kept.parent == work.head)


def repository(committed: Contents, uncommitted: Changes | None = None) -> MemoryTree:
    """A repository with one commit on `main`, and files of the user's own on top."""
    tree = MemoryTree(dict(committed))
    tree.heads["main"] = tree._object(Commit(tree._tree(committed), None, "start"))
    tree.change(uncommitted or {})
    return tree


def _apply(files: dict[str, str], changes: Changes) -> None:
    for path, text in changes.items():
        if text is None:
            files.pop(path, None)
        else:
            files[path] = text


def _ignored(path: str) -> bool:
    return path.endswith(".log")


def _fits(path: str, glob: str) -> bool:
    pattern = "".join(
        {"**/": "(.*/)?", "*": "[^/]*"}.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*)", glob)
    )
    return re.fullmatch(pattern, path if "/" in glob else os.path.basename(path)) is not None


def _digest(kind: str, content: object) -> str:
    return sha256(repr((kind, content)).encode()).hexdigest()[:40]


@frozen
class Deed:
    """What one run does to the work tree, and how it ends. ``ending`` and ``denied`` are for agent calls.

    ``commits`` are made by the program itself, ``writes`` left uncommitted. ``signals`` come to mmm while it runs.
    It is ended at the timeout of its command, where it ``takes`` longer. An agent that would cost more than its cap is
    stopped by it, after one response of ``overshoot`` too many; ``None``: it does not look at its cap.
    """

    exit_code: int | None = 0
    cause: Cause = "exit"
    ending: Ending = "succeeded"
    commits: tuple[Changes, ...] = ()
    writes: Changes = field(factory=dict)
    moves: Literal["branch", "detach", "rewrite"] | None = None
    pushes: bool = False
    stdout: str = ""
    signals: int = 0
    denied: tuple[DeniedTool, ...] = ()
    cost_usd: float | None = 0.25
    takes: float = 1.0
    overshoot: float | None = None


Fate = Callable[[str, int], Deed]
"""What a run does, by the key of its step and its number in the session (from 1)."""

NOTHING = Deed()
FAILS = Deed(exit_code=1)
CUT_OFF = Deed(cause="stopped", exit_code=None, signals=1)


def fate_of(**deeds: Deed | Sequence[Deed]) -> Fate:
    """Deeds by step key (`step_1` for `step-1`), one after another; the last stays. Other steps do nothing."""
    turns: dict[str, int] = {}

    def fate(step: str, run: int) -> Deed:
        key = step.replace("-", "_").replace(".", "__")
        found = deeds.get(key, NOTHING)
        if isinstance(found, Deed):
            return found
        turns[key] = turns.get(key, -1) + 1
        return found[min(turns[key], len(found) - 1)]

    return fate


@define(repr=False)
class Life:
    """What became of a session; ``repr`` tells its story."""

    tree: MemoryTree
    session: Session
    events: list[Event] = field(factory=list)
    commands: list[Command] = field(factory=list)
    touched: set[str] = field(factory=set)

    def __repr__(self) -> str:
        return "\n".join(("a session:", *map(str, self.events), *(map(str, self.tree.unsaved))))

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        """Hypothesis would print every field of everything."""
        printer.text(repr(self))  # type: ignore[attr-defined]

    @property
    def state(self) -> State:
        return self.session.state

    @property
    def end(self) -> SessionFinished:
        assert self.state.finished is not None
        return self.state.finished

    @property
    def ran(self) -> list[str]:
        """The keys of the steps whose programs were run, in order."""
        return [one.env["MMM_STEP"] for one in self.commands]

    def calls(self) -> int:
        return sum(one.outlives for one in self.commands)

    def of(self, kind: type[Event]) -> list[Event]:
        return [one for one in self.events if isinstance(one, kind)]


class Onlooker:
    """A watcher that looks at nothing; tests say what they look at."""

    def happened(self, entry: Entry, state: State) -> None:
        """After an event."""

    def working(self, *_: object) -> None:
        """While a program runs."""

    def silent(self, *_: object) -> None:
        """While an agent says nothing."""

    def stopping(self) -> None:
        """While one is told to end."""


@define
class _Stage:
    """Everything that a session in memory acts on: it is its processes, its agents, its recorder and its clock."""

    tree: MemoryTree
    fate: Fate
    life: Life | None = None
    deed: Deed = NOTHING
    now: float = 1_700_000_000.0
    name: str = "scripted"
    spent: dict[str, float] = field(factory=dict)
    """By the agent's session: a program counts each from its start."""

    # --- processes ---

    def run(self, command: Command, interrupted: Callable[[], int], watch: Callable[[], None]) -> Ended:
        life = self.life
        assert life is not None
        life.commands.append(command)
        watch()
        self.deed = deed = self.fate(command.env["MMM_STEP"], len(life.commands))
        before = self.tree.snapshot()
        for number, changes in enumerate(deed.commits, start=1):
            self.tree.commit_own(changes, f"the agent's own {len(life.commands)}.{number}")
            life.touched |= set(changes)
        self.tree.change(deed.writes)
        if deed.moves is not None:
            self.tree.move(deed.moves)
        if deed.pushes:
            self.tree.push()
        life.touched |= set(self.tree.changed(before.tree, self.tree.snapshot().tree))
        for name in ("stdout", "stderr", "log"):
            with open(os.path.join(command.folder, name), "x", encoding="utf-8") as file:
                file.write("" if name == "stderr" else deed.stdout)
        late = command.timeout is not None and deed.takes >= command.timeout
        takes = min(deed.takes, command.timeout or deed.takes)
        self.now += takes
        if late:
            return Ended("timeout", duration=takes)
        for _ in range(deed.signals):
            life.session.heed(signal.SIGINT)
        code = deed.exit_code if deed.cause == "exit" else None
        return Ended(deed.cause, code, duration=deed.takes)

    # --- agents ---

    def missing(self) -> None:
        return None

    def invocation(self, request: AgentRequest) -> Invocation:
        return Invocation(("agent", request.prompt))

    def result(self, request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
        deed = self.deed
        failed = deed.ending == "succeeded" and deed.exit_code != 0
        ending: Ending = "failed" if failed else deed.ending
        reason = None if ending == "succeeded" else f"its ending was {ending}"
        cost, cap = deed.cost_usd, request.max_cost_usd
        if None not in (cost, cap, deed.overshoot) and cost > cap + deed.overshoot:
            ending, reason, cost = "budget", "its cap", cap + deed.overshoot
        if cost is not None:
            before = self.spent.get(request.session, 0.0)
            cost = self.spent[request.session] = before + cost
        return AgentResult(ending, deed.stdout, reason, cost, 1, deed.denied)

    def activity(self, line: bytes) -> None:
        return None

    # --- journal and clock ---

    def append(self, event: Event) -> Entry:
        assert self.life is not None
        self.life.events.append(event)
        return Entry(len(self.life.events), self.now, event)

    def pause(self, seconds: float) -> None:
        self.now += seconds


def live(
    plan: Plan,
    fate: Fate,
    folder: str,
    tree: MemoryTree | None = None,
    watchers: Sequence[Watcher] = (),
    ask: Callable[[str, str], bool | None] = nobody,
    **started: object,
) -> Life:
    """A whole session. ``folder`` takes the outputs of its runs; ``started`` are fields of ``SessionStarted``."""
    tree = tree if tree is not None else repository({"README": "start\n"})
    stage = _Stage(tree, fate)
    began = stage.now
    numbers = iter(range(1_000_000))
    world = World(
        tree=tree,
        processes=stage,
        clock=lambda: stage.now,
        elapsed=lambda: stage.now - began,
        pause=stage.pause,
        new_id=lambda: f"agent-session-{next(numbers)}",
        environ={"HOME": "/home/ada", "PWD": ROOT},
        agent=lambda name: stage,
        ask=ask,
    )
    stage.life = life = Life(tree, Session(plan, world, folder, stage, watchers))
    fields: dict[str, object] = {
        "session": "s1",
        "playbook": "p.yml",
        "name": plan.header.name,
        "base": tree.snapshot(),
        "max_iterations": iterations_of(plan, None, False),
        "agent_calls": plan.header.limits.agent_calls,
        "cost_usd": plan.header.limits.cost_usd,
        "duration": plan.header.limits.duration,
        "version": JOURNAL_VERSION,
        **started,
    }
    Driver(life.session).run(SessionStarted(**fields))  # type: ignore[arg-type]
    return life
