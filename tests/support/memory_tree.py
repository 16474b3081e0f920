"""The work tree in memory of `mmm test`, that also watches: what is thrown away without being kept is noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from attrs import define, field

from mmm_lang.runtime.events import Base
from mmm_lang.runtime.world import CommitRefused
from mmm_lang.testing import memory_tree
from mmm_lang.testing.memory_tree import Changes, Contents, apply

ROOT = "/in-memory/project"
RESCUES = "refs/mmm/rescue/"

Hook = Callable[["MemoryTree"], str | None]
"""Runs before a commit, may change files, and refuses it by saying why."""


@define
class MemoryTree(memory_tree.MemoryTree):
    """A work tree and its repository. ``files`` is what lies there, ignored files (`*.log`) too.

    ``unsaved`` gets every state that was thrown away without a rescue ref that holds it: there must never be one.
    """

    root: str = ROOT
    remote: set[str] = field(factory=set)
    hook: Hook = lambda tree: None
    held: dict[str, Base] = field(factory=dict)
    unsaved: list[Base] = field(factory=list)

    # --- what the runtime asks for ---

    def pushed(self, base: str, tip: str) -> bool:
        return any(one in self.remote for one in self.commits(base, tip))

    def commit(self, paths: Sequence[str], message: str) -> str:
        if (refusal := self.hook(self)) is not None:
            raise CommitRefused(f"a hook says: {refusal}", refusal)
        return super().commit(paths, message)

    def keep(self, ref: str, work: Base, message: str) -> None:
        assert ref.startswith(RESCUES)
        assert ref not in self.refs, f"{ref} keeps other work already"
        super().keep(ref, work, message)

    def hold(self, work: Base, what: str) -> None:
        self.held[what] = work

    def restore(self, to: Base) -> None:
        now = self.snapshot()
        if now != to and not any(self._holds(ref, now, to) for ref in self.refs):
            self.unsaved.append(now)
        ignored = {path: text for path, text in self.files.items() if _ignored(path)}
        super().restore(to)
        self.files |= ignored

    # --- what steps do, and what tests look at ---

    def seen(self) -> dict[str, str]:
        return {path: text for path, text in self.files.items() if not _ignored(path)}

    def change(self, changes: Changes) -> None:
        apply(self.files, changes)  # no folder is real here

    def commit_own(self, changes: Changes, message: str) -> None:
        """What a program does that changes files and commits them."""
        self.change(changes)
        content = dict(self.contents(self.head))
        apply(content, {path: text for path, text in changes.items() if not _ignored(path)})
        if content != self.contents(self.head):
            self._commit(content, message)

    def move(self, how: Literal["branch", "detach", "rewrite"]) -> None:
        """Move HEAD as no step may."""
        head = self.head
        if how == "rewrite":
            self._commit_on(
                self._commits[head].parent, {**self.contents(head), "rewritten": "x"}, "rewritten"
            )
        elif how == "branch":
            self.branch = "elsewhere"
            self._point(head)
            self._commit({**self.seen(), "elsewhere": "x"}, "elsewhere")
        else:
            self.leave_branch()

    def push(self) -> None:
        self.remote.update(self.history(self.head))

    def rescued(self) -> set[str]:
        """Every commit that a rescue ref reaches."""
        return {one for ref, tip in self.refs.items() if ref.startswith(RESCUES) for one in self.history(tip)}

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
    tree._commit_on(None, committed, "start")
    tree.change(uncommitted or {})
    return tree


def _ignored(path: str) -> bool:
    return path.endswith(".log")
