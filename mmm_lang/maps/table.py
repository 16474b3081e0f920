"""What became of each item, as a table that fits a narrow window. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from mmm_lang.figures import money, plural
from mmm_lang.maps.events import MapFinished, Verdict
from mmm_lang.maps.results import status_of
from mmm_lang.maps.state import ItemState, MapState
from mmm_lang.report.wording import cells, cut, elapsed, printable

_HEADINGS = ("#", "ITEM", "STATUS", "ITERATIONS", "COMMITS", "CALLS", "COST", "TIME", "MERGED")
_LEFT = frozenset((1, 2, 8))
_ITEM = 1
_MERGED = 8
_GIVES_WAY = (3, 5, 4, 7, 6)
"""Columns that a narrow window does without, the first to go first."""
_LONGEST_ITEM, _SHORTEST_ITEM = 40, 12


def heading(map: str, folder: str, state: MapState) -> str:
    """What a map is, for people."""
    started = state.started
    if started is None:
        return f"Map {map}\n   folder: {folder}\n"
    where = f"{started.lanes} at once, each in a worktree" if started.worktrees else "one after another"
    return (
        f"Map {map}: {printable(started.name)} ({printable(started.playbook)})\n"
        f"   {where}, from `{started.branch or 'a detached HEAD'}` at {started.head[:10]}\n"
        f"   sessions of its items: {map}-001 and so on, in {os.path.dirname(folder)}\n"
    )


def summary(state: MapState, finished: MapFinished, width: int | None) -> str:
    """The end of a map for people; ``width`` are the columns of their window, ``None``: endless."""
    items = state.items or ()
    done = f"\n📋 {finished.succeeded} of {plural(len(items), 'item')} succeeded"
    if finished.merged:
        done += f", {finished.merged} merged"
    lines = [done, *_lines(state, items, width), *_of_the_whole(state, finished)]
    return "\n".join(lines) + "\n"


def _lines(state: MapState, items: Sequence[ItemState], width: int | None) -> Iterator[str]:
    apart = state.started is not None and state.started.worktrees is not None
    rows = [_HEADINGS, *(_row(index, one, state) for index, one in enumerate(items, start=1))]
    hidden = set() if apart else {_MERGED}
    for column in _GIVES_WAY:
        if width is None or _width(rows, hidden) <= width:
            break
        hidden.add(column)
    widths = _widths(rows, hidden, width)
    for number, row in enumerate(rows):
        sign = "  " if number == 0 else _sign(items[number - 1])
        cellwise = (_aligned(row[column], column, widths[column]) for column in widths)
        yield f"{sign} {'  '.join(cellwise)}".rstrip()
        if number and (why := _why(items[number - 1])):
            yield _fitting(f"     {printable(why.replace(chr(10), ' '))}", width)


def _sign(one: ItemState) -> str:
    if one.succeeded:
        return "⚠️" if one.not_merged is not None else "✅"
    return "❌" if one.verdict is not None or one.attempt else "  "


def _row(index: int, one: ItemState, state: MapState) -> tuple[str, ...]:
    verdict = one.verdict
    label = cut(printable(one.item.label) or "?", _LONGEST_ITEM)
    status = status_of(one)
    if verdict is None:
        return (str(index), label, status, "", "", "", "", "", "")
    return (
        str(index),
        label,
        status,
        str(verdict.iterations),
        str(verdict.commits),
        str(verdict.calls),
        _cost(verdict),
        elapsed(verdict.duration),
        _merged(one),
    )


def _merged(one: ItemState) -> str:
    if one.merged is not None:
        return "yes"
    if one.not_merged is not None or one.unmerged:
        return "no"
    return "nothing to merge" if one.succeeded and not one.commits else ""


def _why(one: ItemState) -> str:
    """What an item did not do, and why."""
    if one.not_merged is not None:
        help = f"; {one.not_merged.help}" if one.not_merged.help else ""
        return f"not merged: {one.not_merged.why}{help}"
    if one.verdict is None or (one.succeeded and one.verdict.exit_code == 0):
        return ""
    left = f"; not merged: `git merge {one.worktree}` does it" if one.unmerged else ""
    return f"{one.verdict.message}{left}"


def _of_the_whole(state: MapState, finished: MapFinished) -> Iterator[str]:
    """The opening's and `reduce:`'s verdicts where they are to be told, the sum, and what stopped the map."""
    told: list[Verdict] = [] if state.opened is None else [state.opened.verdict]
    told += [] if state.reduced is None else [state.reduced]
    items = state.items or ()
    for one in told:
        if one.status != "succeeded" and one.message != finished.message:
            yield printable(one.message)
    if not finished.succeeded or finished.succeeded < len(items) or finished.exit_code:
        yield f"   {printable(finished.message)}"
    cost = "unknown" if finished.cost_usd is None else money(finished.cost_usd)
    if finished.calls or finished.charged_usd or finished.cost_usd != 0:
        yield f"   {plural(finished.calls, 'agent call')}, {cost}, {plural(finished.commits, 'commit')}"
    left = sum(one.in_work and not one.attempt for one in items)
    if left and "not begun" not in finished.message:
        yield f"   {left} not begun"


def _cost(verdict: Verdict) -> str:
    return "unknown" if verdict.cost_usd is None else money(verdict.cost_usd)


def _fitting(line: str, width: int | None) -> str:
    return line if width is None else cut(line, max(width - 1, 2))


# --- columns ---


def _natural(rows: Sequence[tuple[str, ...]], column: int) -> int:
    return max(cells(row[column]) for row in rows)


def _width(rows: Sequence[tuple[str, ...]], hidden: set[int]) -> int:
    """Columns of a terminal that the table needs at least: items can be cut."""
    shown = [column for column in range(len(_HEADINGS)) if column not in hidden]
    natural = {column: _natural(rows, column) for column in shown}
    natural[_ITEM] = min(natural[_ITEM], _SHORTEST_ITEM)
    return 3 + sum(natural.values()) + 2 * (len(shown) - 1)


def _widths(rows: Sequence[tuple[str, ...]], hidden: set[int], width: int | None) -> dict[int, int]:
    """The width of each column that is shown, in order."""
    widths = {column: _natural(rows, column) for column in range(len(_HEADINGS)) if column not in hidden}
    if width is not None:
        least = min(widths[_ITEM], _SHORTEST_ITEM)
        spare = max(0, width - 1 - _width(rows, hidden))
        widths[_ITEM] = min(widths[_ITEM], least + spare)
    return widths


def _aligned(text: str, column: int, width: int) -> str:
    text = cut(text, max(width, 2))
    blanks = " " * (width - cells(text))
    return text + blanks if column in _LEFT else blanks + text
