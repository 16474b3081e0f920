"""The work trees as a table and as JSON: what `mmm worktree ls` prints. Pure, but for whether a folder is there."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mmm_lang.figures import money
from mmm_lang.report.wording import cells, cut, printable
from mmm_lang.sessions.summary import age
from mmm_lang.tagged import Json
from mmm_lang.worktrees.standing import Worktree

JSON_VERSION = 1

_HEADINGS = ("NAME", "AGE", "STATUS", "ITERATIONS", "AHEAD", "COST", "FROM", "NOTE")
_RIGHT = frozenset((1, 3, 4, 5))
_GIVES_WAY = (7, 6, 3, 5, 1)
"""Columns that a narrow window does without, the first to go first."""
_SHORTEST_NOTE = 12


def table(worktrees: Sequence[Worktree], now: float, width: int | None) -> str:
    """The work trees in their order; ``width`` are the columns of a person's window, ``None``: endless."""
    rows = [_HEADINGS, *(_row(one, now) for one in worktrees)]
    shown = list(range(len(_HEADINGS)))
    for column in _GIVES_WAY:
        if width is None or _needed(rows, shown) <= width:
            break
        shown.remove(column)
    widths = {column: max(cells(row[column]) for row in rows) for column in shown}
    lines = []
    for row in rows:
        line = "  ".join(_aligned(row[column], column, widths[column]) for column in shown).rstrip()
        lines.append(line if width is None else cut(line, max(width, 2)))
    return "\n".join(lines) + "\n"


def _needed(rows: Sequence[tuple[str, ...]], shown: Sequence[int]) -> int:
    """Columns of a terminal that these need; the note can be cut."""
    widths = {column: max(cells(row[column]) for row in rows) for column in shown}
    if 7 in widths:
        widths[7] = min(widths[7], _SHORTEST_NOTE)
    return sum(widths.values()) + 2 * (len(shown) - 1)


def _aligned(text: str, column: int, width: int) -> str:
    blanks = " " * (width - cells(text))
    return blanks + text if column in _RIGHT else text + blanks


def _row(one: Worktree, now: float) -> tuple[str, ...]:
    last = one.sessions[-1] if one.sessions else None
    most = "?" if last is None or last.max_iterations is None else str(last.max_iterations)
    return (
        printable(one.name),
        "?" if one.record is None else age(now - one.record.created),
        one.status,
        "–" if last is None else f"{last.iterations}/{most}",
        "?" if one.ahead is None else str(one.ahead),
        _cost(one),
        "?" if one.record is None else printable(one.record.origin or one.record.commit[:10]),
        printable(one.note.replace("\n", " ")),
    )


def _cost(one: Worktree) -> str:
    """What all its sessions have cost together."""
    total = sum(session.cost_usd for session in one.sessions)
    if not any(session.cost_unknown for session in one.sessions):
        return money(total)
    return f"≥ {money(total)}" if total else "unknown"


def list_json(worktrees: Sequence[Worktree]) -> str:
    """What `mmm worktree ls --format json` prints."""
    listed: list[Json] = [_json(one) for one in worktrees]
    return json.dumps({"version": JSON_VERSION, "worktrees": listed}, indent=1) + "\n"


def _json(one: Worktree) -> dict[str, Json]:
    """One work tree as tools read it; what nobody knows is null. ``cost_usd`` is null where a part of it is unknown."""
    last, record = one.sessions[-1] if one.sessions else None, one.record
    total = round(sum(session.cost_usd for session in one.sessions), 6)
    return {
        "name": one.name,
        "status": one.status,
        "note": one.note,
        "path": one.path,
        "exists": one.is_there,
        "branch": one.name if one.tip is not None else None,
        "tip": one.tip,
        "ahead": one.ahead,
        "origin": None if record is None else record.origin,
        "origin_commit": None if record is None else record.commit,
        "playbook": None if record is None else record.playbook,
        "created": None if record is None else record.created,
        "merged": None if record is None or record.merged is None else record.merged.commit,
        "iterations": None if last is None else last.iterations,
        "max_iterations": None if last is None else last.max_iterations,
        "cost_usd": None if any(session.cost_unknown for session in one.sessions) else total,
        "known_cost_usd": total,
        "map": None if record is None else record.map,
        "sessions": [session.id for session in one.sessions],
    }
