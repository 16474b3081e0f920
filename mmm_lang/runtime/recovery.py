"""Going back, and losing nothing by it: whatever a rollback takes away is kept under a rescue ref first.

A step back that was cut off is finished by doing it again. Its rescue ref, made before anything was touched, says in its
message which step back it belongs to, so that it is found again though no event names it yet.
"""

from __future__ import annotations

from attrs import evolve

from mmm_lang.git.trailers import message_with_trailers
from mmm_lang.runtime.events import Base, Path, PutBack, RolledBack
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.world import Kept, changed_since


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
        self._go_back(to, _undone_move(attempt, to))

    def was_undoing_move(self, attempt: Attempt, to: Base) -> bool:
        """Whether `undo_move` had begun when the session was cut off."""
        return self._begun(_undone_move(attempt, to)) is not None

    def take_back_commits(self, attempt: Attempt, base: Base, now: Base) -> None:
        """The commits since ``base`` must not stay: the files are as ``now``, uncommitted, and HEAD is as it was."""
        to = evolve(now, head=base.head, branch=base.branch)
        self._go_back(to, RolledBack("", to.head, None, "secret", *_place(attempt)))

    def undo(self, attempt: Attempt, to: Base) -> None:
        """Before a run that was cut off is made anew: HEAD and tree as it began."""
        self._go_back(to, RolledBack("", to.head, None, "cut-off", *_place(attempt)))

    def go_back(self, step: str, to: Base) -> None:
        """A person wants to go on from a step: HEAD and tree as it first began in this iteration."""
        self._go_back(to, RolledBack("", to.head, None, "asked", step))

    def roll_back(self, to: Base) -> None:
        """The session failed: back to where its iteration began, unless its commits are out in the world."""
        event = RolledBack("", to.head, None)
        now = self._tree.snapshot()
        if self._tree.pushed(to.head, now.head):
            refused = "commits of this iteration were pushed, so they stay"
            self._session.record(RolledBack(now.head, now.head, None, refused=refused))
            return
        self._go_back(to, event)

    def put_back(self, rollback: RolledBack) -> None:
        """The session goes on after its failure: what the rollback took away. Raises ``LookupError`` where it is gone."""
        session, now = self._session, self._tree.snapshot()
        rescue = rollback.rescue or ""
        kept = self._tree.kept(rescue)
        if kept is None:
            raise LookupError(rescue)
        began = session.state.base
        to = evolve(
            session.started.base,
            head=kept.head,
            tree=kept.tree,
            staged=None if began is None else self._with_commits(began, kept.head),
        )
        if began is None or not self._holds(kept, now, began):
            self._rescue(now, RolledBack(now.head, to.head, None, "asked"))
        self._tree.restore(to)
        session.record(PutBack(now.head, to.head, rescue))

    def _with_commits(self, began: Base, head: str) -> str | None:
        """What was staged when the iteration began, and what its commits up to ``head`` have changed since."""
        if began.staged is None:
            return None
        return self._tree.mixed(began.staged, head, self._tree.changed(began.head, head))

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

    # --- one step back ---

    def _go_back(self, to: Base, event: RolledBack) -> None:
        now = self._tree.snapshot()
        begun = self._begun(event)
        rescue: str | None
        if begun is not None and self._holds(begun[1], now, to):
            rescue, head = begun[0], begun[1].head
        else:
            rescue, head = (self._rescue(now, event) if now != to else None), now.head
        # where the files are the same, too: a step may have staged some, or left a merge or bisect under way
        self._tree.restore(to)
        self._session.record(evolve(event, from_=head, to=to.head, rescue=rescue))

    def _holds(self, kept: Kept, now: Base, to: Base) -> bool:
        """Whether all that is there ``now`` is in ``kept`` or in ``to``: it is half of the way from one to the other."""
        if now.head not in (kept.head, to.head):
            return False
        not_there = set(self._tree.changed(now.tree, to.tree))
        return not not_there & set(self._tree.changed(now.tree, kept.tree))

    def _begun(self, event: RolledBack) -> tuple[str, Kept] | None:
        """The rescue ref that was made for this very step back, which was then cut off."""
        text, number = self._message(event), 1 + len(self._session.state.rescues)
        while (kept := self._tree.kept(self._ref(number))) is not None:
            if self._ref(number) not in self._session.state.rescues and kept.message.strip() == text.strip():
                return self._ref(number), kept
            number += 1
        return None

    def _rescue(self, work: Base, event: RolledBack) -> str:
        number = 1 + len(self._session.state.rescues)
        while self._tree.kept(self._ref(number)) is not None:
            number += 1
        self._tree.keep(self._ref(number), work, self._message(event))
        return self._ref(number)

    def _ref(self, number: int) -> str:
        return f"refs/mmm/rescue/{self._session.started.session}/{number}"

    def _message(self, event: RolledBack) -> str:
        """What the ref keeps, and of which step back: no other has the same (a later one has more runs before it)."""
        session = self._session
        about = {
            "Mmm-Session": session.started.session,
            "Mmm-Rescue": event.why,
            "Mmm-Step": event.step or "-",
            "Mmm-Place": ".".join(map(str, (*event.path, event.attempt))),
            "Mmm-Runs": str(session.state.runs),
        }
        subject = f"mmm: work of `{event.step or 'session'}` in session {session.started.session}"
        return message_with_trailers(subject, about)


def _undone_move(attempt: Attempt, to: Base) -> RolledBack:
    return RolledBack("", to.head, None, "head-moved", *_place(attempt))


def _place(attempt: Attempt) -> tuple[str, Path, int]:
    return attempt.step, attempt.path, attempt.number
