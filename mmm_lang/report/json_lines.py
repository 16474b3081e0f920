"""`--format json`: the events of the journal as lines, as they become true."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from mmm_lang.plan.ir import Step
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import State
from mmm_lang.tagged import Json


class JsonLines:
    """Writes one JSON object a line with ``write``; ``mark`` is added to each."""

    def __init__(self, write: Callable[[str], None], mark: Mapping[str, Json] | None = None) -> None:
        self._write = write
        self._mark = dict(mark or {})

    def item_begins(self, item: Item, number: int, total: int) -> None:
        """Nothing: ``session_started`` has the item's variables."""

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        """Nothing: only events are told."""

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        """Nothing."""

    def stopping(self) -> None:
        """Nothing."""

    def awaiting(self, step: Step) -> None:
        """Nothing."""

    def happened(self, entry: Entry, state: State) -> None:
        self._write(json.dumps({**entry.to_json(), **self._mark}))
