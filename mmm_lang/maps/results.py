"""What `reduce:` is told of the items: the variables `map.results`, `map.succeeded`, `map.failed`, `map.total`."""

from __future__ import annotations

import json

from mmm_lang.maps.state import ItemState, MapState
from mmm_lang.tagged import Json


def variables_of_reduce(state: MapState) -> dict[str, str]:
    """The session variables of `reduce:`."""
    items = state.items or ()
    results = [result_of(index, one) for index, one in enumerate(items, start=1)]
    return {
        "map.results": json.dumps(results, ensure_ascii=False, separators=(",", ":")),
        "map.succeeded": str(sum(one.succeeded for one in items)),
        "map.failed": str(sum(one.failed for one in items)),
        "map.total": str(len(items)),
    }


def result_of(index: int, one: ItemState) -> dict[str, Json]:
    """What came of one item, as tools read it. Money in US dollars, ``seconds`` is how long its session ran."""
    verdict = one.verdict
    raw = one.item.variables.get("item")
    item: Json = one.item.label if raw is None else json.loads(raw)
    return {
        "index": index,
        "item": item,
        "label": one.item.label,
        "status": status_of(one),
        "message": "" if verdict is None else verdict.message,
        "session": None if verdict is None else verdict.session,
        "iterations": 0 if verdict is None else verdict.iterations,
        "commits": one.commits,
        "calls": 0 if verdict is None else verdict.calls,
        "cost_usd": 0.0 if verdict is None else verdict.cost_usd,
        "seconds": 0.0 if verdict is None else verdict.duration,
        "branch": one.worktree,
        "merged": None if one.merged is None else one.merged.commit,
        "not_merged": None if one.not_merged is None else one.not_merged.why,
    }


def status_of(one: ItemState) -> str:
    """How an item stands, in a word: the status of its session, `running`, `cut off` or `not begun`."""
    if one.running:
        return "running"
    if one.verdict is not None and not (one.due and one.verdict.status in ("succeeded", "failed")):
        return one.verdict.status
    return "cut off" if one.attempt else "not begun"
