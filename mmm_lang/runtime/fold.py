"""The state of a session as a fold over its events, pure and total.

``state = fold(events)``. No clock, no file, no process: the same events give the same state, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from attrs import evolve

from mmm_lang.runtime.events import (
    AgentCalled,
    Approved,
    BackedOff,
    BudgetReached,
    Event,
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    KeeperStarted,
    Path,
    Paused,
    PutBack,
    RolledBack,
    SessionFinished,
    SessionResumed,
    SessionStarted,
    StepCommitted,
    StepFinished,
    StepRan,
    StepResumed,
    StepStarted,
    TurnStarted,
)
from mmm_lang.runtime.state import Attempt, Before, Past, State


def fold(events: Iterable[Event]) -> State:
    """The state after these events."""
    return reduce(advance, events, State())


def advance(state: State, event: Event) -> State:
    """The state after one more event."""
    match event:
        case SessionStarted():
            return evolve(state, session=event, head=event.base.head)
        case SessionResumed():
            return _resumed(state, event)
        case KeeperStarted():
            return evolve(state, keeper=event)
        case IterationStarted():
            return evolve(
                state,
                iteration=event.iteration,
                base=event.base,
                attempts={},
                latest={},
                rounds={},
                turns={},
                turn_commits={},
                commits=(),
                head=event.base.head,
                past={},
                before={},
                approved=frozenset(),  # who said yes to one iteration has not said so to the next
            )
        case HandlerStarted(handler=handler, path=path, round=number):
            return evolve(state, rounds={**state.rounds, (handler, path): number})
        case TurnStarted(step=loop, path=path, attempt=attempt, turn=turn):
            place = (loop, (*path, attempt))
            return evolve(
                state,
                turns={**state.turns, place: turn},
                turn_commits={**state.turn_commits, place: len(state.commits)},
            )
        case IterationFinished():
            return evolve(state, finished_iterations=(*state.finished_iterations, event))
        case BudgetReached() | Paused():
            return evolve(_unheard(state, event.step), stop=event)
        case SessionFinished():
            stopped = _unheard(state, *state.latest) if event.reason in ("auth", "recording") else state
            return evolve(stopped, finished=event, left=event.left)
        case Approved():
            return evolve(state, approved=state.approved | {(event.step, event.path, event.attempt)})
        case RolledBack():
            return _rolled_back(state, event)
        case PutBack():
            total = state.total_commits + len(state.lost)
            there = evolve(state, head=event.to, commits=state.lost, total_commits=total)
            return evolve(there, lost=(), putting_back=None, left=None)
        case _:
            return _step_event(state, event)


StepEvent = StepStarted | AgentCalled | StepResumed | StepRan | BackedOff | StepCommitted | StepFinished


def _step_event(state: State, event: StepEvent) -> State:
    match event:
        case StepStarted(run=run):
            # a run that calls again keeps its place in the order, and its account
            state = evolve(state, left=None)
            again = evolve(
                _at(state, event), base=event.base, run=run, title=event.title, ran=None, waiting=None
            )
            again = evolve(again, items=event.items, inputs=event.inputs)
            if event.step not in state.before:
                state = evolve(state, before={**state.before, event.step: Before(event.base, state)})
            return _with(evolve(state, runs=max(state.runs, run), head=event.base.head), again)
        case AgentCalled():
            state = evolve(state, open_calls={**state.open_calls, event.agent_session: event.cap_usd})
            attempt = _at(state, event)
            called = evolve(attempt, agent_session=event.agent_session)
            if attempt.agent_session != event.agent_session:
                called = evolve(called, session_calls=0, session_usd=0.0)
            return _with(evolve(state, left=None), called)
        case StepResumed(how=how, run=run):
            attempt = evolve(_at(state, event), resumed=how)
            if not event.began:
                calls = {one: cap for one, cap in state.open_calls.items() if one != attempt.agent_session}
                state = evolve(state, open_calls=calls)
            if how == "continued":
                attempt = evolve(attempt, run=run, ran=None, unheard=False)
            return _with(evolve(state, runs=max(state.runs, run)), attempt)
        case StepRan():
            return _ran(state, event)
        case BackedOff():
            return _with(state, _waiting(_at(state, event), event))
        case StepCommitted(commits=commits):
            state = evolve(
                state,
                commits=(*state.commits, *commits),
                total_commits=state.total_commits + len(commits),
                head=commits[-1] if commits else state.head,
            )
            attempt = _at(state, event)
            return _with(state, evolve(attempt, commits=(*attempt.commits, *commits)))
        case StepFinished():
            attempt = evolve(
                _at(state, event),
                resumed=None,
                status=event.status,
                fault=event.fault,
                reason=event.reason,
                converged=event.converged,
                outputs=event.outputs,
                files=event.files,
            )
            return _with(state, attempt)


def _ran(state: State, event: StepRan) -> State:
    attempt = _at(state, event)
    called = attempt.agent_session
    cap = state.open_calls.get(called or "") or 0.0
    state = evolve(
        state,
        calls=state.calls + event.calls,
        cost_usd=state.cost_usd + (event.cost_usd or 0.0),
        charged_usd=state.charged_usd + (cap if event.cost_usd is None else 0.0),
        cost_unknown=state.cost_unknown or event.cost_usd is None,
        open_calls={one: most for one, most in state.open_calls.items() if one != called},
        shell_runs=state.shell_runs + (event.calls == 0 and called is None),
    )
    spent, ended = attempt.session_usd + (event.cost_usd or 0.0), attempt.session_calls + 1
    return _with(state, evolve(attempt, ran=event, session_calls=ended, session_usd=spent, resumed=None))


def _waiting(attempt: Attempt, event: BackedOff) -> Attempt:
    took, cost = (attempt.ran.duration, attempt.ran.cost_usd) if attempt.ran is not None else (0.0, 0.0)
    return evolve(
        attempt,
        ran=None,
        waiting=event,
        repeats=attempt.repeats + 1,
        seconds=attempt.seconds + took + event.wait,
        paid_usd=attempt.paid_usd + (cost or 0.0),
    )


def _starts(state: State) -> int:
    return sum(len(attempts) for attempts in state.attempts.values())


def _at(state: State, event: StepEvent) -> Attempt:
    """The record that an event speaks of; a skipped step has none yet."""
    for attempt in reversed(state.attempts_at(event.step, event.path)):
        if attempt.number == event.attempt:
            return attempt
    return Attempt(event.step, event.path, event.attempt, _starts(state))


def _with(state: State, attempt: Attempt) -> State:
    """The state with this record in its place, new or in stead of the one of that number."""
    place = (attempt.step, attempt.path)
    others = tuple(one for one in state.attempts_at(*place) if one.number != attempt.number)
    return evolve(
        state,
        attempts={**state.attempts, place: (*others, attempt)},
        latest={**state.latest, attempt.step: attempt},
    )


def _rolled_back(state: State, event: RolledBack) -> State:
    rescues = (*state.rescues, event.rescue) if event.rescue else state.rescues
    state = evolve(state, rescues=rescues, head=event.to, left=None)
    if event.step is None:
        lost = state.commits if event.refused is None else ()
        return evolve(_without(state, lost), rolled_back=event, lost=lost)
    if event.why == "asked":
        return _gone_back(state, event.step)
    if event.why == "cut-off":
        return _never_begun(state, event)
    attempts = state.attempts_at(event.step, event.path)
    if not attempts:
        return state
    last = evolve(attempts[-1], restored=event.why == "retry", given_up=event.why == "given-up")
    last = evolve(last, moved=event.why == "head-moved", leaked=event.why == "secret")
    if event.why != "given-up":
        state = _without(state, _commits_since(state, last))
    return _with(state, last)


def _unheard(state: State, *steps: str) -> State:
    """The runs of these steps that have ended and have no verdict, because how they ended stops the session."""
    for step in steps:
        attempt = state.latest.get(step)
        if attempt is not None and attempt.status is None and attempt.ran is not None:
            state = _with(state, evolve(attempt, unheard=True))
    return state


def _resumed(state: State, event: SessionResumed) -> State:
    session = (
        None
        if state.session is None
        else evolve(
            state.session,
            max_iterations=event.max_iterations,
            on_failure=event.on_failure,
            agent_calls=event.agent_calls,
            cost_usd=event.cost_usd,
            duration=event.duration,
        )
    )
    state = evolve(state, session=session, elapsed=event.elapsed, finished=None, stop=None)
    if event.from_step is not None:
        return evolve(state, going_back=event.from_step, putting_back=None)
    back = state.rolled_back
    if back is not None and event.again:  # else it was cut off between the rollback and its last event
        undone = back if back.refused is None and back.rescue is not None else None
        state = evolve(state, rolled_back=None, putting_back=undone)
    return _tried_again(state, event.again)


def _tried_again(state: State, keys: tuple[str, ...]) -> State:
    """The groups around the step that had failed are open again, and the step itself has all before it."""
    path: Path = ()
    for key in keys[:-1]:
        group = state.attempts_at(key, path)[-1]
        state = _with(state, evolve(group, status=None, fault=None, reason=None))
        path = (*path, group.number)
        if (turn := state.turns.get((key, path))) is not None:
            path = (*path, turn)
    for key in keys[-1:]:
        past = Past(len(state.attempts_at(key, path)), state.rounds)
        state = evolve(state, past={**state.past, (key, path): past})
    return state


def _gone_back(state: State, step: str) -> State:
    """The state before a step first began, but for what was spent since."""
    return evolve(
        state.before[step].state,
        session=state.session,
        calls=state.calls,
        cost_usd=state.cost_usd,
        charged_usd=state.charged_usd,
        cost_unknown=state.cost_unknown,
        open_calls=state.open_calls,
        shell_runs=state.shell_runs,
        runs=state.runs,
        rescues=state.rescues,
        elapsed=state.elapsed,
        keeper=state.keeper,
    )


def _never_begun(state: State, event: RolledBack) -> State:
    """The state without a run that was cut off, and that is made again."""
    place = (event.step or "", event.path)
    left = tuple(one for one in state.attempts_at(*place) if one.number != event.attempt)
    attempts = {**state.attempts, place: left}
    of_step = [one for (key, _), found in attempts.items() if key == event.step for one in found]
    latest = {key: one for key, one in state.latest.items() if key != event.step}
    if of_step:
        latest[place[0]] = max(of_step, key=lambda one: one.order)
    return evolve(state, attempts=attempts, latest=latest)


def _commits_since(state: State, attempt: Attempt) -> tuple[str, ...]:
    """The commits of a run and of all that began after it: those of a group are made by the steps inside."""
    begun = (one for attempts in state.attempts.values() for one in attempts if one.order >= attempt.order)
    return tuple(commit for one in begun for commit in one.commits)


def _without(state: State, lost: tuple[str, ...]) -> State:
    """The state without commits of this iteration that a rollback took back."""
    left = tuple(one for one in state.commits if one not in lost)
    gone = len(state.commits) - len(left)
    return evolve(state, commits=left, total_commits=state.total_commits - gone)
