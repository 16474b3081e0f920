"""What can happen in a map: the vocabulary of its journal (spec/journal.md, Maps).

Every event is a plain value. ``state.advance`` folds them into the state of a map, ``decide.moves`` says what may begin
then. Items count from 1. Times are in seconds, money is in US dollars. Each item is a session with a journal of its own:
here is only what concerns all of them.
"""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from mmm_lang.runtime.events import Reason, SessionStatus
from mmm_lang.runtime.requirements import Item

MAP_VERSION = 1

MapReason = Literal[
    Reason,
    "done",
    "no-items",
    "items-failed",
    "not-merged",
    "not-begun",
    "refused",
    "gave-way",
]
"""Why a part of a map, or the map, ended: the reasons of sessions, and these. ``done``: all items succeeded;
``no-items``: there were none; ``items-failed``: of at least one item the session failed; ``not-merged``: work of an item
is not in the branch it belongs to; ``not-begun``: items are left that nobody asked for; ``refused``: a session could not
begin or go on; ``gave-way``: disk, git or keeper gave way under it."""


@frozen
class MapStarted:
    """The map begins: nothing of it has run. ``lanes`` items run at once at most.

    ``items`` are there from the beginning, or ``None``: the opening finds them. ``worktrees`` is how the names of the
    items' worktrees begin (`mmm-review-1795348704`: item 3 works in `mmm-review-1795348704-3`); ``None``: all of them
    work in the tree that the map was started from. ``merges``: their work is merged as they end. ``reduces``: steps
    follow once all have ended. The limits are those of all sessions together; those of an item are ``each_…``.
    ``inputs`` are variables as sessions know them (`inputs.NAME`). ``version`` is that of this vocabulary.
    """

    session: str
    playbook: str
    name: str
    items: tuple[Item, ...] | None
    head: str
    branch: str | None
    work_tree: str
    max_iterations: int
    lanes: int = 1
    worktrees: str | None = None
    merges: bool = False
    reduces: bool = False
    fail_fast: bool = False
    globs: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    """What `--map` and `--args` said, in the place of the playbook's `over`."""
    inputs: dict[str, str] = field(factory=dict)
    agent_calls: int | None = None
    cost_usd: float | None = None
    duration: float | None = None
    each_agent_calls: int | None = None
    each_cost_usd: float | None = None
    each_duration: float | None = None
    on_failure: Literal["rollback", "keep"] = "rollback"
    agent: str = "claude"
    bypass: bool = False
    allow_dirty: bool = False
    verify: bool = True
    resolves: bool = True
    """Whether an agent is called where a merge conflicts."""
    setup: bool = False
    """Whether the tree that the map was started from is a fresh one, in which `setup:` runs first."""
    replay: str | None = None
    record: str | None = None
    mmm: str = ""
    version: int = field(kw_only=True)


@frozen
class OpeningStarted:
    """The items are about to be looked up, after the steps of `map.setup`, where there are any. ``attempt``: from 1."""

    attempt: int


@frozen
class Verdict:
    """How a session of a map ended, with its figures; ``cost_usd`` is ``None`` where nobody knows it of a call.

    ``of_all``: what stopped it is a limit of all items together, or concerns them all; nothing else is begun then.
    ``resets_epoch``: when a quota is there again that it waits for (UNIX seconds). ``session`` is ``None`` where none
    had begun; ``entries`` is how many lines its journal had. ``notes``: what could not be tidied up.
    """

    status: SessionStatus
    reason: MapReason
    message: str
    exit_code: int
    session: str | None = None
    iterations: int = 0
    commits: int = 0
    calls: int = 0
    cost_usd: float | None = 0.0
    charged_usd: float = 0.0
    duration: float = 0.0
    of_all: bool = False
    resets_epoch: float | None = None
    entries: int = 0
    notes: tuple[str, ...] = ()


@frozen
class OpeningFinished:
    """``items`` in the order in which they are begun; ``None``: they were not found, and ``verdict`` says why."""

    items: tuple[Item, ...] | None
    verdict: Verdict


@frozen
class ItemStarted:
    """An item is about to begin, or to go on: nothing of this attempt has been done. ``worktree`` is the name of its
    branch and worktree, made by whoever comes first; ``None``: it works in place."""

    index: int
    attempt: int
    worktree: str | None = None


@frozen
class ItemFinished:
    index: int
    verdict: Verdict


@frozen
class MergeStarted:
    """The work of an item is about to be merged into the branch that the map was started from."""

    index: int


@frozen
class ItemMerged:
    """``commit`` is where that branch is now; ``calls`` and ``cost_usd`` what the merge took of agents."""

    index: int
    commit: str
    calls: int = 0
    cost_usd: float | None = 0.0


@frozen
class ItemNotMerged:
    """The work of an item is not in the branch: why, and what a person can do about it. All is as before the merge.

    ``stop``: how a session that was to help ended, where other items would meet the same; then it is still to be merged.
    """

    index: int
    why: str
    help: str = ""
    calls: int = 0
    cost_usd: float | None = 0.0
    stop: Verdict | None = None


@frozen
class ReduceStarted:
    """The steps of `reduce:` are about to run, or to go on. ``round`` counts from 1: items that failed and were run again
    make them run anew, in a session of their own."""

    attempt: int
    round: int = 1


@frozen
class ReduceFinished:
    verdict: Verdict


@frozen
class MapHalted:
    """Nothing is begun any more: a signal came, time is up, or something gave way. What runs comes to its end."""

    status: SessionStatus
    reason: MapReason
    message: str
    exit_code: int


@frozen
class MapResumed:
    """The map goes on in another process, or after its end. All limits are those that hold from now on, for all parts.

    ``failed``: just the items that failed are run again. ``elapsed`` is how long its earlier parts took.
    """

    elapsed: float
    failed: bool = False
    merges: bool = False
    agent_calls: int | None = None
    cost_usd: float | None = None
    duration: float | None = None
    max_iterations: int | None = None
    mmm: str = ""


@frozen
class MapFinished:
    """The end of a map, or of a part of it, where it was resumed. ``items`` were found, so many ``succeeded`` and
    ``failed``; ``merged`` are those whose work came into the branch in the end."""

    status: SessionStatus
    reason: MapReason
    message: str
    exit_code: int
    items: int = 0
    succeeded: int = 0
    failed: int = 0
    merged: int = 0
    commits: int = 0
    calls: int = 0
    cost_usd: float | None = 0.0
    charged_usd: float = 0.0


MapEvent = (
    MapStarted
    | OpeningStarted
    | OpeningFinished
    | ItemStarted
    | ItemFinished
    | MergeStarted
    | ItemMerged
    | ItemNotMerged
    | ReduceStarted
    | ReduceFinished
    | MapHalted
    | MapResumed
    | MapFinished
)

Ended = OpeningFinished | ItemFinished | ItemMerged | ItemNotMerged | ReduceFinished | MapHalted
"""What is reported of a move that has ended, or of the world outside."""

MAP_EVENT_NAMES: dict[type[MapEvent], str] = {
    MapStarted: "map_started",
    OpeningStarted: "opening_started",
    OpeningFinished: "opening_finished",
    ItemStarted: "item_started",
    ItemFinished: "item_finished",
    MergeStarted: "merge_started",
    ItemMerged: "item_merged",
    ItemNotMerged: "item_not_merged",
    ReduceStarted: "reduce_started",
    ReduceFinished: "reduce_finished",
    MapHalted: "map_halted",
    MapResumed: "map_resumed",
    MapFinished: "map_finished",
}
