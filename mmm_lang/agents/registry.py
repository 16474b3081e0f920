"""Agents by name."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from mmm_lang.agents.errors import RecordingError, UnknownAgentError
from mmm_lang.agents.model import Agent

NAMES = ("claude", "replay")
"""All agents, the default first."""


@frozen
class Replay:
    """What the agent `replay` plays: the recording, and the state file of this session (absolute paths)."""

    recording: str
    state: str


def agent_named(name: str, environ: Mapping[str, str], replay: Replay | None = None) -> Agent:
    """The agent of that name, for calls that run in ``environ``.

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
    from mmm_lang.diagnostics.similar import nearest

    meant = nearest(name, NAMES)
    advice = (
        f"did you mean `{meant}`?" if meant else f"there are {' and '.join(f'`{known}`' for known in NAMES)}"
    )
    raise UnknownAgentError(f"there is no agent `{name}`; {advice}")
