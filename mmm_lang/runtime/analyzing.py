"""A refresh of the project context, as a step of its own or before a call.

It is `mmm analyze` in a process of its own under the keeper, like every program of a session: it has a timeout, signals
reach it, and when mmm dies it is ended. It writes nothing that is committed, so that one that was cut off is simply
begun again.
"""

from __future__ import annotations

import os
import sys

from mmm_lang.figures import duration
from mmm_lang.git.call import without_redirections
from mmm_lang.plan.ir import Analyze, Step
from mmm_lang.plan.steps import ANALYSIS_TIMEOUT
from mmm_lang.process.errors import ProcessError
from mmm_lang.process.model import Command
from mmm_lang.runtime.evidence import Verdict
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.spending import time_for
from mmm_lang.runtime.values import run_folder

_TAIL = 4096


def analysis_command(session: Session, step: Step, action: Analyze, folder: str) -> Command:
    """The program that refreshes the context of the session's work tree; its outputs go to ``folder``.

    It is mmm itself and has mmm's environment, not the step's. The work tree is no place to import from.
    """
    root = session.world.tree.root
    argv = [sys.executable, "-P", "-m", "mmm_lang", "analyze", "--path", root]
    argv += ["--max-cache-age", f"{action.max_cache_age:.3f}"]
    argv += ["--force-refresh"] if action.force_refresh else []
    env = without_redirections(session.world.environ)
    env |= {"MMM_SESSION": session.started.session, "MMM_STEP": step.key}
    return Command(tuple(argv), root, env, folder, secrets=session.mask.secrets)


def analyse_first(session: Session, step: Step, action: Analyze) -> Verdict:
    """Refresh the context before the call that ``step`` is; its run has been journalled as begun.

    The verdict has a fault where the refresh failed, and so the step. Where the session was stopped meanwhile, or its
    time is over, the session says so, and the run has no verdict. Raises ``ProcessError``.
    """
    folder = os.path.join(run_folder(session.folder, session.state.latest[step.key].run), "analysis")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    elapsed, together = session.world.elapsed(), session.account.together()
    time = time_for(ANALYSIS_TIMEOUT, session.started, elapsed, together=together)
    command = analysis_command(session, step, action, folder)
    bounded = Command(
        command.argv, command.cwd, command.env, folder, timeout=time.most, secrets=command.secrets
    )
    told = False

    def watch() -> None:
        nonlocal told
        stopping, told = session.signals > 0 and not told, session.signals > 0
        for watcher in session.watchers:
            if stopping:
                watcher.stopping()
            watcher.working(step, folder, None)

    end = session.world.processes.run(bounded, lambda: session.signals, watch)
    if end.cause == "stopped":
        if end.error is not None:
            raise ProcessError(f"`{step.title}`: {end.error}")
        session.signals = max(session.signals, 1)
        return Verdict()
    if end.cause == "timeout" and not time.own:
        session.out_of_time(step)
        return Verdict()
    if end.cause == "timeout":
        return Verdict("timeout", f"the project could not be analysed within {duration(ANALYSIS_TIMEOUT)}")
    if end.exit_code == 0:
        return Verdict()
    why = end.error or _last_words(os.path.join(folder, "stderr")) or "it was ended"
    return Verdict(
        "exit" if end.cause == "exit" else "not-started", f"the project could not be analysed: {why}"
    )


def _last_words(path: str) -> str:
    """The last line of what a program said, without `error:`."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    return said[-1].removeprefix("error: ") if said else ""
