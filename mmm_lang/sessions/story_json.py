"""The whole story of one session as JSON: `mmm sessions show --format json`. Pure."""

from __future__ import annotations

import json

from mmm_lang.sessions.advice import next_steps
from mmm_lang.sessions.record import Record
from mmm_lang.sessions.story import Iteration, Note, Part, Round, Run, Story, Turn, WayBack
from mmm_lang.sessions.summary import JSON_VERSION, summarise, summary_json
from mmm_lang.sessions.telling import Subjects
from mmm_lang.tagged import Json


def story_json(record: Record, subjects: Subjects) -> str:
    """One JSON object; times in UNIX seconds, durations in seconds, money in US dollars (null: unknown)."""
    story = record.story
    started = story.started
    document: dict[str, Json] = {
        "version": JSON_VERSION,
        "session": summary_json(summarise(record)),
        "damage": None if record.damage is None else _damage(record, record.damage),
        "branch": started.base.branch if started else None,
        "base": started.base.head if started else None,
        "variables": dict(started.variables) if started else {},
        "commits": list(story.commits),
        "iterations": [_iteration(one, story, subjects) for one in story.iterations],
        "undone": None if record.undone is None else _undone(record),
        "next": [{"command": step.command, "why": step.why} for step in next_steps(record, story)],
    }
    return json.dumps(document, indent=1) + "\n"


def _damage(record: Record, message: str) -> dict[str, Json]:
    return {"line": len(record.entries) + 1, "message": message}


def _undone(record: Record) -> dict[str, Json]:
    undone = record.undone
    assert undone is not None
    return {
        "at": undone.at,
        "from": undone.from_,
        "to": undone.to,
        "rescue": undone.rescue,
        "done": undone.done,
    }


def _iteration(one: Iteration, story: Story, subjects: Subjects) -> Json:
    finished: Json = None
    if one.finished is not None:
        finished = {
            "commits": one.finished.commits,
            "changed": one.finished.changed,
            "converged": one.finished.converged,
            "until": one.finished.until,
        }
    parts: list[Json] = [_part(part, story, subjects) for part in one.parts]
    return {"iteration": one.number, "started": one.at, "parts": parts, "finished": finished}


def _part(part: Part, story: Story, subjects: Subjects) -> dict[str, Json]:
    path: list[Json] = list(part.path)
    match part:
        case Run():
            return {"kind": "run", "step": part.step, "path": path, **_run(part, story, subjects)}
        case Round():
            return {"kind": "round", "handler": part.step, "path": path, "round": part.round, "at": part.at}
        case Turn():
            about: dict[str, Json] = {"turn": part.turn, "of": part.of, "item": part.item, "at": part.at}
            return {"kind": "turn", "step": part.step, "path": path, **about}
        case WayBack(event=event):
            return {
                "kind": "rolled_back",
                "why": event.why,
                "step": event.step,
                "path": path,
                "at": part.at,
                "from": event.from_,
                "to": event.to,
                "rescue": event.rescue,
                "refused": event.refused,
            }
        case Note():
            return {"kind": "event", "event": part.event, "message": part.text, "path": path, "at": part.at}


def _run(run: Run, story: Story, subjects: Subjects) -> dict[str, Json]:
    commits: list[Json] = [
        {"commit": one, "subject": subjects.get(one), "taken_back": one not in story.commits}
        for one in run.commits
    ]
    return {
        "attempt": run.attempt,
        "run": run.run or None,
        "title": run.title,
        "started": run.at,
        "agent": run.agent,
        "agent_session": run.agent_session,
        "status": run.status,
        "superseded": run.superseded,
        "fault": run.fault,
        "reason": run.reason,
        "exit_code": run.exit_code,
        "duration": run.duration if run.ran else None,
        "calls": run.calls,
        "cost_usd": run.cost_usd,
        "converged": run.converged,
        "commits": commits,
        "files": list(run.files),
        "outputs": dict(run.outputs),
        "notes": list(run.notes),
    }
