"""A map before its first event: everything that it needs is looked for, and what it was told is kept."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from mmm_lang import __version__
from mmm_lang.git.preconditions import BESIDE_CHANGES
from mmm_lang.git.repository import Repository
from mmm_lang.maps.events import MAP_VERSION, MapStarted
from mmm_lang.maps.finding import items_now
from mmm_lang.maps.kitchen import MapKitchen, MapPlans, pin
from mmm_lang.plan.bounds import iterations_of
from mmm_lang.plan.ir import MapHeader
from mmm_lang.runtime.cook import Ground, Options, limits_of, looked_at, new_session_id, prepare
from mmm_lang.runtime.items import with_given_items
from mmm_lang.runtime.life import Ask, nobody
from mmm_lang.runtime.requirements import (
    Item,
    Problem,
    RequirementsMissing,
    inputs_of,
    nothing_has_run,
)
from mmm_lang.worktrees.items import item_stem
from mmm_lang.worktrees.unmended import is_merged_here, refuse_cut_off_merge


@frozen
class Wishes:
    """What the command line asks of a map beyond a session's options.

    ``lanes``: items at once, each in a worktree; ``None``: as the playbook says. ``together``: all of them in the tree of
    the options' path, whatever the playbook says. ``merges``: their work is merged as they end; ``resolves``: an agent is
    called for conflicts. ``keeps``: somebody said what becomes of a failed iteration's work.
    """

    lanes: int | None = None
    together: bool = False
    merges: bool = False
    resolves: bool = True
    keeps: bool = False


def map_header(plans: MapPlans, options: Options) -> MapHeader | None:
    """What a playbook is run for; ``None``: for nothing, it is one session."""
    return with_given_items(plans.body.header.map, options.map, options.args)


def prepare_map(
    plans: MapPlans,
    playbook: str,
    text: str,
    options: Options,
    wishes: Wishes,
    environ: Mapping[str, str],
    ask: Ask = nobody,
) -> MapKitchen:
    """Look at everything that a map needs, and settle what it is told; nothing is changed.

    ``playbook`` is the path as people wrote it, ``text`` its content. Raises `RequirementsMissing` with what is missing.
    """
    header = map_header(plans, options)
    assert header is not None
    lanes = 1 if wishes.together else wishes.lanes or header.parallel
    apart = not wishes.together and (wishes.lanes is not None or lanes > 1)
    with nothing_has_run():
        repository = Repository.find(options.path)
        refuse_cut_off_merge(repository, beside=apart and plans.opening is None)
    inputs = inputs_of(plans.body, options.inputs)
    items = None if plans.opening is not None else items_now(header, repository.root, inputs)
    died = _refuse_what_is_missing(
        repository, plans, playbook, text, options, wishes, environ, ask, items, apart=apart
    )
    with nothing_has_run():
        head = repository.head()
        stem = item_stem(repository, plans.body.header.name, time.time()) if apart else None
    if apart and wishes.merges and head.branch is None:
        what = "HEAD is detached, so there is no branch that the items could be merged into"
        raise RequirementsMissing((Problem(what, "check out a branch, or leave `--yes` out"),))
    limits, each = limits_of(plans.body, options), header.limits
    started = MapStarted(
        session=new_session_id(time.time()),
        playbook=playbook,
        name=plans.body.header.name,
        items=items,
        head=head.commit,
        branch=head.branch,
        work_tree=repository.root,
        max_iterations=iterations_of(plans.body, options.max_iterations, items=True),
        lanes=lanes,
        worktrees=stem,
        merges=apart and wishes.merges,
        reduces=plans.reduce is not None,
        fail_fast=options.fail_fast or header.fail_fast,
        globs=options.map,
        values=options.args,
        inputs=inputs,
        agent_calls=limits.agent_calls,
        cost_usd=limits.cost_usd,
        duration=limits.duration,
        each_agent_calls=each.agent_calls,
        each_cost_usd=each.cost_usd,
        each_duration=each.duration,
        on_failure="keep" if apart and not wishes.keeps else options.on_failure,
        agent=options.agent,
        bypass=options.bypass,
        allow_dirty=options.allow_dirty,
        verify=options.verify,
        resolves=wishes.resolves,
        setup=options.setup,
        replay=_absolute(options.replay),
        record=_absolute(options.record),
        mmm=__version__,
        version=MAP_VERSION,
    )
    iterations = started.max_iterations
    return MapKitchen(started, plans, text, repository, environ, limits, iterations, ask, died)


def make_folder(kitchen: MapKitchen) -> None:
    """Make the folder of a map, with its copies of playbook and plans. Raises `RequirementsMissing`."""
    with nothing_has_run():
        kitchen.repository.write_ignore()
        os.makedirs(kitchen.folder, mode=0o700, exist_ok=True)
        pin(kitchen.folder, kitchen.text, kitchen.plans)


def _refuse_what_is_missing(
    repository: Repository,
    plans: MapPlans,
    playbook: str,
    text: str,
    options: Options,
    wishes: Wishes,
    environ: Mapping[str, str],
    ask: Ask,
    items: Sequence[Item] | None,
    *,
    apart: bool,
) -> str | None:
    """The session that was killed here before. Raises `RequirementsMissing`, once for all plans.

    Uncommitted changes are in nobody's way where all the work is done elsewhere and stays there.
    """
    elsewhere = apart and not wishes.merges and plans.opening is None and plans.reduce is None
    strict = apart and wishes.merges
    looked = evolve(options, allow_dirty=not strict and (options.allow_dirty or elsewhere))
    ground = _ground(repository, looked.allow_dirty, beside=apart and plans.opening is None)
    problems = dict.fromkeys(ground.problems)
    for plan in (plans.body, plans.opening, plans.reduce):
        if plan is None:
            continue
        try:
            for_items = (items or ()) if plan is plans.body else ()
            prepare(plan, playbook, text, looked, environ, ask, for_items, ground)
        except RequirementsMissing as missing:
            problems.update(dict.fromkeys(missing.problems))
    if strict:
        problems = {_merged_here(one): None for one in problems}
    if problems:
        raise RequirementsMissing(tuple(problems))
    return ground.died


def _ground(repository: Repository, allow_dirty: bool, *, beside: bool) -> Ground:
    """The work tree that the map is begun from. ``beside``: nothing of it runs there at first.

    What another mmm that merges there now has half done is gone when this map has something to merge itself.
    """
    with nothing_has_run():
        before = is_merged_here(repository)
    ground = looked_at(repository, allow_dirty)
    with nothing_has_run():
        merged = before or is_merged_here(repository)
    return evolve(ground, problems=()) if beside and merged else ground


def _merged_here(problem: Problem) -> Problem:
    """What to do about a problem where items are merged into this work tree: nothing helps but a clean one."""
    if problem.help != BESIDE_CHANGES:
        return problem
    return evolve(problem, help="commit or stash them: the items are merged into this work tree")


def _absolute(path: str | None) -> str | None:
    return None if path is None else os.path.abspath(path)
