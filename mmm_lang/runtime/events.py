"""What can happen in a session: the vocabulary of the journal (spec/journal.md).

Every event is a plain value. ``fold.advance`` folds them into the state of a session, ``journal`` writes and reads
them, and the reports are folds over the same. Times are UNIX seconds, money is in US dollars.

A step is named by its node key and its ``path``: the number of the run of every group and of the round of every
handler around it, outermost first; of a loop the number of its run and that of the turn. Together they name one place of
one iteration.
"""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

JOURNAL_VERSION = 1

Path = tuple[int, ...]

Status = Literal["succeeded", "failed", "skipped"]

Fault = Literal[
    "exit",
    "timeout",
    "idle",
    "signal",
    "not-started",
    "value",
    "agent",
    "denied",
    "commit-missing",
    "commit-implied",
    "commit-rejected",
    "protected",
    "secret",
    "head-moved",
    "output",
    "inside",
    "cut-off",
    "rejected",
]
"""Why a run failed. The first five and ``agent`` are failures of the process itself, which `retry:` repeats.
``commit-implied`` is a breach of a commit rule that nobody wrote, in a group too; ``inside`` any other failure of a
step of a group; ``cut-off``: it was cut off in the middle and may not be run again; ``rejected``: a person said no."""

SessionStatus = Literal["succeeded", "failed", "budget", "paused", "interrupted"]

Reason = Literal[
    "criteria-met",
    "converged",
    "limit",
    "step-failed",
    "head-moved",
    "budget",
    "quota",
    "approval",
    "auth",
    "recording",
    "interrupted",
    "terminated",
]


@frozen
class Base:
    """What a run starts from: HEAD, its branch (``None``: detached), and the tree of everything uncommitted too.

    ``staged`` is the tree of the user's index, where the session began with changes of the user's own.
    """

    head: str
    tree: str
    branch: str | None = None
    staged: str | None = None


@frozen
class SessionStarted:
    """``version`` is that of the journal; it has no default, so that it is always written. ``setup``: the work tree is a
    fresh one, in which the playbook's `setup:` runs first. ``map``: the map that it is a part of."""

    session: str
    playbook: str
    name: str
    base: Base
    max_iterations: int
    variables: dict[str, str] = field(factory=dict)
    on_failure: Literal["rollback", "keep"] = "rollback"
    agent_calls: int | None = None
    cost_usd: float | None = None
    duration: float | None = None
    agent: str = "claude"
    bypass: bool = False
    mmm: str = ""
    work_tree: str = ""
    allow_dirty: bool = False
    verify: bool = True
    replay: str | None = None
    setup: bool = False
    map: str | None = None
    version: int = field(kw_only=True)


@frozen
class SessionResumed:
    """The session goes on in another process. The limits are those that hold from now on.

    ``elapsed`` is how long its earlier parts ran. ``found`` is what lies in the work tree. ``from_step``: the step to go
    back to. ``again``: the step that had failed and is tried again, as keys from the outermost group inwards.
    """

    elapsed: float
    found: Base
    max_iterations: int
    on_failure: Literal["rollback", "keep"] = "rollback"
    agent_calls: int | None = None
    cost_usd: float | None = None
    duration: float | None = None
    from_step: str | None = None
    again: tuple[str, ...] = ()
    mmm: str = ""


@frozen
class KeeperStarted:
    """The process under which everything else runs from now on, told apart for good from any other of that ``pid``."""

    pid: int
    start: str
    boot: str
    mark: str


How = Literal["taken", "attached", "continued", "settled", "anew"]


@frozen
class StepResumed:
    """How a run that was cut off goes on, written before it is done; ``why`` is a sentence.

    ``taken``: its end is on record; ``attached``: it still runs under its keeper; ``settled``: its end was journalled
    already; ``continued``: the agent goes on in its own session, as run ``run``; ``anew``: the run is undone and made
    again. ``began`` is false where its program had not been started: then there was no call.
    """

    step: str
    path: Path
    attempt: int
    how: How
    why: str
    run: int = 0
    began: bool = True


@frozen
class PutBack:
    """What the rollback of a failed session had taken away is there again, from the rescue reference ``rescue``."""

    from_: str
    to: str
    rescue: str


@frozen
class Approved:
    """A person said yes: to an `approve:` step, or to running a step again that was cut off."""

    step: str
    path: Path
    attempt: int
    question: str


@frozen
class IterationStarted:
    iteration: int
    base: Base


@frozen
class StepStarted:
    """``run`` numbers the runs of the session from 1: outputs are under ``steps/<run>/``. A group has no run (0).

    ``title`` is what people read: the first line of the prompt as the agent gets it, or of the script.
    """

    step: str
    path: Path
    attempt: int
    base: Base
    run: int = 0
    title: str = ""
    items: tuple[str, ...] | None = None
    """Of a loop: what it goes through, each item as JSON text."""
    inputs: dict[str, str] | None = None
    """Of a playbook that is called: the values of its inputs."""
    notes: tuple[str, ...] = ()


@frozen
class TurnStarted:
    """A loop comes to its next item: ``step``, ``path`` and ``attempt`` are the loop's, ``turn`` counts from 1."""

    step: str
    path: Path
    attempt: int
    turn: int


@frozen
class AgentCalled:
    """Just before an agent is started: ``prompt`` is the SHA-256 of what it is told.

    ``cap_usd`` is the most that the call may spend, as the agent was told; it is what the call counts where nobody
    knows what it cost. ``None``: it has no cap.
    """

    step: str
    path: Path
    attempt: int
    agent: str
    agent_session: str
    prompt: str
    cap_usd: float | None = None


@frozen
class StepRan:
    """The process has ended. ``cost_usd`` is ``None`` where it is unknown."""

    step: str
    path: Path
    attempt: int
    exit_code: int | None = None
    duration: float = 0.0
    calls: int = 0
    cost_usd: float | None = 0.0
    fault: Fault | None = None
    reason: str | None = None


@frozen
class BackedOff:
    """The model could not be reached: the same run calls again after ``wait`` seconds, as call number ``call`` of
    ``most``. ``after`` is what was in the way, in a few words."""

    step: str
    path: Path
    attempt: int
    call: int
    most: int
    wait: float
    after: str


@frozen
class StepCommitted:
    """Commits that the run left, oldest first: the agent's own and then mmm's."""

    step: str
    path: Path
    attempt: int
    commits: tuple[str, ...]


@frozen
class StepFinished:
    """The verdict on one run. ``converged``: it ends the iteration, there is nothing more to improve.

    ``outputs`` has `spec` and the declared outputs that are set, ``files`` the paths that the run changed. ``attempt`` is
    0 for a step that was skipped.
    """

    step: str
    path: Path
    attempt: int
    status: Status
    fault: Fault | None = None
    reason: str | None = None
    converged: bool = False
    outputs: dict[str, str] = field(factory=dict)
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@frozen
class HandlerStarted:
    """A repair round begins: ``handler`` is its node key, ``path`` that of its owner, ``round`` counts from 1."""

    handler: str
    path: Path
    round: int


@frozen
class RolledBack:
    """Work was set aside under ``rescue`` and tree and HEAD put back from ``from_`` to ``to``.

    ``step`` is set where it belongs to one run: before a retry, after a moved HEAD, or for the uncommitted files of a
    step that was given up. ``refused`` says why nothing was put back.
    """

    from_: str
    to: str
    rescue: str | None
    why: Literal["session", "retry", "given-up", "head-moved", "cut-off", "asked", "secret"] = "session"
    step: str | None = None
    path: Path = ()
    attempt: int = 0
    refused: str | None = None


@frozen
class IterationFinished:
    """``commits``: how many it made; ``changed``: whether its tree differs from the one it began with."""

    iteration: int
    commits: int
    changed: bool
    converged: bool
    until: bool | None = None


@frozen
class BudgetReached:
    """The next step does not fit: it was not started. ``shared``: the limit is one of several sessions together."""

    step: str
    message: str
    shared: bool = False


@frozen
class Paused:
    """The agent's quota is used up; ``resets_at`` is when it is there again, ``resets_epoch`` that in UNIX seconds."""

    step: str
    message: str
    resets_at: str | None = None
    resets_epoch: float | None = None
    reason: Literal["quota", "approval"] = "quota"


@frozen
class SessionFinished:
    """``files``: how many differ between where the session began and its last commit.

    ``cost_usd`` is ``None`` where nobody knows it of at least one call; ``charged_usd`` is what such calls counted.
    ``left`` is what lay in the work tree then, where the session may be resumed.
    """

    status: SessionStatus
    reason: Reason
    message: str
    exit_code: int
    iterations: int = 0
    commits: int = 0
    calls: int = 0
    cost_usd: float | None = 0.0
    files: int = 0
    charged_usd: float = 0.0
    left: Base | None = None


Event = (
    SessionStarted
    | SessionResumed
    | KeeperStarted
    | IterationStarted
    | StepStarted
    | TurnStarted
    | AgentCalled
    | StepResumed
    | StepRan
    | BackedOff
    | StepCommitted
    | StepFinished
    | HandlerStarted
    | Approved
    | RolledBack
    | PutBack
    | IterationFinished
    | BudgetReached
    | Paused
    | SessionFinished
)

EVENT_NAMES: dict[type[Event], str] = {
    SessionStarted: "session_started",
    SessionResumed: "session_resumed",
    KeeperStarted: "keeper_started",
    IterationStarted: "iteration_started",
    StepStarted: "step_started",
    TurnStarted: "turn_started",
    AgentCalled: "agent_called",
    StepResumed: "step_resumed",
    StepRan: "step_ran",
    BackedOff: "backed_off",
    StepCommitted: "step_committed",
    StepFinished: "step_finished",
    HandlerStarted: "handler_started",
    Approved: "approved",
    RolledBack: "rolled_back",
    PutBack: "put_back",
    IterationFinished: "iteration_finished",
    BudgetReached: "budget",
    Paused: "paused",
    SessionFinished: "session_finished",
}
