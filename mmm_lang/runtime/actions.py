"""What the deciding core can ask for. The driver does it and journals what came of it."""

from __future__ import annotations

from attrs import frozen

from mmm_lang.plan.ir import Handler, Step
from mmm_lang.runtime.events import Base, Path, Reason, RolledBack, SessionStatus
from mmm_lang.runtime.sharing import Closed
from mmm_lang.runtime.state import Attempt


@frozen
class StartIteration:
    number: int


@frozen
class RunStep:
    """Run a step (or open a group). ``delay`` is the back-off before it, in seconds."""

    step: Step
    path: Path
    attempt: int
    delay: float = 0.0


@frozen
class GoOn:
    """A run has begun and has no verdict yet: the session was cut off in it."""

    step: Step
    attempt: Attempt


@frozen
class CallAgain:
    """The run's agent could not reach its model: wait ``delay`` seconds, and call it again in the same run."""

    step: Step
    attempt: Attempt
    delay: float


@frozen
class CloseGroup:
    """The steps of a group are through: journal the group's verdict."""

    step: Step
    attempt: Attempt
    failed: Attempt | None
    converged: bool


@frozen
class StartTurn:
    """A loop comes to its next item; ``attempt`` is the open run of the loop."""

    step: Step
    attempt: Attempt
    turn: int


@frozen
class StartRound:
    handler: Handler
    path: Path
    round: int


@frozen
class Restore:
    """Put HEAD and tree back to where this run began, keeping what it did in a rescue ref."""

    attempt: Attempt
    to: Base


@frozen
class SetAside:
    """The step is given up and the playbook goes on: its uncommitted files go to a rescue ref."""

    attempt: Attempt


@frozen
class FinishIteration:
    converged: bool
    until: bool | None


@frozen
class RollBack:
    """The session has failed: put everything back to where the failed iteration began."""

    to: Base


@frozen
class PutWorkBack:
    """The session had failed and goes on: what its rollback took away is to be there again."""

    rollback: RolledBack


@frozen
class GoBack:
    """A person wants to go on from this step: put everything back to where it first began in this iteration."""

    step: Step
    to: Base


@frozen
class Stop:
    """The next step does not fit into a limit of the session, or (``shared``) of several sessions together."""

    step: Step
    message: str
    shared: bool = False


@frozen
class AwaitOthers:
    """Nothing is left for the next step, but calls of other sessions run, which may give something back."""

    step: Step


@frozen
class HoldOff:
    """The next step calls an agent, and another session has met what no call should be made after."""

    step: Step
    closed: Closed


@frozen
class Finish:
    status: SessionStatus
    reason: Reason
    message: str
    exit_code: int


@frozen
class Done:
    """The session has its last event."""


Action = (
    StartIteration
    | RunStep
    | GoOn
    | CallAgain
    | CloseGroup
    | StartTurn
    | StartRound
    | Restore
    | SetAside
    | FinishIteration
    | RollBack
    | PutWorkBack
    | GoBack
    | Stop
    | AwaitOthers
    | HoldOff
    | Finish
    | Done
)
