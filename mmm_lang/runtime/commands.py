"""From a step to the program that is run: argv, working directory, title."""

from __future__ import annotations

import os
from hashlib import sha256

from attrs import evolve, frozen

from mmm_lang.agents.model import Agent, AgentRequest, Permissions
from mmm_lang.agents.registry import answering
from mmm_lang.plan.ir import AgentCall, Analyze, ShellRun, Step, Template
from mmm_lang.plan.script import render_script
from mmm_lang.plan.steps import headline
from mmm_lang.process.model import Command
from mmm_lang.runtime.analyzing import analysis_command
from mmm_lang.runtime.backoff import continued
from mmm_lang.runtime.environment import environment_of
from mmm_lang.runtime.events import Path
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.spending import time_for, without_call
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.values import ValueProblem, run_folder


@frozen
class Prepared:
    """A step that can be started, and how people read it. ``request`` and ``agent`` are set for an agent call.

    ``own_cap``: the cap of the call is the step's own, not what the session has left; ``own_timeout``: so is its timeout.
    ``shared_cap``: its cap is a share of what several sessions have left together. ``patience``: seconds that an agent
    may wait for its model without a sign of life.
    """

    command: Command
    title: str
    request: AgentRequest | None = None
    agent: Agent | None = None
    stdin: bytes | None = None
    own_cap: bool = False
    own_timeout: bool = True
    patience: float | None = None
    shared_cap: bool = False

    @property
    def prompt_digest(self) -> str:
        return sha256((self.request.prompt if self.request else "").encode("utf-8", "replace")).hexdigest()


class Preparation:
    """Prepares the runs of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def prepare(
        self, step: Step, path: Path, run: int, attempt: int, before: Attempt | None = None
    ) -> Prepared:
        """The command of a step at a place. ``before``: what the same run has done so far, where it calls again.

        Raises ``Missing`` (nothing to work on) and `ValueProblem` (a value that does not fit), and `Crowded` where
        another session has taken what a call needs.
        """
        session = self._session
        used = 0.0 if before is None else before.seconds
        together = session.account.together()
        time = time_for(step.timeout, session.started, session.world.elapsed(), used, together)
        match step.action:
            case ShellRun() as action:
                prepared = self._shell(step, path, action, run, attempt)
            case AgentCall() as action:
                prepared = self._agent(step, path, action, run, attempt, before)
            case Analyze() as action:
                command = analysis_command(session, step, action, run_folder(session.folder, run))
                prepared = Prepared(command, step.title)
            case _:
                raise AssertionError(f"`{step.key}` runs no program")
        return evolve(prepared, command=evolve(prepared.command, timeout=time.most), own_timeout=time.own)

    def _shell(self, step: Step, path: Path, action: ShellRun, run: int, attempt: int) -> Prepared:
        renderer = self._session.renderer((step.key, path), strict=step.main_line)
        values = renderer.script_values(action.script)
        source, bindings = render_script(action.script, values)
        env = {**environment_of(self._session, step, path, attempt), **bindings}
        command = self._command((action.program, "-c", source), env, run)
        return Prepared(
            evolve(command, cwd=self._cwd(step, path, action)), _script_title(action.script, values)
        )

    def _agent(
        self, step: Step, path: Path, action: AgentCall, run: int, attempt: int, before: Attempt | None
    ) -> Prepared:
        session = self._session
        renderer = session.renderer((step.key, path), strict=step.main_line)
        replays = session.started.replay is not None
        agent = session.world.agent(answering(action.agent, session.started.agent, replays=replays))
        state = session.state if before is None else without_call(session.state, before)
        prompt = renderer.prompt(action)
        money = session.call_money(action, state, before.paid_usd if before else 0.0)
        request = AgentRequest(
            prompt=prompt,
            session=session.world.new_id(),
            cwd=session.world.tree.root,
            step=step.key,
            iteration=session.state.iteration,
            attempt=attempt,
            model=action.model,
            max_cost_usd=money.most,
            allowed_tools=action.allowed_tools,
            permissions="bypass" if session.started.bypass else _permissions(action.permissions),
            output_schema=action.output_schema,
            item=_item(session.started.variables.get("INDEX")),
        )
        title = headline(request.prompt)
        goes_on = before is not None and (before.resumed == "continued" or before.paid_usd > 0)
        if before is not None and goes_on and before.agent_session is not None:
            request = continued(request, before)
        invocation = agent.invocation(request)
        env = {**environment_of(self._session, step, path, attempt), **invocation.env}
        command = evolve(
            self._command(invocation.argv, env, run),
            outlives=True,
            idle_timeout=invocation.longest_silence,
        )
        if invocation.stdin is not None:
            command = evolve(command, stdin=os.path.join(command.folder, "stdin"))
        return Prepared(
            command,
            title,
            request,
            agent,
            invocation.stdin,
            money.own,
            patience=invocation.patience,
            shared_cap=money.shared,
        )

    def _command(self, argv: tuple[str, ...], env: dict[str, str], run: int) -> Command:
        session = self._session
        root = session.world.tree.root
        secrets = session.secrets_in(env)
        return Command(argv, root, env, run_folder(session.folder, run), secrets=secrets)

    def _cwd(self, step: Step, place: Path, action: ShellRun) -> str:
        root = os.path.realpath(self._session.world.tree.root)
        if action.cwd is None:
            return root
        wanted = self._session.renderer((step.key, place), strict=False).text(action.cwd)
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


def _item(index: str | None) -> int | None:
    return int(index) if index is not None and index.isdecimal() else None


def _permissions(written: str | None) -> Permissions:
    match written:
        case "default" | "acceptEdits" | "plan" | "bypass":
            return written
    return "acceptEdits"
