"""Going back, and losing nothing by it: whatever a rollback takes away is kept under a rescue ref first."""

from __future__ import annotations

from mmm_lang.runtime.events import Base, Path, RolledBack
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.world import changed_since


class Recovery:
    """Rollbacks of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tree = session.world.tree

    def restore(self, attempt: Attempt, to: Base) -> None:
        """Before a retry: HEAD and tree as the run began."""
        self._go_back(to, RolledBack("", to.head, None, "retry", *_place(attempt)))

    def undo_move(self, attempt: Attempt, to: Base) -> None:
        """After a step that moved HEAD elsewhere: the branch and the base that it began with."""
        self._go_back(to, RolledBack("", to.head, None, "head-moved", *_place(attempt)))

    def roll_back(self, to: Base) -> None:
        """The session failed: back to where its iteration began, unless its commits are out in the world."""
        now = self._tree.snapshot()
        if self._tree.pushed(to.head, now.head):
            refused = "commits of this iteration were pushed, so they stay"
            self._session.record(RolledBack(now.head, now.head, None, refused=refused))
            return
        self._go_back(to, RolledBack("", to.head, None))

    def set_aside(self, attempt: Attempt) -> None:
        """The step is given up: what it left uncommitted goes to a rescue ref, commits and other files stay."""
        now = self._tree.snapshot()
        first = self._session.state.attempts_at(attempt.step, attempt.path)[0].base or now
        committed = set(self._tree.changed(first.head, now.head))

        def put_back(tree: str, before: str, paths: set[str]) -> str:
            """``tree``, with ``paths`` as they are committed where they were since, else as they were ``before``."""
            as_committed = self._tree.mixed(tree, now.head, sorted(paths & committed))
            return self._tree.mixed(as_committed, before, sorted(paths - committed))

        left = set(self._tree.changed(now.head, now.tree)) & changed_since(self._tree, first, now)
        staged = now.staged
        if first.staged is not None and now.staged is not None:
            changed = set(self._tree.changed(first.staged, now.staged))
            staged = put_back(now.staged, first.staged, changed)
        to = Base(now.head, put_back(now.tree, first.tree, left), now.branch, staged)
        self._go_back(to, RolledBack("", to.head, None, "given-up", *_place(attempt)))

    def _go_back(self, to: Base, event: RolledBack) -> None:
        now = self._tree.snapshot()
        rescue = self._rescue(now, event.step or "session") if now != to else None
        # where the files are the same, too: a step may have staged some, or left a merge or bisect under way
        self._tree.restore(to)
        self._session.record(
            RolledBack(
                now.head, to.head, rescue, event.why, event.step, event.path, event.attempt, event.refused
            )
        )

    def _rescue(self, work: Base, what: str) -> str:
        session = self._session
        number = len(session.state.rescues) + 1
        ref = f"refs/mmm/rescue/{session.started.session}/{number}"
        self._tree.keep(ref, work, f"mmm: work of `{what}` in session {session.started.session}")
        return ref


def _place(attempt: Attempt) -> tuple[str, Path, int]:
    return attempt.step, attempt.path, attempt.number
