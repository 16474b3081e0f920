"""Watchers around the one that shows a session: what they do not do themselves they hand on."""

from __future__ import annotations

from collections.abc import Callable

from mmm_lang.cli.terminal import write_message
from mmm_lang.plan.ir import Step
from mmm_lang.runtime.cook import Watching
from mmm_lang.runtime.events import SessionFinished, SessionStarted
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import State


class Passing:
    """Hands everything on."""

    def __init__(self, watcher: Watching) -> None:
        self._watcher = watcher

    def item_begins(self, item: Item, number: int, total: int) -> None:
        self._watcher.item_begins(item, number, total)

    def happened(self, entry: Entry, state: State) -> None:
        self._watcher.happened(entry, state)

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        self._watcher.working(step, folder, agent_activity)

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        self._watcher.silent(step, seconds, patience)

    def stopping(self) -> None:
        self._watcher.stopping()

    def awaiting(self, step: Step) -> None:
        self._watcher.awaiting(step)


class Remembering(Passing):
    """Has the id of every session written down that begins."""

    def __init__(self, watcher: Watching, remember: Callable[[str], None]) -> None:
        super().__init__(watcher)
        self._remember = remember

    def happened(self, entry: Entry, state: State) -> None:
        if isinstance(entry.event, SessionStarted):
            try:
                self._remember(entry.event.session)
            except OSError as error:
                what = f"`{error.filename}` cannot be written"
                write_message(f"warning: {what}, so `mmm worktree ls` will not know the session")
        super().happened(entry, state)


class StepsOnly(Passing):
    """Keeps the beginning and the end of a session to itself: it is a small part of something else."""

    def happened(self, entry: Entry, state: State) -> None:
        if not isinstance(entry.event, SessionStarted | SessionFinished):
            super().happened(entry, state)
