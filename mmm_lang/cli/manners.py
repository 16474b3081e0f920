"""What is done where a session asks for something: a question to a person, a quota that has to come back."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, field

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import is_terminal, write_message, write_output
from mmm_lang.diagnostics.display import visible

if TYPE_CHECKING:
    from mmm_lang.git.repository import Repository
    from mmm_lang.runtime.cook import Outcome
    from mmm_lang.runtime.session import Watcher

UNKNOWN_WAIT = 15 * 60.0
"""Seconds to wait for a quota where the agent does not say when it is there again."""

SHORTEST_WAIT = 10.0
"""Seconds to wait for a quota that should be there already: clocks differ, and nobody is to be asked all the time."""

_LONGEST_WAIT = 20 * 86400.0
"""Seconds after which nobody is there to answer a question; no system call waits much longer."""


@define
class Manners:
    """``yes``: every question is answered so; ``approved``: one about each of these steps, and an answer uses it up: who
    approves a publication today has not approved that of the next iteration. ``wait``: quotas are waited for."""

    yes: bool = False
    approved: list[str] = field(factory=list)
    wait: bool = False

    def answer(self, step: str, question: str) -> bool | None:
        """The answer to a question about a step; ``None`` where nobody is there to give one."""
        if self.yes:
            return True
        if step in self.approved:
            self.approved.remove(step)
            return True
        if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
            return None
        said = typed(f"❓ {visible(question)} [y/N] ")
        return None if said is None else said.strip().lower() in ("y", "yes")


def typed(prompt: str) -> str | None:
    """The line that a person types at the terminal; ``None`` at the end of input and after a signal, which its handler
    has heard: a plain `input` goes on after one as if nothing had happened."""
    from mmm_lang.process.bell import Bell

    bell = Bell()
    try:
        write_output(prompt)
        with bell:
            came = bell.wait(sys.stdin.fileno(), _LONGEST_WAIT)
        return (sys.stdin.readline() or None) if came else None
    except UnicodeDecodeError:
        return ""  # no letters, so no yes
    except (OSError, UsageFailure):  # the terminal has gone away
        return None
    finally:
        bell.close()


def goes_on(
    manners: Manners, repository: Repository, watcher: Watcher, environ: Mapping[str, str]
) -> Callable[[Outcome], Outcome]:
    """What makes of the end of a session another one: it waits for quotas, if that is wanted, and resumes."""

    def then(outcome: Outcome) -> Outcome:
        from mmm_lang.runtime.resume import Changes, resume, stopped_session

        while manners.wait and outcome.finished.reason == "quota":
            wait_for_quota(outcome.resets_epoch)
            session = stopped_session(repository, outcome.folder)
            outcome = resume(session, Changes(), watcher, environ, manners.answer)
        return outcome

    return then


def wait_for_quota(until: float | None) -> None:
    """Wait until that time (UNIX seconds), ``None``: nobody knows it. Ctrl-C ends it, as it does any program."""
    now = time.time()
    if until is None or until <= now:
        until = now + (UNKNOWN_WAIT if until is None else SHORTEST_WAIT)
    when = datetime.fromtimestamp(until)
    write_message(f"waiting until {when:%Y-%m-%d %H:%M:%S} for the agent's quota; Ctrl-C ends the wait")
    while (left := until - time.time()) > 0:
        time.sleep(min(left, 60.0))  # short ones: a machine that slept meanwhile has the right time again
