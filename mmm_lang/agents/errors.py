"""What can be wrong with a request or with the choice of an agent, said to people."""

from __future__ import annotations


class AgentError(Exception):
    """Base of this room's errors; the text says what, where and what to do."""


class RequestError(AgentError):
    """A request that cannot be put as a command line."""


class UnknownAgentError(AgentError):
    """There is no agent of that name."""


class RecordingError(AgentError):
    """A recording that is missing, unreadable or not in its format."""
