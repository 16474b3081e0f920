"""`--quiet`: only how a session ended."""

from __future__ import annotations

from collections.abc import Callable

from mmm_lang.plan.ir import Step
from mmm_lang.runtime.cook import Watching
from mmm_lang.runtime.events import SessionFinished
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import State


class Quiet:
    """Lets the last event through to ``story``."""

    def __init__(self, story: Watching) -> None:
        self._story = story

    def item_begins(self, item: Item, number: int, total: int) -> None:
        self._story.item_begins(item, number, total)

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        """Nothing."""

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        """Nothing."""

    def stopping(self) -> None:
        """Nothing."""

    def awaiting(self, step: Step) -> None:
        """Nothing."""

    def happened(self, entry: Entry, state: State) -> None:
        if isinstance(entry.event, SessionFinished):
            self._story.happened(entry, state)
