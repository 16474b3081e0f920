"""A map that is not running, as its folder tells it, and what it is told when it goes on."""

from __future__ import annotations

import os
from collections.abc import Mapping

from attrs import field, frozen

from mmm_lang import __version__
from mmm_lang.git.repository import Repository
from mmm_lang.maps.events import MapResumed
from mmm_lang.maps.journal import MapEntry, read_map
from mmm_lang.maps.kitchen import MapKitchen, limits_from, pinned
from mmm_lang.maps.running import elapsed_of_map
from mmm_lang.maps.state import MapState, fold
from mmm_lang.plan.ir import Limits
from mmm_lang.runtime.life import Ask, nobody
from mmm_lang.runtime.requirements import Problem, RequirementsMissing, nothing_has_run


@frozen
class Stopped:
    """A map that does not run."""

    entries: tuple[MapEntry, ...]
    state: MapState
    kitchen: MapKitchen


@frozen
class MapChanges:
    """What the command line asks for; ``None``: as it was. ``failed``: just the items that failed are run again;
    ``merges``: their work is merged."""

    failed: bool = False
    merges: bool = False
    max_iterations: int | None = None
    limits: Limits = field(factory=Limits)


def stopped_map(
    repository: Repository,
    folder: str,
    changes: MapChanges,
    environ: Mapping[str, str],
    ask: Ask = nobody,
) -> Stopped:
    """Read a map, to go on with it. The caller holds ``map_at_work``.

    Raises ``JournalDamaged``, and `RequirementsMissing` where its plans or its work tree are gone.
    """
    with nothing_has_run():
        entries = tuple(read_map(folder))
    state = fold(entry.event for entry in entries)
    started = state.started
    if started is None:
        what = Problem(f"`{folder}` holds no map", "`mmm sessions ls` lists all there are")
        raise RequirementsMissing((what,))
    if not os.path.isdir(started.work_tree):
        what = Problem(
            f"the work tree of map {started.session}, `{started.work_tree}`, is gone",
            "its commits are on its branches, if those are still there",
        )
        raise RequirementsMissing((what,))
    with nothing_has_run():
        place = Repository.find(started.work_tree)
    if not os.path.samefile(place.common_dir, repository.common_dir):
        what = Problem(
            f"map {started.session} ran in `{started.work_tree}`, which belongs to another repository",
            f"go on with it there: `mmm resume --path {started.work_tree}`",
        )
        raise RequirementsMissing((what,))
    text, plans = pinned(folder)
    last = state.resumed
    held = limits_from(started)
    if last is not None:
        held = Limits(agent_calls=last.agent_calls, cost_usd=last.cost_usd, duration=last.duration)
    named = changes.limits
    limits = Limits(
        agent_calls=named.agent_calls or held.agent_calls,
        cost_usd=named.cost_usd or held.cost_usd,
        duration=named.duration or held.duration,
    )
    iterations = changes.max_iterations or (last and last.max_iterations) or started.max_iterations
    kitchen = MapKitchen(started, plans, text, place, environ, limits, iterations, ask, raised=named)
    return Stopped(entries, state, kitchen)


def resumed(stopped: Stopped, changes: MapChanges) -> MapResumed:
    """The event with which a map goes on."""
    limits, started = stopped.kitchen.limits, stopped.kitchen.started
    has_place = started.worktrees is not None and started.branch is not None
    return MapResumed(
        round(elapsed_of_map(stopped.entries), 3),
        failed=changes.failed,
        merges=has_place and (changes.merges or stopped.state.merges),
        agent_calls=limits.agent_calls,
        cost_usd=limits.cost_usd,
        duration=limits.duration,
        max_iterations=stopped.kitchen.max_iterations,
        mmm=__version__,
    )
