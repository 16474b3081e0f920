"""What a map does, move by move: each runs a session under a known id, or goes on with it, and reports its verdict.

A move never raises because of disk, git or what is missing: that is its verdict, so that the other items need not suffer
from it. Several moves may run at once, in threads of their own.
"""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager
from typing import Protocol

from attrs import evolve, frozen

from mmm_lang.git.errors import GitError
from mmm_lang.git.repository import Repository
from mmm_lang.maps.coordinator import MapWatcher
from mmm_lang.maps.decide import Merge, Open, Reduce, RunItem, Work
from mmm_lang.maps.events import (
    Ended,
    ItemFinished,
    ItemMerged,
    ItemNotMerged,
    OpeningFinished,
    ReduceFinished,
    Verdict,
)
from mmm_lang.maps.finding import found_by
from mmm_lang.maps.folders import item_session, last_try, next_try, session_of
from mmm_lang.maps.kitchen import MapKitchen
from mmm_lang.maps.results import variables_of_reduce
from mmm_lang.maps.state import MapState
from mmm_lang.maps.trees import Trees
from mmm_lang.maps.verdicts import has_ended, in_the_way, verdict_of
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import Limits
from mmm_lang.process.errors import ProcessError
from mmm_lang.runtime.company import Company
from mmm_lang.runtime.cook import Options, Outcome, Watching, cook_session, prepare
from mmm_lang.runtime.journal import Entry, JournalDamaged, read_journal
from mmm_lang.runtime.leftovers import left_behind
from mmm_lang.runtime.life import Ask
from mmm_lang.runtime.requirements import Item, Problem, RequirementsMissing
from mmm_lang.runtime.resume import Changes, resume, stopped_session
from mmm_lang.worktrees.merging import Crew
from mmm_lang.worktrees.record import RecordUnreadable

_ONCE = 1
"""Iterations of the opening and of `reduce:`."""


class MapViews(MapWatcher, Protocol):
    """Who shows a map: the map's own events, and each of its sessions."""

    def watching(self, plan: Plan, move: Work, state: MapState) -> AbstractContextManager[Watching]:
        """The watcher of a session of a move, as long as that runs."""


class Lane(Protocol):
    """What the sessions of a move have from those around them."""

    def company(self, move: Work, state: MapState) -> Company:
        """What they share with those of other moves."""

    def ask(self, move: Work, state: MapState) -> Ask:
        """Who answers their questions."""

    def crew(self, move: Merge, state: MapState) -> Crew:
        """Who works on a merge."""


@frozen
class _Errand:
    """One session to be run or to be gone on with, for a move. ``known``: the last verdict on it, if there was one."""

    move: Work
    state: MapState
    name: str
    plan: Plan
    options: Options
    limits: Limits
    item: Item | None
    known: Verdict | None


class MapSessions:
    """Does the moves of one map."""

    def __init__(self, kitchen: MapKitchen, views: MapViews, trees: Trees, lane: Lane) -> None:
        self._kitchen = kitchen
        self._views = views
        self._trees = trees
        self._lane = lane

    def perform(self, move: Work, state: MapState) -> Ended:
        """Do a move, and give its report; blocks as long as that takes."""
        match move:
            case Open():
                return self._open(move, state)
            case RunItem():
                return ItemFinished(move.index, self._item(move, state))
            case Merge():
                return self._merge(move, state)
            case Reduce():
                return ReduceFinished(self._reduce(move, state))

    def _open(self, move: Open, state: MapState) -> OpeningFinished:
        kitchen, verdict = self._kitchen, Verdict("succeeded", "converged", "the items were looked up", 0)
        if kitchen.plans.opening is not None:
            known = None if state.opened is None else state.opened.verdict
            verdict = self._session(self._once(move, state, kitchen.plans.opening, known, None))
            if verdict.status != "succeeded":
                return OpeningFinished(None, verdict)
        try:
            return OpeningFinished(found_by(kitchen, verdict.session), verdict)
        except (RequirementsMissing, JournalDamaged, OSError) as error:
            told = evolve(verdict, status="failed", reason="refused", message=_sentence(error), exit_code=1)
            return OpeningFinished(None, told)

    def _reduce(self, move: Reduce, state: MapState) -> Verdict:
        plan = self._kitchen.plans.reduce
        assert plan is not None
        item = Item("reduce", variables_of_reduce(state))
        return self._session(self._once(move, state, plan, state.reduced, item))

    def _once(
        self, move: Open | Reduce, state: MapState, plan: Plan, known: Verdict | None, item: Item | None
    ) -> _Errand:
        name = session_of(self._kitchen.started.session, move)
        assert name is not None
        options = evolve(self._kitchen.options(), max_iterations=_ONCE)
        return _Errand(move, state, name, plan, options, Limits(), item, known)

    def _item(self, move: RunItem, state: MapState) -> Verdict:
        kitchen, one = self._kitchen, state.item(move.index)
        name = item_session(kitchen.started.session, move.index)
        options = kitchen.options()
        if options.on_failure == "keep" and state.failures:
            options = evolve(options, allow_dirty=True)  # what an item left that failed is wanted there
        notes: tuple[str, ...] = ()
        if move.worktree is not None:
            try:
                path, notes = self._trees.make(move.worktree, self._last(name))
            except (GitError, OSError, RecordUnreadable) as error:
                return in_the_way("refused", _sentence(error), 1, None, (), of_all=False)
            options = evolve(options, path=path, setup=True, allow_dirty=False)
        plan = kitchen.plans.body
        verdict = self._session(
            _Errand(move, state, name, plan, options, kitchen.each, one.item, one.verdict)
        )
        if move.worktree is not None and verdict.status == "succeeded":
            notes = (*notes, *self._trees.give_back(move.worktree))
        if move.worktree is None and verdict.status == "budget":
            verdict = evolve(verdict, of_all=True)  # others would work on top of what it has half done
        return evolve(verdict, notes=(*verdict.notes, *notes))

    def _merge(self, move: Merge, state: MapState) -> ItemMerged | ItemNotMerged:
        name = state.item(move.index).worktree
        assert name is not None  # there would be nothing to merge
        told = [one for one in state.spent if one.index == move.index]
        return self._trees.merge(move.index, name, self._lane.crew(move, state), told)

    # --- one session ---

    def _session(self, errand: _Errand) -> Verdict:
        """Run the session of an errand, go on with it, or take the verdict that it came to before a crash."""
        name = self._last(errand.name)
        in_place = errand.options.path == self._kitchen.started.work_tree
        try:
            entries = _entries(self._kitchen.folder_of(name))
            settled = _settled(errand, name, entries)
            if settled is not None:
                # it was killed before it let go of what it held
                left_behind(Repository.find(errand.options.path))
                return settled
            with self._views.watching(errand.plan, errand.move, errand.state) as watcher:
                if isinstance(errand.move, RunItem) and errand.item is not None:
                    watcher.item_begins(errand.item, errand.move.index, len(errand.state.items or ()))
                outcome = self._run(errand, name, bool(entries), watcher)
        except (RequirementsMissing, JournalDamaged) as error:
            said, found = _sentence(error), self._readable(name)
            return in_the_way("refused", said, 1, name, found, of_all=in_place)
        except (GitError, ProcessError, OSError) as error:
            said, found = _sentence(error), self._readable(name)
            return in_the_way("gave-way", said, 1, name, found, of_all=True)
        return verdict_of(outcome.session, _entries(outcome.folder), outcome.notes)

    def _run(self, errand: _Errand, name: str, begun: bool, watcher: Watching) -> Outcome:
        """Begin, or go on. An item that failed, and cannot go on from there, is begun anew: others have worked since."""
        if not begun:
            return self._begun(errand, name, watcher)
        try:
            return self._resumed(errand, name, watcher)
        except RequirementsMissing:
            if errand.known is None or errand.known.status != "failed" or errand.known.of_all:
                raise
            return self._begun(errand, next_try(name, errand.name), watcher)

    def _resumed(self, errand: _Errand, name: str, watcher: Watching) -> Outcome:
        kitchen, raised = self._kitchen, self._kitchen.raised
        changes = Changes(
            max_iterations=errand.options.max_iterations,
            max_calls=raised.agent_calls if errand.limits.agent_calls is not None else None,
            max_cost_usd=raised.cost_usd if errand.limits.cost_usd is not None else None,
            max_duration=raised.duration if errand.limits.duration is not None else None,
        )
        stopped = stopped_session(kitchen.repository, kitchen.folder_of(name))
        company, ask = self._company(errand), self._lane.ask(errand.move, errand.state)
        return resume(stopped, changes, watcher, kitchen.environ, ask, company)

    def _begun(self, errand: _Errand, name: str, watcher: Watching) -> Outcome:
        self._refuse_elsewhere(errand)
        # what is there is of a session that was killed before its first event
        shutil.rmtree(self._kitchen.folder_of(name), ignore_errors=True)
        kitchen = self._kitchen
        found = prepare(
            errand.plan,
            kitchen.started.playbook,
            kitchen.text,
            errand.options,
            kitchen.environ,
            self._lane.ask(errand.move, errand.state),
            () if errand.item is None else (errand.item,),
        )
        map = kitchen.started.session
        found = evolve(found, limits=errand.limits, map=map, company=self._company(errand))
        return cook_session(found, errand.item, watcher, name, self._recorded_before(errand))

    def _refuse_elsewhere(self, errand: _Errand) -> None:
        """What runs in the map's own work tree is for its branch: somebody may have checked out another meanwhile."""
        kitchen, started = self._kitchen, self._kitchen.started
        if started.branch is None or errand.options.path != started.work_tree:
            return
        here = kitchen.repository.head().branch
        if here != started.branch:
            is_out = "HEAD is detached" if here is None else f"`{here}` is checked out"
            raise RequirementsMissing(
                (
                    Problem(
                        f"the map works on `{started.branch}`, and {is_out} here now",
                        f"check out `{started.branch}`, then `mmm resume {started.session}`",
                    ),
                )
            )

    def _company(self, errand: _Errand) -> Company:
        return self._lane.company(errand.move, errand.state)

    def _recorded_before(self, errand: _Errand) -> tuple[str, ...]:
        """The sessions of the map that come before this one in a recording, whether they have begun or not."""
        map, count = self._kitchen.started.session, len(errand.state.items or ())
        order = [f"{map}-setup", *(item_session(map, index) for index in range(1, count + 1))]
        return tuple(order[: order.index(errand.name)] if errand.name in order else order)

    def _last(self, name: str) -> str:
        return last_try(name, lambda one: os.path.isdir(self._kitchen.folder_of(one)))

    def _readable(self, name: str) -> list[Entry]:
        try:
            return _entries(self._kitchen.folder_of(name))
        except (JournalDamaged, OSError):
            return []


def _settled(errand: _Errand, name: str, entries: list[Entry]) -> Verdict | None:
    """The verdict that a session came to and that nobody has written down: mmm was killed right then."""
    if (finished := has_ended(entries)) is None:
        return None
    verdict = verdict_of(name, entries)
    known = errand.known
    told = known is not None and known.session == name and known.entries >= len(entries)
    final = finished.status == "succeeded" or (finished.status == "failed" and not verdict.of_all)
    return verdict if final and not told else None


def _entries(folder: str) -> list[Entry]:
    """The journal of a session; empty where it has not begun. Raises ``JournalDamaged``, ``OSError``."""
    try:
        return read_journal(folder)
    except FileNotFoundError:
        return []


def _sentence(error: Exception) -> str:
    """What is wrong, and what to do, in one line."""
    if isinstance(error, RequirementsMissing):
        said = (f"{one.message}; {one.help}" if one.help else one.message for one in error.problems)
        return "; ".join(said)
    if isinstance(error, OSError):
        place = f"`{error.filename}`: " if error.filename else ""
        return f"{place}{(error.strerror or str(error)).lower()}"
    return str(error)
