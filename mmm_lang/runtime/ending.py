"""The end of a session: its last event, and the small file that tells how the last one went."""

from __future__ import annotations

import errno
import json
import os
import shutil

from mmm_lang.context.store import read_score
from mmm_lang.runtime.events import Reason, SessionFinished, SessionStatus
from mmm_lang.runtime.journal import write_whole
from mmm_lang.runtime.state import State

STATE_VERSION = 1


def ended(
    state: State, status: SessionStatus, reason: Reason, message: str, exit_code: int, files: int = 0
) -> SessionFinished:
    """The last event of a session, with its figures."""
    return SessionFinished(
        status,
        reason,
        message,
        exit_code,
        iterations=len(state.finished_iterations) if status == "succeeded" else state.iteration,
        commits=state.total_commits,
        calls=state.calls_begun,
        cost_usd=None if state.cost_unknown or state.open_calls else round(state.cost_usd, 6),
        files=files,
        charged_usd=round(state.reckoned_usd - state.cost_usd, 6),
    )


def write_state(root: str, folder: str, session: str, status: SessionStatus) -> None:
    """Count the session in ``.mmm/state.json``. A file that cannot be read is kept in the session's ``folder``.

    The score is that of the project context, if there is one.
    """
    path = os.path.join(root, ".mmm", "state.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    runs = 0
    try:
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
        runs = int(known.get("total_runs", 0))
    except FileNotFoundError:
        pass
    except (ValueError, TypeError, AttributeError):
        shutil.move(path, os.path.join(folder, "state.json.unreadable"))
    written = {
        "version": STATE_VERSION,
        "project": os.path.basename(root),
        "total_runs": runs + 1,
        "last_session": session,
        "last_status": status,
        "current_score": read_score(root),
    }
    content = (json.dumps(written, indent=2) + "\n").encode()
    # half of a file is nothing to be found in the work tree, should we be killed here
    scratch = os.path.join(folder, "state.json")
    write_whole(scratch, content)
    try:
        os.replace(scratch, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        write_whole(path, content)


def worst_exit_code(codes: tuple[int, ...]) -> int:
    """One exit code for several sessions: what stopped everything counts most, then failure, then the rest."""
    order = (143, 130, 70, 2, 5, 4, 1, 3)
    return next((code for code in order if code in codes), 0)
