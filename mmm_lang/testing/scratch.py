"""A session with a recording: in a repository made for it, with real git and real scripts, and agents that are played."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from mmm_lang.git.call import environment
from mmm_lang.git.errors import GitError, NotARepository
from mmm_lang.git.history import commits_between
from mmm_lang.git.repository import Repository
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import Step
from mmm_lang.process.short import run_short
from mmm_lang.runtime.cook import Options, Outcome, cook, prepare
from mmm_lang.runtime.events import Event
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.journal import Entry, read_journal
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import State
from mmm_lang.runtime.values import Scope
from mmm_lang.testing.model import Case
from mmm_lang.testing.observed import Observed

_SETTINGS = (
    ("user.name", "mmm test"),
    ("user.email", "test@mmm.invalid"),
    ("commit.gpgSign", "false"),
    ("core.hooksPath", os.devnull),
)
"""Settings of the scratch repository: those of the user's others must not decide over a test."""


class NoRepository(Exception):
    """There is nothing that the session could run in; the message says why."""


def replay(
    plan: Plan,
    playbook: str,
    text: str,
    case: Case,
    environ: Mapping[str, str],
    judge: Callable[[Observed], None],
) -> None:
    """Run a case's session and hand what became of it to ``judge``, as long as its files are there.

    ``playbook`` is the playbook's path, ``text`` its content. Raises `NoRepository`, and what `prepare` and `cook` raise.
    """
    with tempfile.TemporaryDirectory(prefix="mmm-test-") as folder:
        root = os.path.join(os.path.realpath(folder), "repository")
        _make(root, case.project, os.path.dirname(os.path.abspath(playbook)))
        _write(root, case)
        judge(_cooked(plan, playbook, text, case, {**environ, **case.environ}, root))


def _make(root: str, project: str | None, beside: str) -> None:
    """A clone of the repository around ``beside``, or a new one with a copy of ``project``."""
    if project is None:
        try:
            found = Repository.find(beside)
        except NotARepository as problem:
            raise NoRepository(f"{problem}; or give `project:`") from None
        _git(os.path.dirname(root), "clone", "--quiet", "--no-hardlinks", found.root, root)
    else:
        shutil.copytree(project, root, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".git"))
        _git(root, "init", "--quiet", "--initial-branch=main")
    for name, value in _SETTINGS:
        _git(root, "config", name, value)


def _write(root: str, case: Case) -> None:
    for path, text in case.files.items():
        target = Path(root, path)
        if text is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
    if case.files or case.project is not None:
        _git(root, "add", "--all")
        _git(root, "commit", "--quiet", "--allow-empty", "--message", "start")


def _git(folder: str, *arguments: str) -> None:
    done = run_short(("git", *arguments), cwd=folder, env=environment())
    if done.exit_code != 0:
        said = os.fsdecode(done.stderr).strip().splitlines()
        raise NoRepository(f"`git {arguments[0]}` failed: {said[-1] if said else 'it gave no reason'}")


def _cooked(
    plan: Plan, playbook: str, text: str, case: Case, environ: Mapping[str, str], root: str
) -> Observed:
    file = case.variables.get("FILE")
    arg = case.variables.get("ARG") if file is None else None
    options = Options(
        path=root,
        max_iterations=case.max_iterations,
        map=() if file is None else (file,),
        args=() if arg is None else (arg,),
        inputs=case.inputs,
        agent="replay",
        replay=case.recording,
        max_calls=case.max_calls,
        max_cost_usd=case.max_cost_usd,
        max_duration=case.max_duration,
        on_failure=case.on_failure,
    )
    items = None if plan.header.map is None else (Item("the item", case.variables),)
    kitchen = prepare(plan, playbook, text, options, environ, items=items)
    outcome = cook(kitchen, _Onlooker())
    return _observed(plan, outcome, kitchen.repository, environ)


def _observed(plan: Plan, outcome: Outcome, repository: Repository, environ: Mapping[str, str]) -> Observed:
    events: tuple[Event, ...] = tuple(entry.event for entry in read_journal(outcome.folder))
    state = fold(events)
    assert state.session is not None
    root = repository.root
    try:
        base, head = state.session.base.head, repository.head().commit
        commits = tuple(one.subject for one in commits_between(repository.git, base, head))
    except GitError:
        commits = ()

    def read_file(path: str) -> str | None:
        try:
            return Path(root, path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    scope = Scope(plan, state, outcome.folder, root, environ, os.path.lexists)
    return Observed(events, state, commits, read_file, scope)


class _Onlooker:
    """A watcher that has nothing to tell."""

    def item_begins(self, item: Item, number: int, total: int) -> None:
        """Before the session of an item."""

    def happened(self, entry: Entry, state: State) -> None:
        """After an event."""

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        """While a process runs."""

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        """While it says nothing."""

    def stopping(self) -> None:
        """While it is told to end."""

    def awaiting(self, step: Step) -> None:
        """While a step waits for others."""
