"""``mmm cook``: run a playbook."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from mmm_lang.cli.durations import amount, duration, positive_count, setting
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import is_terminal, write_message, write_output

if TYPE_CHECKING:
    from mmm_lang.cli.compiled import Compiled
    from mmm_lang.cli.manners import Manners
    from mmm_lang.git.repository import Repository
    from mmm_lang.plan.graph import Plan
    from mmm_lang.runtime.cook import Options, Outcome, Watching
    from mmm_lang.runtime.requirements import RequirementsMissing

EXIT_FAILED, EXIT_USAGE = 1, 2

View = Literal["plain", "verbose", "quiet", "json"]


class NotCooked(Exception):
    """No session came to its last event; what is wrong has been said."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm cook``."""
    parser.set_defaults(called=parser.prog)
    add = parser.add_argument
    add("playbook", metavar="PLAYBOOK", help="a path, or the name of a playbook that ships with mmm")
    add(
        "-p",
        "--path",
        metavar="DIR",
        default=".",
        help="the repository to improve (a folder inside it is fine)",
    )
    add(
        "-n",
        "--max-iterations",
        metavar="N",
        type=positive_count,
        help="iterations at most (default: the playbook's, or 10, or 1 for each item)",
    )
    add(
        "--map",
        metavar="GLOB",
        action="append",
        default=[],
        help="run once for each file that matches, its path as `$ARG`; may be repeated",
    )
    add(
        "--args",
        metavar="VALUE",
        action="append",
        default=[],
        help="run once for each value, as `$ARG`; may be repeated",
    )
    add(
        "--parallel",
        metavar="N",
        type=positive_count,
        help="so many items at once, each in a git worktree of its own; `--yes` merges them as they end",
    )
    add("--fail-fast", action="store_true", help="begin no other item after one that failed")
    add(
        "--set",
        metavar="NAME=VALUE",
        type=setting,
        action="append",
        default=[],
        help="give an input of the playbook",
    )
    add(
        "--agent",
        metavar="NAME",
        help="which agent answers: claude (the default), replay, or one of the settings",
    )
    add("--replay", metavar="FILE", help="answer every call from a recording (implies `--agent replay`)")
    add("--record", metavar="FILE", help="keep what agents answer and change as a recording for `--replay`")
    add("--max-calls", metavar="N", type=positive_count, help="agent calls at most, of all items together")
    add("--max-cost", metavar="USD", type=amount, help="US dollars at most, of all items together")
    add("--max-duration", metavar="D", type=duration, help="time at most, such as 90s, 10m, 2h")
    add(
        "--on-failure",
        choices=("rollback", "keep"),
        help="what becomes of a failed iteration's work (default: rollback, in a worktree: keep)",
    )
    add("--allow-dirty", action="store_true", help="begin although tracked files have uncommitted changes")
    add("--no-verify", action="store_true", help="make commits without running git's hooks")
    add(
        "--dangerously-skip-permissions",
        action="store_true",
        help="let the agent use every tool without asking",
    )
    add("--wait", action="store_true", help="where the agent's quota is used up, wait for it and go on")
    add("--dry-run", action="store_true", help="print the plan and its worst case; run nothing")
    add("--format", choices=("text", "json"), default="text", help="json: the journal's events as lines")
    add("-v", "--verbose", action="store_true", help="say more")
    add("-q", "--quiet", action="store_true", help="say only how it ended")
    add("-w", "--worktree", action="store_true", help="work in a fresh git worktree, on a branch of its own")
    add("--no-agent", action="store_true", help="where a worktree's merge conflicts, say so; call no agent")
    add(
        "-y",
        "--yes",
        action="store_true",
        help="answer yes to every question, and merge what was made in worktrees",
    )


def run(arguments: argparse.Namespace) -> int:
    """Cook; the exit codes are in spec/runtime.md."""
    from mmm_lang.cli.compiled import PlaybookHasErrors, compile_named

    if arguments.called.endswith(" improve"):
        write_message("note: `mmm improve` is now called `mmm cook`")
    _refuse_two_agents(arguments.agent, arguments.replay)
    if arguments.dry_run:
        from mmm_lang.cli.plan import show_plan

        return show_plan(arguments)
    try:
        compiled = compile_named(arguments.playbook)
    except PlaybookHasErrors:
        return EXIT_FAILED
    is_map = compiled.plan.header.map is not None or bool(arguments.map or arguments.args)
    if arguments.parallel is not None and not is_map:
        raise UsageFailure(
            "`--parallel` is about several items; give them with `--map GLOB` or `--args VALUE`, or with `map:` in the "
            "playbook"
        )
    try:
        if arguments.worktree and arguments.parallel is None:
            from mmm_lang.cli.worktree_session import cook_in_worktree, ending

            end = ending(view_of(arguments), os.environ, manners_of(arguments), agent=not arguments.no_agent)
            kept = arguments.on_failure is not None
            return cook_in_worktree(compiled, options_of(arguments), kept, end, is_map=is_map)
        if is_map:
            return _cook_map(compiled, arguments)
        outcome = cook_compiled(
            compiled, options_of(arguments), view_of(arguments), os.environ, manners_of(arguments)
        )
    except NotCooked as stopped:
        return stopped.exit_code
    return outcome.finished.exit_code


def _refuse_two_agents(agent: str | None, recording: str | None) -> None:
    """A recording answers every call, so that nothing is paid by mistake; another agent was asked for in vain."""
    if recording is not None and agent not in (None, "replay"):
        raise UsageFailure(
            f"`--agent {agent}` and `--replay {recording}` exclude each other: a recording answers every call; "
            "leave one of them out"
        )


def _cook_map(compiled: Compiled, arguments: argparse.Namespace) -> int:
    """Run the playbook for its items. Raises `NotCooked`, after saying why."""
    from mmm_lang.cli.map_cook import Service, cook_map
    from mmm_lang.maps.beginning import Wishes

    wishes = Wishes(
        lanes=arguments.parallel,
        merges=arguments.yes,
        resolves=not arguments.no_agent,
        keeps=arguments.on_failure is not None,
    )
    service = Service(view_of(arguments), os.environ, manners_of(arguments))
    return cook_map(compiled, options_of(arguments), wishes, service)


def options_of(arguments: argparse.Namespace) -> Options:
    """What the flags ask of the runtime."""
    from mmm_lang.runtime.cook import Options

    agent = arguments.agent or ("replay" if arguments.replay else "claude")
    return Options(
        path=os.path.expanduser(arguments.path),
        max_iterations=arguments.max_iterations,
        map=tuple(arguments.map),
        args=tuple(arguments.args),
        fail_fast=arguments.fail_fast,
        inputs=dict(arguments.set),
        agent=agent,
        replay=os.path.expanduser(arguments.replay) if arguments.replay else None,
        record=os.path.expanduser(arguments.record) if arguments.record else None,
        max_calls=arguments.max_calls,
        max_cost_usd=arguments.max_cost,
        max_duration=arguments.max_duration,
        on_failure=arguments.on_failure or "rollback",
        allow_dirty=arguments.allow_dirty,
        verify=not arguments.no_verify,
        bypass=arguments.dangerously_skip_permissions,
    )


def view_of(arguments: argparse.Namespace) -> View:
    """How the session is to be shown."""
    if arguments.format == "json":
        return "json"
    if arguments.quiet:
        return "quiet"
    return "verbose" if arguments.verbose else "plain"


def manners_of(arguments: argparse.Namespace) -> Manners:
    """What is to be done where the session asks for something."""
    from mmm_lang.cli.manners import Manners

    return Manners(yes=arguments.yes, wait=arguments.wait)


def cook_compiled(
    compiled: Compiled,
    options: Options,
    view: View,
    environ: Mapping[str, str],
    manners: Manners | None = None,
    listen: Callable[[Watching], Watching] = lambda watcher: watcher,
) -> Outcome:
    """Run one session of a compiled playbook and show it; ``listen`` may put a watcher of its own around the view's.

    Raises `NotCooked`, after saying why.
    """
    from mmm_lang.cli.manners import Manners, goes_on
    from mmm_lang.git.errors import GitError
    from mmm_lang.git.repository import Repository
    from mmm_lang.process.errors import ProcessError
    from mmm_lang.runtime.cook import cook, looked_at, prepare
    from mmm_lang.runtime.requirements import RequirementsMissing, nothing_has_run
    from mmm_lang.worktrees.unmended import refuse_cut_off_merge

    try:
        manners = manners or Manners()
        with nothing_has_run():
            repository = Repository.find(options.path)
            refuse_cut_off_merge(repository)
        ground = looked_at(repository, options.allow_dirty)
        kitchen = prepare(
            compiled.plan,
            compiled.path,
            compiled.source.text,
            options,
            environ,
            manners.answer,
            ground=ground,
        )
        if kitchen.died is not None:
            note_killed(kitchen.repository, kitchen.died)
        sessions = os.path.join(kitchen.repository.common_dir, "mmm", "sessions")
        with watching(compiled.plan, sessions, view) as view_watcher:
            watcher = listen(view_watcher)
            outcome = goes_on(manners, kitchen.repository, watcher, environ)(cook(kitchen, watcher))
    except RequirementsMissing as error:
        raise refused(error) from None
    except (GitError, ProcessError, OSError) as error:
        raise stopped(error, options.path) from None
    for note in outcome.notes:
        write_message(f"warning: {note}")
    return outcome


def note_killed(repository: Repository, session: str) -> None:
    """Say that a session was killed here before, and what goes on with it: itself, or the map that it is a part of."""
    from mmm_lang.cli.maps_here import owner_here

    whole = owner_here(repository, session) or session
    write_message(f"note: session {session} was killed here; `mmm resume {whole}` goes on with it")


@contextmanager
def watching(plan: Plan, sessions: str, view: View) -> Iterator[Watching]:
    """The watcher for this view: JSON lines, the live view where a person looks on, else plain lines."""
    from mmm_lang.report.console import Console

    if view == "json":
        from mmm_lang.report.json_lines import JsonLines

        yield JsonLines(write_line)
        return
    if view == "quiet":
        from mmm_lang.report.quiet import Quiet

        yield Quiet(Console(plan, write_line, sessions, verbose=False))
        return
    if not person_looks_on():
        yield Console(plan, write_line, sessions, verbose=view == "verbose")
        return
    from mmm_lang.report.live import LiveView

    verbose = view == "verbose"
    live = LiveView(lambda line, width: Console(plan, line, sessions, verbose=verbose, width=width))
    try:
        yield live
    finally:
        live.close()


def write_line(line: str) -> None:
    """A line of what is told of a session, which is worth less than the session: it goes on where this cannot."""
    try:
        write_output(line + "\n")
    except UsageFailure as failure:
        write_message(f"warning: {failure}; the session goes on")


def person_looks_on() -> bool:
    """Whether somebody sees what moves: standard output is a terminal that shows it, and nobody wants it otherwise."""
    plain = os.environ.get("TERM") == "dumb" or "NO_COLOR" in os.environ
    automatic = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return is_terminal(sys.stdout) and not plain and not automatic


def refused(error: RequirementsMissing) -> NotCooked:
    """Nothing was run: say what is missing, a sentence and a next step each."""
    for problem in error.problems:
        write_message(f"error: {problem.message}")
        if problem.help:
            write_message(f"  help: {problem.help}")
    return NotCooked(EXIT_USAGE)


def stopped(error: Exception, folder: str) -> NotCooked:
    """The world gave way under a running session: its work stays where it is."""
    from mmm_lang.cli.gave_way import advice_for, reason_of

    write_message(f"error: the session had to stop: {reason_of(error, folder)}")
    write_message("  nothing was reset: what it did is in the work tree, and its journal in the git folder")
    write_message(f"  help: {advice_for(error, folder)}")
    return NotCooked(EXIT_FAILED)
