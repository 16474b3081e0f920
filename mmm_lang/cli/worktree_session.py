"""``mmm cook --worktree``: a session in a work tree of its own, and what becomes of its branch in the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from mmm_lang.cli.cook import EXIT_FAILED, NotCooked, View, cook_compiled, refused
from mmm_lang.cli.manners import Manners, typed
from mmm_lang.cli.terminal import is_terminal, write_message, write_output
from mmm_lang.cli.watchers import Remembering
from mmm_lang.diagnostics.display import visible
from mmm_lang.git.linked import branch_tip, commits_ahead
from mmm_lang.git.repository import Repository
from mmm_lang.process.identity import identity_of
from mmm_lang.runtime.cook import Options, Watching
from mmm_lang.runtime.requirements import RequirementsMissing, nothing_has_run
from mmm_lang.worktrees.making import discard, make, remember_session
from mmm_lang.worktrees.record import WorktreeRecord, read_record

if TYPE_CHECKING:
    from mmm_lang.cli.compiled import Compiled


@frozen
class Ending:
    """How a session in a work tree is to end: ``yes`` merges without a question, ``agent`` resolves conflicts.

    ``tell`` takes lines for a person.
    """

    view: View
    environ: Mapping[str, str]
    manners: Manners
    agent: bool
    tell: Callable[[str], None]


def ending(view: View, environ: Mapping[str, str], manners: Manners, *, agent: bool) -> Ending:
    """An ending whose lines go where they do not disturb the events of `--format json`."""

    def tell(line: str) -> None:
        if view == "json":
            write_message(line)
        else:
            write_output(f"{line}\n")

    return Ending(view, environ, manners, agent, tell)


def cook_in_worktree(compiled: Compiled, options: Options, kept: bool, end: Ending, *, is_map: bool) -> int:
    """Make a work tree, cook in it, and merge it where that is wanted. The exit code.

    ``kept``: the user wants a failed iteration's work to be kept or rolled back as ``options`` say. ``is_map``: all items
    run in it, one after another.
    """
    from mmm_lang.worktrees.checks import checks_after_merge, written

    repository, record = _made(
        compiled, options, end, written(checks_after_merge(compiled.plan, compiled.merge))
    )
    inside = evolve(options, path=record.path, on_failure=options.on_failure if kept else "keep", setup=True)
    name, common = record.name, repository.common_dir

    def listen(watcher: Watching) -> Watching:
        return Remembering(watcher, lambda session: remember_session(common, name, session))

    try:
        if is_map:
            code = _cook_items(compiled, inside, end, listen)
        else:
            outcome = cook_compiled(compiled, inside, end.view, end.environ, end.manners, listen)
            code = outcome.finished.exit_code
    except NotCooked:
        known = read_record(common, name)
        if known is not None and not known.sessions:
            discard(repository, known)
            end.tell(f"   the worktree {name} was removed again: nothing ran in it")
        raise
    return end_in_worktree(repository, name, code, end)


def _cook_items(
    compiled: Compiled, options: Options, end: Ending, listen: Callable[[Watching], Watching]
) -> int:
    from mmm_lang.cli.map_cook import Service, cook_map
    from mmm_lang.maps.beginning import Wishes

    service = Service(end.view, end.environ, end.manners, end.agent, listen)
    return cook_map(compiled, options, Wishes(together=True, keeps=True), service)


def _made(
    compiled: Compiled, options: Options, end: Ending, checks: str | None
) -> tuple[Repository, WorktreeRecord]:
    template = WorktreeRecord(
        name="",
        path="",
        playbook=compiled.plan.header.name,
        created=0.0,
        origin=None,
        commit="",
        checks=checks,
        inputs=dict(options.inputs),
        agent=options.agent,
        replay=None if options.replay is None else os.path.abspath(options.replay),
        verify=options.verify,
        bypass=options.bypass,
        maker=identity_of(os.getpid()),
    )
    try:
        with nothing_has_run():
            repository = Repository.find(options.path)
            made = make(repository, template, end.environ)
    except RequirementsMissing as error:
        raise refused(error) from None
    end.tell(f"🌳 Created worktree: {made.record.name} at {_short(made.record.path)}")
    for note in made.notes:
        write_message(f"note: {visible(note)}")
    return repository, made.record


def end_in_worktree(repository: Repository, name: str, code: int, end: Ending) -> int:
    """Say what became of a work tree's sessions, which ended with ``code``, and merge it where that is wanted.

    The exit code.
    """
    record = read_record(repository.common_dir, name)
    if record is None:
        return code
    if code != 0:
        end.tell(f"🌳 The worktree stays as it is: {name} at {_short(record.path)}")
        return code
    end.tell(f"✅ Improvements completed in worktree: {name}")
    if _has_nothing_new(repository, record):
        end.tell(f"   it has no commits of its own; to remove it: mmm worktree clean {name}")
        return code
    wanted = end.manners.yes or _asked("Would you like to merge the completed worktree now? (y/N): ")
    if not wanted:
        end.tell(f"   to merge changes, run: mmm worktree merge {name}")
        return code
    return code if _merge(repository, name, end) else EXIT_FAILED


def _has_nothing_new(repository: Repository, record: WorktreeRecord) -> bool:
    git, tip = repository.git, branch_tip(repository.git, record.name)
    if record.origin is None or branch_tip(git, record.origin) is None:
        return tip == record.commit
    return tip is not None and commits_ahead(git, record.name, record.origin) == 0


def _merge(repository: Repository, name: str, end: Ending) -> bool:
    from mmm_lang.cli.worktree_merge import merge_one

    return merge_one(repository, name, end) == 0


def _asked(question: str) -> bool:
    """The answer of a person at a terminal; nobody else is asked, and silence is a no."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return False
    try:
        said = typed(question)
    except KeyboardInterrupt:
        said = None
    if said is None:
        write_output("\n")
        return False
    return said.strip().lower() in ("y", "yes")


def _short(path: str) -> str:
    """A path below the user's home as people write it."""
    start = os.path.join(os.path.realpath(os.path.expanduser("~")), "")
    return f"~/{path.removeprefix(start)}" if path.startswith(start) else path
