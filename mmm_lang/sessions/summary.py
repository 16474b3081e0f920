"""A session in one line: what `mmm sessions ls` prints, as a table and as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from attrs import frozen

from mmm_lang.figures import money
from mmm_lang.report.wording import cells, cut, printable
from mmm_lang.sessions.record import Record, Standing, version_sentence
from mmm_lang.sessions.story import Story
from mmm_lang.tagged import Json

JSON_VERSION = 1

_HEADINGS = ("ID", "AGE", "PLAYBOOK", "STATUS", "ITERATIONS", "COMMITS", "COST", "CALLS", "REASON")
_RIGHT = frozenset((1, 4, 5, 6, 7))
_GIVES_WAY = (7, 5, 4, 6)
"""Columns that a narrow window does without, the first to go first."""
_SHORTEST_REASON, _LONGEST_NAME, _SHORTEST_NAME = 12, 30, 8


@frozen
class Summary:
    """One session. Times in UNIX seconds, money in US dollars; ``cost_usd`` is the part of the cost that is known,
    ``charged_usd`` what the other calls count against a limit.

    ``status`` is how it stands, ``reason`` that of its ending as the journal names it, ``message`` one sentence about it.
    """

    id: str
    folder: str
    name: str
    playbook: str
    status: Standing
    reason: str | None
    message: str
    started: float | None
    last: float | None
    iterations: int
    max_iterations: int | None
    commits: int
    calls: int
    cost_usd: float
    cost_unknown: bool
    charged_usd: float


def summarise(record: Record) -> Summary:
    """One line about a session."""
    story = record.story
    state, started, finished = story.state, story.started, story.finished
    status = record.standing(state)
    succeeded = finished is not None and finished.status == "succeeded"
    return Summary(
        id=record.id,
        folder=record.folder,
        name=started.name if started else "",
        playbook=started.playbook if started else "",
        status=status,
        reason=finished.reason if finished else None,
        message=_message(record, story, status),
        started=story.began,
        last=story.last,
        iterations=len(state.finished_iterations) if succeeded else state.iteration,
        max_iterations=started.max_iterations if started else None,
        commits=len(story.commits),
        calls=story.calls,
        cost_usd=round(state.cost_usd, 6),
        cost_unknown=story.cost_unknown or status in ("damaged", "unreadable"),
        charged_usd=round(state.reckoned_usd - state.cost_usd, 6),
    )


def _message(record: Record, story: Story, status: Standing) -> str:
    if status == "unreadable":
        return version_sentence(record)
    if status == "damaged":
        return record.damage or ""
    if status == "undone" and record.undone is not None:
        return f"its commits were taken back; they are kept in {record.undone.rescue}"
    if story.finished is not None:
        return story.finished.message
    runs = story.runs()
    at = f" at `{runs[-1].step}`" if runs else ""
    if status == "running":
        return f"it runs now{at}"
    return f"it died{at}{', and its agent call goes on' if record.kept else ''}"


def cost(summary: Summary) -> str:
    """What a session has cost, in a few letters: `$0.12`, `≥ $0.12` where a part is unknown, `unknown`."""
    if not summary.cost_unknown:
        return money(summary.cost_usd)
    return f"≥ {money(summary.cost_usd)}" if summary.cost_usd else "unknown"


def age(seconds: float) -> str:
    """How long ago something was, in one unit: `5 s`, `12 min`, `3 h`, `40 d`."""
    whole = max(0, int(seconds))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if whole >= length:
            return f"{whole // length} {unit}"
    return f"{whole} s"


def table(summaries: Sequence[Summary], now: float, width: int | None) -> str:
    """The sessions as a table in their order; ``width`` are the columns of a person's window, ``None``: endless."""
    rows = [_HEADINGS, *(_row(one, now) for one in summaries)]
    hidden: set[int] = set()
    for column in (*_GIVES_WAY, 1):
        if width is None or _width(rows, hidden) <= width:
            break
        hidden.add(column)
    widths = _widths(rows, hidden, width)
    lines = []
    for row in rows:
        parts = [_aligned(row[column], column, widths[column]) for column in widths]
        line = "  ".join(parts).rstrip()
        lines.append(line if width is None else cut(line, max(width, 2)))
    return "\n".join(lines) + "\n"


def _row(one: Summary, now: float) -> tuple[str, ...]:
    most = "?" if one.max_iterations is None else str(one.max_iterations)
    return (
        printable(one.id),
        "?" if one.started is None else age(now - one.started),
        cut(printable(one.name) or "?", _LONGEST_NAME),
        one.status,
        "?" if one.status == "unreadable" else f"{one.iterations}/{most}",
        "?" if one.status == "unreadable" else str(one.commits),
        cost(one),
        "?" if one.status == "unreadable" else str(one.calls),
        printable(one.message.replace("\n", " ")),
    )


def _natural(rows: Sequence[tuple[str, ...]], column: int) -> int:
    return max(cells(row[column]) for row in rows)


def _width(rows: Sequence[tuple[str, ...]], hidden: set[int]) -> int:
    """Columns of a terminal that the table needs at least: names and reasons can be cut."""
    last = len(_HEADINGS) - 1
    needed = 0
    for column in range(len(_HEADINGS)):
        if column in hidden:
            continue
        natural = _natural(rows, column)
        least = {2: min(natural, _SHORTEST_NAME), last: _SHORTEST_REASON}
        needed += least.get(column, natural) + (2 if column < last else 0)
    return needed


def _widths(rows: Sequence[tuple[str, ...]], hidden: set[int], width: int | None) -> dict[int, int]:
    """The width of each column that is shown, in order."""
    last = len(_HEADINGS) - 1
    widths = {column: _natural(rows, column) for column in range(len(_HEADINGS)) if column not in hidden}
    if width is None:
        return widths
    spare = max(0, width - _width(rows, hidden))
    name = min(widths[2], _SHORTEST_NAME)
    widths[2] = min(widths[2], name + spare // 3)
    widths[last] = max(_SHORTEST_REASON, _SHORTEST_REASON + spare - (widths[2] - name))
    return widths


def _aligned(text: str, column: int, width: int) -> str:
    text = cut(text, max(width, 2))
    blanks = " " * (width - cells(text))
    return blanks + text if column in _RIGHT else text + blanks


def summary_json(one: Summary) -> dict[str, Json]:
    """One session as tools read it. ``cost_usd`` is null where a part of it is unknown, ``known_cost_usd`` never is. Of a
    journal that was not read nothing is counted."""
    read = one.status != "unreadable"
    return {
        "id": one.id,
        "status": one.status,
        "reason": one.reason,
        "message": one.message,
        "name": one.name,
        "playbook": one.playbook,
        "started": one.started,
        "last_event": one.last,
        "iterations": one.iterations if read else None,
        "max_iterations": one.max_iterations,
        "commits": one.commits if read else None,
        "calls": one.calls if read else None,
        "cost_usd": None if one.cost_unknown else one.cost_usd,
        "known_cost_usd": one.cost_usd,
        "charged_usd": one.charged_usd,
        "folder": one.folder,
    }


def list_json(summaries: Sequence[Summary], maps: Sequence[Json] = ()) -> str:
    """What `mmm sessions ls --format json` prints; ``maps`` are those whose items are among the sessions."""
    sessions: list[Json] = [summary_json(one) for one in summaries]
    listed: dict[str, Json] = {"version": JSON_VERSION, "sessions": sessions, "maps": list(maps)}
    return json.dumps(listed, indent=1) + "\n"
