"""What is known of a program when it is started, and needed when it has ended: kept in a file beside its outputs.

Whoever finds the end of a program on record, in whatever process, judges it as the one would have who started it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from attrs import asdict, evolve

from mmm_lang.agents.commands import command_of
from mmm_lang.agents.errors import AgentError
from mmm_lang.agents.model import Agent, AgentRequest
from mmm_lang.process.model import Command
from mmm_lang.runtime.commands import Prepared
from mmm_lang.runtime.journal import write_whole

_NAME = "launch.json"
_VERSION = 1


def write_launch(prepared: Prepared) -> None:
    """Keep it in the command's folder, which is there. Raises ``OSError``."""
    kept = {
        "version": _VERSION,
        "title": prepared.title,
        "agent": None if prepared.agent is None else prepared.agent.name,
        "request": None if prepared.request is None else asdict(_without_prompt(prepared.request)),
        "own_cap": prepared.own_cap,
        "own_timeout": prepared.own_timeout,
        "shared_cap": prepared.shared_cap,
        "patience": prepared.patience,
        "idle_timeout": prepared.command.idle_timeout,
    }
    content = json.dumps(kept, indent=1).encode("ascii")
    write_whole(os.path.join(prepared.command.folder, _NAME), content)


def _without_prompt(request: AgentRequest) -> AgentRequest:
    """Of a prompt the name of its slash command is needed again, and no more: there may be secrets in the rest."""
    name = command_of(request.prompt)
    return evolve(request, prompt="" if name is None else f"/{name}")


def read_launch(folder: str, agent: Callable[[str], Agent]) -> Prepared | None:
    """What was started with its outputs in ``folder``, without arguments and environment; ``None`` where nobody knows."""
    try:
        with open(os.path.join(folder, _NAME), "rb") as file:
            kept = json.load(file)
        if kept["version"] != _VERSION:
            return None
        command = Command((), "/", {}, folder, idle_timeout=kept["idle_timeout"])
        prepared = Prepared(
            command,
            kept["title"],
            own_cap=kept["own_cap"],
            own_timeout=kept["own_timeout"],
            patience=kept["patience"],
            shared_cap=kept.get("shared_cap", False),
        )
        if kept["request"] is None:
            return prepared
        given = {**kept["request"], "allowed_tools": tuple(kept["request"]["allowed_tools"])}
        return evolve(prepared, request=AgentRequest(**given), agent=agent(kept["agent"]))
    except (OSError, ValueError, KeyError, TypeError, AgentError):
        return None


def launched_at(folder: str) -> float:
    """When the program with its outputs in ``folder`` was about to be started, in UNIX seconds. Raises ``OSError``."""
    return os.stat(os.path.join(folder, _NAME)).st_mtime
