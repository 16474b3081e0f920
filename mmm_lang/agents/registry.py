"""Agents by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from mmm_lang.agents.errors import RecordingError, UnknownAgentError
from mmm_lang.agents.model import Agent
from mmm_lang.analysis.configuration.programs import AgentProgram

NAMES = ("claude", "replay")
"""All agents, the default first."""


@frozen
class Replay:
    """What the agent `replay` plays: the recording, and the state file of this session (absolute paths)."""

    recording: str
    state: str


def answering(named: str | None, default: str, *, replays: bool) -> str:
    """Name of the agent that answers a call. ``named``: by its step or the playbook; ``default``: for the whole session.

    Where a session ``replays`` a recording, that answers every call: no other agent is to be called, or paid.
    """
    return "replay" if replays else named or default


def agent_named(
    name: str,
    environ: Mapping[str, str],
    replay: Replay | None = None,
    programs: Mapping[str, AgentProgram] | None = None,
) -> Agent:
    """The agent of that name, for calls that run in ``environ``; ``programs`` are those of the project's configuration.

    Raises `UnknownAgentError` for a name that is none, `RecordingError` for `replay` without a recording.
    """
    if name == "claude":
        from mmm_lang.agents.claude import ClaudeAgent

        return ClaudeAgent(environ)
    if name == "replay":
        if replay is None:
            raise RecordingError("the agent `replay` needs a recording; give one with `--replay FILE`")
        from mmm_lang.agents.replay import ReplayAgent

        return ReplayAgent(replay.recording, replay.state)
    if programs is not None and name in programs:
        from mmm_lang.agents.command import CommandAgent

        return CommandAgent(name, programs[name], environ)
    from mmm_lang.diagnostics.similar import nearest

    own: Iterable[str] = programs if programs is not None else ()
    known = [*NAMES, *own]
    meant = nearest(name, known)
    there = f"there are {', '.join(f'`{one}`' for one in known[:-1])} and `{known[-1]}`"
    advice = f"write `{meant}`" if meant else f"{there}; another one is named under `agents:` in the settings"
    raise UnknownAgentError(f"there is no agent `{name}`; {advice}")
