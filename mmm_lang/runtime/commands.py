"""From a step to the program that is run: argv, working directory, title."""

from __future__ import annotations

import os
from hashlib import sha256

from attrs import evolve, frozen

from mmm_lang.agents.model import Agent, AgentRequest, Permissions
from mmm_lang.plan.ir import AgentCall, ShellRun, Step, Template
from mmm_lang.plan.script import render_script
from mmm_lang.plan.steps import headline
from mmm_lang.process.model import Command
from mmm_lang.runtime.environment import environment_of
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.values import ValueProblem, run_folder


@frozen
class Prepared:
    """A step that can be started, and how people read it. ``request`` and ``agent`` are set for an agent call.

    ``own_cap``: the cap of the call is the step's own, not what the session has left.
    """

    command: Command
    title: str
    request: AgentRequest | None = None
    agent: Agent | None = None
    stdin: bytes | None = None
    own_cap: bool = False

    @property
    def prompt_digest(self) -> str:
        return sha256((self.request.prompt if self.request else "").encode("utf-8", "replace")).hexdigest()


class Preparation:
    """Prepares the runs of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def prepare(self, step: Step, run: int, attempt: int) -> Prepared:
        """The command of a step. Raises ``Missing`` (nothing to work on) and `ValueProblem` (a value that does
        not fit)."""
        match step.action:
            case ShellRun() as action:
                return self._shell(step, action, run, attempt)
            case AgentCall() as action:
                return self._agent(step, action, run, attempt)
        raise AssertionError(f"`{step.key}` runs no program")

    def _shell(self, step: Step, action: ShellRun, run: int, attempt: int) -> Prepared:
        renderer = self._session.renderer(strict=step.main_line)
        values = renderer.script_values(action.script)
        source, bindings = render_script(action.script, values)
        env = {**environment_of(self._session, step, attempt), **bindings}
        command = self._command(step, (action.program, "-c", source), env, run)
        return Prepared(evolve(command, cwd=self._cwd(action)), _script_title(action.script, values))

    def _agent(self, step: Step, action: AgentCall, run: int, attempt: int) -> Prepared:
        session = self._session
        renderer = session.renderer(strict=step.main_line)
        agent = session.world.agent(action.agent or session.started.agent)
        cap, own_cap = self._cap(action)
        request = AgentRequest(
            prompt=renderer.prompt(action),
            session=session.world.new_id(),
            cwd=session.world.tree.root,
            step=step.key,
            iteration=session.state.iteration,
            attempt=attempt,
            model=action.model,
            max_cost_usd=cap,
            allowed_tools=action.allowed_tools,
            permissions="bypass" if session.started.bypass else _permissions(action.permissions),
            output_schema=action.output_schema,
        )
        invocation = agent.invocation(request)
        env = {**environment_of(self._session, step, attempt), **invocation.env}
        command = evolve(self._command(step, invocation.argv, env, run), outlives=True)
        if invocation.stdin is not None:
            command = evolve(command, stdin=os.path.join(command.folder, "stdin"))
        return Prepared(command, headline(request.prompt), request, agent, invocation.stdin, own_cap)

    def _cap(self, action: AgentCall) -> tuple[float | None, bool]:
        """The most that this call may spend, and whether that is its own cap rather than what the session has left."""
        own, limit = action.max_cost_usd, self._session.started.cost_usd
        if limit is None:
            return own, True
        left = limit - self._session.state.cost_usd  # more than `LEAST_COST`, or the call would not be made
        return (own, True) if own is not None and own <= left else (left, False)

    def _command(self, step: Step, argv: tuple[str, ...], env: dict[str, str], run: int) -> Command:
        session = self._session
        root = session.world.tree.root
        return Command(argv, root, env, run_folder(session.folder, run), timeout=step.timeout)

    def _cwd(self, action: ShellRun) -> str:
        root = os.path.realpath(self._session.world.tree.root)
        if action.cwd is None:
            return root
        wanted = self._session.renderer(strict=False).text(action.cwd)
        path = os.path.realpath(os.path.join(root, wanted))
        if path != root and not path.startswith(root + os.sep):
            raise ValueProblem(f"`cwd` must stay inside the work tree, and `{wanted}` does not")
        if not os.path.isdir(path):
            raise ValueProblem(f"`cwd` is `{wanted}`, and there is no such folder")
        return path


def _script_title(script: Template, values: tuple[str, ...]) -> str:
    """The script's title with its values in it, as far as they are short."""
    waiting = iter(values)
    parts = [part if isinstance(part, str) else _short(next(waiting)) for part in script.parts]
    return headline("".join(parts))


def _short(value: str, width: int = 60) -> str:
    line = " ".join(value.split())
    return f"{line[: width - 1]}…" if len(line) > width else line


def _permissions(written: str | None) -> Permissions:
    match written:
        case "default" | "acceptEdits" | "plan" | "bypass":
            return written
    return "acceptEdits"
