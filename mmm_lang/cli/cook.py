"""``mmm cook``: run a playbook."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from mmm_lang.cli.durations import amount, duration, positive_count, setting
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import is_terminal, write_message, write_output

if TYPE_CHECKING:
    from mmm_lang.cli.compiled import Compiled
    from mmm_lang.cli.manners import Manners
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


_NOT_YET = {
    "parallel": ("--parallel", "items of `--map` and `--args` run one after another"),
}
"""Flags of a later version, and what serves until then."""


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
        help="iterations at most (default: the playbook's, or 10)",
    )
    add(
        "--map",
        metavar="GLOB",
        action="append",
        default=[],
        help="run once for each file that matches; may be repeated",
    )
    add(
        "--args",
        metavar="VALUE",
        action="append",
        default=[],
        help="run once for each value; may be repeated",
    )
    add("--fail-fast", action="store_true", help="stop at the first item that fails")
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
    add("--replay", metavar="FILE", help="answer from a recording (implies `--agent replay`)")
    add("--record", metavar="FILE", help="keep what agents answer and change as a recording for `--replay`")
    add("--max-calls", metavar="N", type=positive_count, help="agent calls at most")
    add("--max-cost", metavar="USD", type=amount, help="US dollars at most")
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
    for name in _NOT_YET:
        add(_NOT_YET[name][0], metavar="VALUE", help="not in this version")
    add("-w", "--worktree", action="store_true", help="work in a fresh git worktree, on a branch of its own")
    add("--no-agent", action="store_true", help="where a worktree's merge conflicts, say so; call no agent")
    add("-y", "--yes", action="store_true", help="answer yes to every question")


def run(arguments: argparse.Namespace) -> int:
    """Cook; the exit codes are in spec/runtime.md."""
    from mmm_lang.cli.compiled import PlaybookHasErrors, compile_named

    for name, (flag, advice) in _NOT_YET.items():
        if getattr(arguments, name):
            raise UsageFailure(f"`{flag}` is not in this version; {advice}")
    if arguments.called.endswith(" improve"):
        write_message("note: `mmm improve` is now called `mmm cook`")
    if arguments.dry_run:
        from mmm_lang.cli.plan import show_plan

        return show_plan(arguments)
    try:
        compiled = compile_named(arguments.playbook)
    except PlaybookHasErrors:
        return EXIT_FAILED
    try:
        if arguments.worktree:
            from mmm_lang.cli.worktree_session import cook_in_worktree, ending

            end = ending(view_of(arguments), os.environ, manners_of(arguments), agent=not arguments.no_agent)
            return cook_in_worktree(compiled, options_of(arguments), arguments.on_failure is not None, end)
        outcomes = cook_compiled(
            compiled, options_of(arguments), view_of(arguments), os.environ, manners_of(arguments)
        )
    except NotCooked as stopped:
        return stopped.exit_code
    from mmm_lang.runtime.cook import exit_code

    return exit_code(outcomes)


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
) -> tuple[Outcome, ...]:
    """Run a compiled playbook and show it; ``listen`` may put a watcher of its own around the view's.

    Raises `NotCooked`, after saying why.
    """
    from mmm_lang.cli.manners import Manners, goes_on
    from mmm_lang.git.errors import GitError
    from mmm_lang.process.errors import ProcessError
    from mmm_lang.runtime.cook import cook, prepare
    from mmm_lang.runtime.requirements import RequirementsMissing

    try:
        manners = manners or Manners()
        kitchen = prepare(
            compiled.plan, compiled.path, compiled.source.text, options, environ, manners.answer
        )
        if kitchen.died is not None:
            write_message(
                f"note: session {kitchen.died} was killed here; `mmm resume {kitchen.died}` goes on with it"
            )
        sessions = os.path.join(kitchen.repository.common_dir, "mmm", "sessions")
        with watching(compiled.plan, sessions, view) as view_watcher:
            watcher = listen(view_watcher)
            outcomes = cook(kitchen, watcher, goes_on(manners, kitchen.repository, watcher, environ))
    except RequirementsMissing as error:
        raise refused(error) from None
    except (GitError, ProcessError, OSError) as error:
        raise stopped(error, options.path) from None
    for note in (note for outcome in outcomes for note in outcome.notes):
        write_message(f"warning: {note}")
    if kitchen.items and view != "json":
        _write_summary(outcomes, len(kitchen.items))
    return outcomes


@contextmanager
def watching(plan: Plan, sessions: str, view: View) -> Iterator[Watching]:
    """The watcher for this view: JSON lines, the live view where a person looks on, else plain lines."""
    from mmm_lang.report.console import Console

    def write(line: str) -> None:
        try:
            write_output(line + "\n")
        except UsageFailure as failure:  # what is told of a session is worth less than the session
            write_message(f"warning: {failure}; the session goes on")

    if view == "json":
        from mmm_lang.report.json_lines import JsonLines

        yield JsonLines(write)
        return
    if view == "quiet":
        from mmm_lang.report.quiet import Quiet

        yield Quiet(Console(plan, write, sessions, verbose=False))
        return
    if not _person_looks_on():
        yield Console(plan, write, sessions, verbose=view == "verbose")
        return
    from mmm_lang.report.live import LiveView

    verbose = view == "verbose"
    live = LiveView(lambda line, width: Console(plan, line, sessions, verbose=verbose, width=width))
    try:
        yield live
    finally:
        live.close()


def _person_looks_on() -> bool:
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


def _write_summary(outcomes: Sequence[Outcome], total: int) -> None:
    done = sum(1 for outcome in outcomes if outcome.finished.status == "succeeded")
    write_output(f"\n📋 {done} of {total} items succeeded\n")
    for outcome in outcomes:
        sign = "✅" if outcome.finished.status == "succeeded" else "❌"
        label = outcome.item.label if outcome.item is not None else ""
        write_output(f"{sign} {label}: {outcome.finished.message}\n")
    left = total - len(outcomes)
    if left:
        write_output(f"   {left} not begun\n")
