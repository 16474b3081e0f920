"""The side of a map that people see: its lanes on a board, one after another as single sessions are, its questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from attrs import frozen

from mmm_lang.cli.cook import View, watching
from mmm_lang.cli.manners import Manners
from mmm_lang.cli.terminal import write_message
from mmm_lang.cli.worktree_crew import CookingCrew
from mmm_lang.cli.worktrees import waiting
from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import plural
from mmm_lang.maps.decide import Merge, Work
from mmm_lang.maps.events import (
    ItemFinished,
    ItemMerged,
    ItemNotMerged,
    MapHalted,
    MapResumed,
    MapStarted,
    OpeningFinished,
    ReduceFinished,
    ReduceStarted,
    Verdict,
)
from mmm_lang.maps.forecast import forecast, most_of
from mmm_lang.maps.journal import MapEntry
from mmm_lang.maps.kitchen import MapKitchen
from mmm_lang.maps.parts import item_called, part_of
from mmm_lang.maps.state import MapState
from mmm_lang.report.board import Board
from mmm_lang.runtime.cook import Watching

if TYPE_CHECKING:
    from mmm_lang.plan.graph import Plan
    from mmm_lang.runtime.company import Company
    from mmm_lang.runtime.life import Ask
    from mmm_lang.worktrees.merging import Crew


@frozen
class MapFront:
    """Shows a map on ``board``; where it has one lane and a person reads, each session as if it were alone.

    ``listen`` may put a watcher of its own around that of each session; ``resolves``: an agent is called for conflicts.
    """

    board: Board
    kitchen: MapKitchen
    view: View
    sessions: str
    environ: Mapping[str, str]
    manners: Manners
    lanes: int
    resolves: bool
    listen: Callable[[Watching], Watching] = lambda watcher: watcher

    @property
    def views(self) -> MapFront:
        """It shows everything itself."""
        return self

    # --- what happens ---

    @contextmanager
    def watching(self, plan: Plan, move: Work, state: MapState) -> Iterator[Watching]:
        """The watcher of a session of a move."""
        if self.lanes > 1 or self.view == "json":
            with self.board.lane(part_of(move, state), plan) as watcher:
                yield self.listen(watcher)
            return
        with watching(plan, self.sessions, self.view) as watcher:
            yield self.listen(watcher)

    def map_happened(self, entry: MapEntry, state: MapState) -> None:
        """Tell what happened to the map itself."""
        self.board.tell(entry.to_json())
        match entry.event:
            case MapStarted(items=items):
                for line in forecast(self.kitchen, None if items is None else len(items)):
                    self.board.say(line)
            case MapResumed():
                found = state.items or ()
                done = sum(one.succeeded for one in found)
                what = f"{done} of {plural(len(found), 'item')} succeeded until now"
                if not found or done < len(found):
                    self.board.say(f"🔄 Resuming map {self.kitchen.started.session}: {what}")
            case (
                ItemFinished(verdict=verdict)
                | OpeningFinished(verdict=verdict)
                | ReduceFinished(verdict=verdict)
            ):
                self._told(entry.event, verdict, state)
            case ItemMerged(index=index, commit=commit):
                branch = state.started.branch if state.started is not None else None
                self.board.say(f"🔀 Merged {item_called(index, state)}: `{branch}` is at {commit[:10]}")
            case ItemNotMerged(index=index, why=why, help=help):
                self.board.say(f"⚠️  Not merged: {item_called(index, state)}: {visible(why)}")
                if help:
                    self.board.say(f"   help: {visible(help)}")
            case MapHalted(message=message):
                self.board.say(f"   {message}: nothing more is begun")
            case ReduceStarted():
                self.board.say("")
                self.board.say("🧮 All items are done: reduce")

    def _told(
        self, event: ItemFinished | OpeningFinished | ReduceFinished, verdict: Verdict, state: MapState
    ) -> None:
        for note in verdict.notes:
            write_message(f"warning: {visible(note)}")
        if isinstance(event, OpeningFinished) and event.items:
            count = len(event.items)
            self.board.say(f"📋 {plural(count, 'item')}: at most {most_of(self.kitchen, count)}")
        if verdict.reason in ("refused", "gave-way"):
            what = item_called(event.index, state) if isinstance(event, ItemFinished) else "the map"
            write_message(f"error: {visible(what)}: {visible(verdict.message)}")

    # --- what is asked ---

    def answer(self, step: str, question: str) -> bool | None:
        """A person's answer."""
        return self.manners.answer(step, question)

    def quiet(self) -> AbstractContextManager[None]:
        """Nothing is drawn meanwhile."""
        return self.board.paused() if self.lanes > 1 else nullcontext()

    def crew(self, move: Merge, state: MapState, company: Company, ask: Ask) -> Crew:
        """An agent for the conflicts, where one is wanted, and the playbook's checks."""
        part = part_of(move, state)

        def show(plan: Plan) -> AbstractContextManager[Watching]:
            return self.board.lane(part, plan)

        return CookingCrew(
            self.view, self.environ, self.manners, self.resolves, self.board.say, company, show, ask
        )

    def waiting(self) -> None:
        """Say what is waited for; with several lanes it is mostly one of them, and no other mmm."""
        if self.lanes == 1:
            waiting()
