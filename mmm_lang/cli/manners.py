"""What is done where a session asks for something: a question to a person, a quota that has to come back."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from mmm_lang.cli.terminal import is_terminal, write_message
from mmm_lang.diagnostics.display import visible

if TYPE_CHECKING:
    from mmm_lang.git.repository import Repository
    from mmm_lang.runtime.cook import Outcome
    from mmm_lang.runtime.session import Watcher

UNKNOWN_WAIT = 15 * 60.0
"""Seconds to wait for a quota where the agent does not say when it is there again."""


@frozen
class Manners:
    """``yes``: every question is answered so; ``approved``: those about these steps. ``wait``: quotas are waited for."""

    yes: bool = False
    approved: tuple[str, ...] = ()
    wait: bool = False

    def answer(self, step: str, question: str) -> bool | None:
        """The answer to a question about a step; ``None`` where nobody is there to give one."""
        if self.yes or step in self.approved:
            return True
        if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
            return None
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            said = input(f"❓ {visible(question)} [y/N] ")
        except (KeyboardInterrupt, EOFError):
            return None
        finally:
            signal.signal(signal.SIGINT, before)
        return said.strip().lower() in ("y", "yes")


def goes_on(
    manners: Manners, repository: Repository, watcher: Watcher, environ: Mapping[str, str]
) -> Callable[[Outcome], Outcome]:
    """What makes of the end of a session another one: it waits for quotas, if that is wanted, and resumes."""

    def then(outcome: Outcome) -> Outcome:
        from mmm_lang.runtime.resume import Changes, resume, stopped_session

        while manners.wait and outcome.finished.reason == "quota":
            _wait(outcome.resets_epoch)
            session = stopped_session(repository, outcome.folder)
            outcome = resume(session, Changes(), watcher, environ, manners.answer)
        return outcome

    return then


def _wait(until: float | None) -> None:
    """Until that time (UNIX seconds). Ctrl-C ends it, as it does any program."""
    until = time.time() + UNKNOWN_WAIT if until is None else until
    when = datetime.fromtimestamp(until)
    write_message(f"waiting until {when:%Y-%m-%d %H:%M:%S} for the agent's quota; Ctrl-C ends the wait")
    while (left := until - time.time()) > 0:
        time.sleep(min(left, 60.0))  # short ones: a machine that slept meanwhile has the right time again
