"""The worktrees of a map's items: made, given on, merged. What there is of them is on the disk alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mmm_lang.git.errors import GitError
from mmm_lang.git.linked import branch_tip, commits_ahead
from mmm_lang.maps.events import ItemMerged, ItemNotMerged, Verdict
from mmm_lang.maps.kitchen import MapKitchen
from mmm_lang.maps.verdicts import has_ended, verdict_of
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.journal import JournalDamaged, read_journal
from mmm_lang.runtime.requirements import RequirementsMissing
from mmm_lang.runtime.state import State
from mmm_lang.worktrees.giving_back import close_items, release_item
from mmm_lang.worktrees.item_merging import merge_item
from mmm_lang.worktrees.items import make_item
from mmm_lang.worktrees.making import remember_session
from mmm_lang.worktrees.merge_place import CannotMerge
from mmm_lang.worktrees.merging import Crew
from mmm_lang.worktrees.record import RecordUnreadable, WorktreeRecord, alone, read_record


class Trees:
    """Work trees for the items of one map. ``waiting`` is called before another mmm's merge is waited for."""

    def __init__(self, kitchen: MapKitchen, waiting: Callable[[], None]) -> None:
        self._kitchen = kitchen
        self._repository = kitchen.repository
        self._waiting = waiting

    def make(self, name: str, session: str) -> tuple[str, tuple[str, ...]]:
        """The path of an item's worktree, in which ``session`` is about to run, and what a person should know about it.

        Raises ``GitError``, ``OSError`` and ``RecordUnreadable``.
        """
        kitchen, started = self._kitchen, self._kitchen.started
        template = WorktreeRecord(
            name=name,
            path="",
            playbook=started.name,
            created=0.0,
            origin=started.branch,
            commit=started.head,
            checks=kitchen.plans.checks,
            inputs=dict(kitchen.options().inputs),
            agent=started.agent,
            replay=started.replay,
            verify=started.verify,
            bypass=started.bypass,
            map=started.session,
        )
        made = make_item(self._repository, template, kitchen.environ)
        remember_session(self._repository.common_dir, name, session)
        return made.record.path, made.notes

    def give_back(self, name: str) -> tuple[str, ...]:
        """Let the next item have an item's worktree; why it stays, where it does."""
        try:
            why = release_item(self._repository, name)
        except (GitError, OSError, RecordUnreadable) as error:
            why = str(error)
        return () if why is None else (f"the worktree {name} stays: {why}",)

    def merge(
        self, index: int, name: str, crew: Crew, told: Sequence[ItemMerged | ItemNotMerged]
    ) -> ItemMerged | ItemNotMerged:
        """Merge the work of an item, if that has not been done; ``told``: how earlier merges of it ended."""
        helped = self._helpers(name)
        try:
            made = merge_item(self._repository, name, crew, self._kitchen.environ, self._waiting)
        except CannotMerge as error:
            return self._not_merged(index, name, told, helped, str(error), error.help)
        except RequirementsMissing as error:
            first = error.problems[0]
            return self._not_merged(index, name, told, helped, first.message, first.help)
        except (GitError, OSError, RecordUnreadable) as error:
            return self._not_merged(
                index, name, told, helped, str(error), f"`mmm worktree merge {name}` tries it again"
            )
        calls, cost = self._spent(name, told)
        return ItemMerged(index, made.commit or self._tip(), calls, cost)

    def merged_by_hand(self, name: str) -> str | None:
        """Where the branch is that has an item's work by now, without merging anything; ``None``: it has not.

        Who removed branch and record, which asks for force where that would lose something, wants to hear of it no more.
        """
        git, started = self._repository.git, self._kitchen.started
        try:
            tip, record = branch_tip(git, name), read_record(self._repository.common_dir, name)
            if tip is None:
                return self._tip() if record is None else None
            if record is not None and record.merging is not None:
                return None  # a merge of ours that was cut off, and is taken back first
            if record is not None and record.merged is not None and record.merged.tip == tip:
                return record.merged.commit
            origin = started.branch
            if origin is None or branch_tip(git, origin) is None or commits_ahead(git, name, origin):
                return None
            return self._tip()
        except (GitError, RecordUnreadable):
            return None

    def close(self) -> tuple[str, ...]:
        """The map has ended: what nobody needs any more goes. What could not be done is said."""
        try:
            with alone(self._repository.common_dir, self._waiting):
                close_items(self._repository, self._kitchen.started.session)
        except (GitError, OSError, RecordUnreadable) as error:
            return (f"worktrees that nobody needs any more stay: {error}",)
        return ()

    def _tip(self) -> str:
        """Where the branch is that the map was started from."""
        started = self._kitchen.started
        tip = None if started.branch is None else branch_tip(self._repository.git, started.branch)
        return tip or started.head

    # --- what merges take of agents ---

    def _not_merged(
        self,
        index: int,
        name: str,
        told: Sequence[ItemMerged | ItemNotMerged],
        helped: tuple[str, ...],
        why: str,
        help: str,
    ) -> ItemNotMerged:
        calls, cost = self._spent(name, told)
        return ItemNotMerged(index, why, help, calls, cost, self._stop(name, helped))

    def _stop(self, name: str, helped: tuple[str, ...]) -> Verdict | None:
        """How the last session ended that has not ``helped`` before, where the other items would meet the same."""
        since = [one for one in self._helpers(name) if one not in helped]
        if not since:
            return None
        try:
            entries = read_journal(self._kitchen.folder_of(since[-1]))
        except (OSError, JournalDamaged):
            return None
        if has_ended(entries) is None:
            return None
        verdict = verdict_of(since[-1], entries)
        return verdict if verdict.of_all or verdict.status == "paused" else None

    def _helpers(self, name: str) -> tuple[str, ...]:
        """The sessions that have helped to merge an item."""
        try:
            record = read_record(self._repository.common_dir, name)
        except RecordUnreadable:
            return ()
        return () if record is None else record.helpers

    def _spent(self, name: str, told: Sequence[ItemMerged | ItemNotMerged]) -> tuple[int, float | None]:
        """Agent calls and US dollars of the sessions that have helped and are not ``told`` of yet, also in a merge that
        was cut off; ``None``: nobody knows what they cost."""
        states = [self._state(one) for one in self._helpers(name)]
        unknown = any(one.cost_unknown or one.open_calls for one in states)
        known = sum(one.cost_usd for one in states) - sum(one.cost_usd or 0.0 for one in told)
        calls = sum(one.calls_begun for one in states) - sum(one.calls for one in told)
        return max(0, calls), None if unknown else round(max(0.0, known), 6)

    def _state(self, session: str) -> State:
        try:
            return fold(entry.event for entry in read_journal(self._kitchen.folder_of(session)))
        except (OSError, JournalDamaged):
            return State()
