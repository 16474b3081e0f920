"""Several sessions in memory that share a purse, and a scheduler that decides which of them goes on.

Each runs in a thread, but only one at a time: a session stands still while its program runs and while it waits, and the
scheduler chooses who is next. So each order of events is the same whenever the same dice fall.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Sequence

from attrs import define, field

from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.purse import Purse
from mmm_lang.runtime.session import Watcher
from tests.support.memory import Fate, Life, live

_MOST_TURNS = 20_000
"""No company of a test needs as many; more means that somebody waits for ever."""


@define(eq=False)
class _Lane:
    may_go: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))
    stands: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))
    life: Life | None = None
    error: BaseException | None = None
    over: bool = False

    def between(self) -> None:
        self.stands.release()
        self.may_go.acquire()


@define
class Company:
    """What became of sessions that ran side by side; ``order`` is which lane went on, turn by turn."""

    purse: Purse
    lives: list[Life] = field(factory=list)
    order: list[int] = field(factory=list)

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.lives))


def accompanied(
    works: Sequence[tuple[Plan, Fate]],
    purse: Purse,
    folder: str,
    dice: random.Random,
    watchers: Callable[[int], Sequence[Watcher]] = lambda number: (),
    ask: Callable[[str, str], bool | None] = lambda step, question: None,
    **started: object,
) -> Company:
    """Run a session for each plan and fate. ``started`` are fields of ``SessionStarted``."""
    lanes = [_Lane() for _ in works]
    company = Company(purse)

    def run(number: int) -> None:
        lane, (plan, fate) = lanes[number], works[number]
        lane.may_go.acquire()
        own = os.path.join(folder, str(number))
        try:
            with purse.account(f"s{number}", f"item {number}") as account:
                lane.life = live(
                    plan,
                    fate,
                    own,
                    None,
                    watchers(number),
                    ask,
                    account,
                    lane.between,
                    session=f"s{number}",
                    **started,
                )
        except BaseException as error:  # it is raised again in the test's thread
            lane.error = error
        finally:
            lane.over = True
            lane.stands.release()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(lanes))]
    for thread in threads:
        thread.start()
    while going := [number for number, lane in enumerate(lanes) if not lane.over]:
        number = dice.choice(going)
        company.order.append(number)
        lanes[number].may_go.release()
        lanes[number].stands.acquire()
        assert len(company.order) < _MOST_TURNS, "somebody waits for ever"
    for thread, lane in zip(threads, lanes, strict=True):
        thread.join()
        if lane.error is not None:
            raise lane.error
        assert lane.life is not None
        company.lives.append(lane.life)
    return company
