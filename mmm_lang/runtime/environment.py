"""The environment of a step's program (spec/runtime.md)."""

from __future__ import annotations

import os

from mmm_lang.context.guides import GUIDES
from mmm_lang.git.call import without_redirections
from mmm_lang.plan.ir import Step
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.values import Unset, read_text, size_of

LIMIT = 100 * 1024
"""Bytes of one value that is exported; a longer one is left out: a program could not be started with it."""

_COMPUTED = ("ITERATION", "PROJECT_ROOT", "CAPTURED_OUTPUT", "SPEC_ID")


def environment_of(session: Session, step: Step, attempt: int) -> dict[str, str]:
    """The caller's environment, the session's variables, what mmm says of itself, and the step's own, in this order."""
    root = session.world.tree.root
    context = os.path.join(root, ".mmm", "context")
    env = {
        **without_redirections(session.world.environ),
        **_variables(session),
        "MMM_AUTOMATION": "true",
        "MMM_CONTEXT_AVAILABLE": "true" if session.world.tree.exists(context) else "false",
        "MMM_CONTEXT_DIR": context,
        "MMM_CONTEXT_FILES": "\n".join(
            path for path in GUIDES if session.world.tree.exists(os.path.join(root, path))
        ),
        "MMM_SESSION": session.started.session,
        "MMM_STEP": step.key,
        "MMM_ITERATION": str(session.state.iteration),
        "MMM_ATTEMPT": str(attempt),
    }
    renderer = session.renderer(strict=False)
    for name, template in step.env:
        env[name] = renderer.text(template)
    return env


def _variables(session: Session) -> dict[str, str]:
    """Session variables under their names, so that `${FILE%.md}` works; inputs where the caller has no such name."""
    scope = session.scope()
    found: dict[str, str] = {}
    for name in (*_COMPUTED, *session.started.variables):
        value = scope.variable(name)
        plain = name.removeprefix("inputs.")
        taken = plain != name and plain in session.world.environ
        if not taken and not isinstance(value, Unset) and size_of(value) <= LIMIT:
            found[plain] = read_text(value).replace("\0", "")
    return found
