"""Work that was set aside, in lines for people and as JSON: `mmm rescue ls` and `show`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from mmm_lang.figures import plural
from mmm_lang.report.wording import cells, cut, printable
from mmm_lang.sessions.rescued import Rescued
from mmm_lang.sessions.summary import age
from mmm_lang.tagged import Json

_HEADINGS = ("REF", "AGE", "PLAYBOOK", "HOLDS", "WHY")
_WORDS = {"A": "new", "M": "changed", "D": "deleted", "T": "changed"}
_LONGEST_NAME = 30


def rescue_table(found: Sequence[Rescued], now: float, width: int | None) -> str:
    """A line each, in their order; ``width`` are the columns of a person's window, ``None``: endless."""
    rows = [_HEADINGS, *(_row(one, now) for one in found)]
    widths = [max(cells(row[column]) for row in rows) for column in range(len(_HEADINGS) - 1)]
    lines = []
    for row in rows:
        fields = [text + " " * (room - cells(text)) for text, room in zip(row[:-1], widths, strict=True)]
        line = "  ".join((*fields, row[-1])).rstrip()
        lines.append(line if width is None else cut(line, max(width, 2)))
    return "\n".join(lines) + "\n"


def _row(one: Rescued, now: float) -> tuple[str, ...]:
    name = cut(printable(one.playbook) or "?", _LONGEST_NAME)
    return printable(one.name), age(now - one.at), name, _holds(one), printable(one.why)


def _holds(one: Rescued) -> str:
    return f"{plural(len(one.commits), 'commit')}, {plural(len(one.uncommitted), 'file')}"


def rescue_told(one: Rescued, now: float) -> str:
    """Everything about one: where it came from, its commits and files, what to do with it."""
    lines = [f"📦 {one.ref}", f"   Set aside {age(now - one.at)} ago: {one.why}"]
    if one.playbook:
        lines.append(f"   Workflow: {one.playbook}, session {one.session}")
    lines.append(f"   Began at: {one.base[:10]}")
    lines += ["", f"   {plural(len(one.commits), 'commit')} taken off the branch:"] if one.commits else []
    lines += [f"      {commit.sha[:10]} {commit.subject}" for commit in one.commits]
    if one.uncommitted:
        lines += ["", f"   {plural(len(one.uncommitted), 'file')} not committed:"]
        lines += [f"      {_WORDS[change.status]:<8} {change.path}" for change in one.uncommitted]
    commands = (
        (f"mmm rescue show {one.name} --patch", "print all of it as a patch"),
        (f"mmm rescue apply {one.name}", "put its files back into the work tree, uncommitted"),
        (f"mmm rescue apply {one.name} --branch NAME", "make a branch of it"),
        (f"mmm rescue drop {one.name}", "give it up"),
    )
    room = max(len(command) for command, _ in commands)
    lines += ["", "What you can do:", *(f"   {command:<{room}}  {what}" for command, what in commands)]
    return "".join(f"{printable(line)}\n" for line in lines)


def rescue_json(one: Rescued) -> dict[str, Json]:
    """One as tools read it; ``at`` in UNIX seconds, paths relative to the root of the work tree."""
    commits: list[Json] = [{"commit": commit.sha, "subject": commit.subject} for commit in one.commits]
    files: list[Json] = [{"path": change.path, "status": change.status} for change in one.uncommitted]
    return {
        "ref": one.ref,
        "name": one.name,
        "session": one.session,
        "playbook": one.playbook or None,
        "why": one.why,
        "at": one.at,
        "commit": one.sha,
        "base": one.base,
        "commits": commits,
        "files": files,
    }
