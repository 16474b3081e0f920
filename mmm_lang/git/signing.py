"""Whether commits can be signed as the user's settings ask for, found out before anything is paid for."""

from __future__ import annotations

import os
import tempfile

from mmm_lang.git.call import Git
from mmm_lang.git.problem import Problem
from mmm_lang.process.errors import TimedOut

_PATIENCE = 60.0
"""Seconds for a signature: somebody may be typing a passphrase into a window."""

_SAY_NOTHING = ("gpg failed to sign the data", "failed to write commit object")


def signing_problem(git: Git) -> Problem | None:
    """Why commits cannot be signed here; ``None`` where they can, or need not be.

    A commit is made and signed in a store of objects that is thrown away.
    """
    asked = git.ask("config", "--type=bool", "--get", "commit.gpgSign")
    if asked.exit_code != 0 or asked.stdout.strip() != b"true":
        return None
    with tempfile.TemporaryDirectory(prefix="mmm-signing-") as store:
        own = {
            "GIT_OBJECT_DIRECTORY": store,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.path.join(git.common_dir, "objects"),
        }
        arguments = ("commit-tree", "-S", "HEAD^{tree}", "-m", "mmm: can this be signed?")
        try:
            done = git.attempt(*arguments, own=own, timeout=_PATIENCE)
        except TimedOut:
            return _problem(f"the signing program did not answer within {_PATIENCE:g} s")
    return None if done.exit_code == 0 else _problem(_said(done.stderr))


def _said(output: bytes) -> str:
    """What the signing program said, and not that git therefore failed."""
    lines = (line.strip() for line in output.decode("utf-8", "replace").splitlines())
    told = [line for line in lines if line and not line.endswith(_SAY_NOTHING)]
    return told[0].removeprefix("error: ").removeprefix("fatal: ") if told else "git did not say why"


def _problem(why: str) -> Problem:
    return Problem(
        f"`commit.gpgSign` asks for signed commits, and one cannot be signed: {why}",
        "try `git commit-tree -S HEAD^{tree} -m test` (a passphrase has to be cached, nobody will be asked for it), "
        "or switch signing off with `git config commit.gpgSign false`",
    )
