"""The story of a session that is one of many: how it began is known, and how it ended is a line."""

from __future__ import annotations

import os
from collections.abc import Callable

from mmm_lang.figures import money, plural
from mmm_lang.plan.ir import Step
from mmm_lang.report import wording
from mmm_lang.runtime.cook import Watching
from mmm_lang.runtime.events import SessionFinished, SessionResumed, SessionStarted
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import State


class OneOfMany:
    """Hands on to ``story`` what happens in between. Its own lines go to ``write``.

    Session folders lie in ``sessions``.
    """

    def __init__(self, story: Watching, write: Callable[[str], None], sessions: str) -> None:
        self._story = story
        self._write = write
        self._sessions = sessions

    def item_begins(self, item: Item, number: int, total: int) -> None:
        self._story.item_begins(item, number, total)

    def happened(self, entry: Entry, state: State) -> None:
        """Tell one event, the first and the last in fewer words."""
        match entry.event:
            case SessionStarted():
                pass
            case SessionResumed():
                self._write("🔄 Resuming...")
            case SessionFinished() as event:
                self._finished(event, state)
            case _:
                self._story.happened(entry, state)

    def _finished(self, event: SessionFinished, state: State) -> None:
        message, *difference = event.message.split("\n")
        cost = "cost unknown" if event.cost_usd is None else money(event.cost_usd)
        facts = (plural(event.iterations, "iteration"), plural(event.commits, "commit"), cost)
        sign = "✅" if event.status == "succeeded" else "❌"
        said = message if event.status == "succeeded" else f"{event.status}: {message}"
        self._write(wording.printable(f"{sign} {said} ({', '.join(facts)})"))
        for line in difference:
            self._write(wording.printable(f"   | {line}"))
        if event.status != "succeeded" and state.session is not None:
            self._write(f"   Log: {os.path.join(self._sessions, state.session.session)}")

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        self._story.working(step, folder, agent_activity)

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        self._story.silent(step, seconds, patience)

    def stopping(self) -> None:
        self._story.stopping()

    def awaiting(self, step: Step) -> None:
        self._story.awaiting(step)
