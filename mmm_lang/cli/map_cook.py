"""``mmm cook`` and ``mmm resume`` of maps: from what the command line asks to the table of what became of each item."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from mmm_lang.cli.boards import board
from mmm_lang.cli.cook import View, note_killed, refused, stopped
from mmm_lang.cli.manners import Manners, typed, wait_for_quota
from mmm_lang.cli.map_front import MapFront
from mmm_lang.cli.repositories import columns
from mmm_lang.cli.terminal import is_terminal, write_message, write_output
from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import plural
from mmm_lang.git.errors import GitError
from mmm_lang.maps.beginning import Wishes, make_folder, prepare_map
from mmm_lang.maps.events import Verdict
from mmm_lang.maps.kitchen import MapKitchen, MapPlans
from mmm_lang.maps.resuming import MapChanges, resumed, stopped_map
from mmm_lang.maps.running import MapOutcome, begin_map, go_on_with_map
from mmm_lang.maps.state import MapState
from mmm_lang.maps.table import summary
from mmm_lang.process.errors import ProcessError
from mmm_lang.runtime.cook import Options, Watching
from mmm_lang.runtime.journal import JournalDamaged
from mmm_lang.runtime.requirements import Problem, RequirementsMissing
from mmm_lang.sessions.folders import sessions_path
from mmm_lang.worktrees.checks import checks_after_merge, written
from mmm_lang.worktrees.map_lock import MapAtWork, map_at_work

if TYPE_CHECKING:
    from mmm_lang.cli.compiled import Compiled
    from mmm_lang.git.repository import Repository


@frozen
class Service:
    """How a map is shown, and how its questions are answered. ``resolves``: an agent is called for conflicts."""

    view: View
    environ: Mapping[str, str]
    manners: Manners
    resolves: bool = True
    listen: Callable[[Watching], Watching] = lambda watcher: watcher


def _plans_of(compiled: Compiled, options: Options) -> MapPlans:
    """What a playbook runs for its items, before and after them, and after each merge."""
    plans = compiled.plans.for_given_items() if options.map or options.args else compiled.plans
    return MapPlans(
        plans.body, plans.opening, plans.reduce, written(checks_after_merge(plans.body, plans.merge))
    )


def cook_map(compiled: Compiled, options: Options, wishes: Wishes, service: Service) -> int:
    """Run a playbook for its items and show it. The exit code. Raises `NotCooked`, after saying why."""
    try:
        kitchen = prepare_map(
            _plans_of(compiled, options),
            compiled.path,
            compiled.source.text,
            options,
            wishes,
            service.environ,
            service.manners.answer,
        )
        if kitchen.died is not None:
            note_killed(kitchen.repository, kitchen.died)
        with map_at_work(kitchen.repository.common_dir, kitchen.started.session):
            make_folder(kitchen)
            outcome = _served(kitchen, service, lambda front: begin_map(kitchen, front))
            return _to_its_end(kitchen.repository, outcome, service)
    except RequirementsMissing as error:
        raise refused(error) from None
    except (GitError, ProcessError, OSError) as error:
        raise stopped(error, options.path) from None


def resume_map(
    repository: Repository, map: str, folder: str, changes: MapChanges, service: Service, path: str
) -> int:
    """Go on with a map. The exit code. Raises `NotCooked`, after saying why."""
    try:
        with map_at_work(repository.common_dir, map):
            outcome = _gone_on(repository, folder, changes, service)
            return _to_its_end(repository, outcome, service)
    except MapAtWork as error:
        raise refused(RequirementsMissing((Problem(str(error), ""),))) from None
    except JournalDamaged as error:
        what = Problem(f"the journal of map {map} is damaged: {error}", "its items are sessions, and stay")
        raise refused(RequirementsMissing((what,))) from None
    except RequirementsMissing as error:
        raise refused(error) from None
    except (GitError, ProcessError, OSError) as error:
        raise stopped(error, path) from None


def _gone_on(repository: Repository, folder: str, changes: MapChanges, service: Service) -> MapOutcome:
    found = stopped_map(repository, folder, changes, service.environ, service.manners.answer)
    if changes.failed and not any(one.failed for one in found.state.items or ()):
        what = f"no item of map {found.kitchen.started.session} has failed"
        raise RequirementsMissing((Problem(what, "`mmm resume` without `--failed` goes on with the others"),))
    event = resumed(found, changes)
    return _served(
        found.kitchen, service, lambda front: go_on_with_map(found.kitchen, front, found.entries, event)
    )


def _served(kitchen: MapKitchen, service: Service, run: Callable[[MapFront], MapOutcome]) -> MapOutcome:
    """Run a part of a map in front of people."""
    sessions = sessions_path(kitchen.repository.common_dir)
    with board(sessions, service.view) as shown:
        front = MapFront(
            shown,
            kitchen,
            service.view,
            sessions,
            service.environ,
            service.manners,
            kitchen.started.lanes,
            service.resolves and kitchen.started.resolves,
            service.listen,
        )
        outcome = run(front)
    for note in outcome.notes:
        write_message(f"warning: {visible(note)}")
    return outcome


def _to_its_end(repository: Repository, outcome: MapOutcome, service: Service) -> int:
    """Wait for the quota and merge, where that is wanted; say what became of the items. The exit code."""
    while service.manners.wait and outcome.finished.reason == "quota":
        wait_for_quota(_resets(outcome.state))
        outcome = _gone_on(repository, outcome.folder, MapChanges(), service)
    left = sum(one.to_merge and one.not_merged is None for one in outcome.state.items or ())
    over = left and not outcome.state.merges and not outcome.state.stops
    if over and service.view != "json" and _has_branch(outcome.state) and _wanted(left):
        outcome = _gone_on(repository, outcome.folder, MapChanges(merges=True), service)
        over = False
    if service.view != "json":
        write_output(summary(outcome.state, outcome.finished, columns()))
    _advise(outcome, left if over else 0, service)
    return outcome.finished.exit_code


def _advise(outcome: MapOutcome, left: int, service: Service) -> None:
    """The commands that go on from here."""
    lines = []
    if left and not _has_branch(outcome.state):
        one = next(one for one in outcome.state.items or () if one.to_merge)
        what = f"the work of {plural(left, 'item')} is on branches of its own, since HEAD was detached"
        lines.append(f"{what}; check out a branch and run `git merge {one.worktree}`")
    elif left:
        lines.append(f"to merge the work of {plural(left, 'item')}, run: mmm resume {outcome.session} --yes")
    elif outcome.finished.status != "succeeded" and _goes_on(outcome.state):
        lines.append(f"to go on: mmm resume {outcome.session}")
    if outcome.finished.failed:
        lines.append(f"to try what failed again: mmm resume --failed {outcome.session}")
    for line in lines:
        if service.view == "json":
            write_message(line)
        else:
            write_output(f"   {line}\n")


def _has_branch(state: MapState) -> bool:
    """Whether there is a branch that the items could be merged into."""
    return state.started is not None and state.started.branch is not None


def _goes_on(state: MapState) -> bool:
    """Whether `mmm resume` has more to do than to end again: items that failed want `--failed`."""
    unfinished = any(not one.succeeded and not one.failed for one in state.items or ())
    return unfinished or bool(state.stops) or any(one.to_merge for one in state.items or ())


def _resets(state: MapState) -> float | None:
    """When the quota is there again, as far as anybody said so (UNIX seconds)."""
    stopped = (one for one in state.stops if isinstance(one, Verdict))
    times = [one.resets_epoch for one in (*state.verdicts, *stopped) if one.resets_epoch is not None]
    return max(times, default=None)


def _wanted(count: int) -> bool:
    """Whether a person at a terminal wants the items merged; nobody else is asked, and silence is a no."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return False
    what = "worktree" if count == 1 else f"{count} worktrees"
    try:
        said = typed(f"Would you like to merge the completed {what} now? (y/N): ")
    except KeyboardInterrupt:
        said = None
    if said is None:
        write_output("\n")
        return False
    return said.strip().lower() in ("y", "yes")
