"""The environment of a step's program (spec/runtime.md)."""

from __future__ import annotations

import os

from mmm_lang.context.guides import GUIDES
from mmm_lang.git.call import without_redirections
from mmm_lang.plan.ir import Call, Step
from mmm_lang.runtime.calling import calls_around
from mmm_lang.runtime.events import Path
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.values import Scope, Unset, read_text, size_of

LIMIT = 100 * 1024
"""Bytes of one value that is exported; a longer one is left out: a program could not be started with it."""

_COMPUTED = ("ITERATION", "PROJECT_ROOT", "CAPTURED_OUTPUT", "SPEC_ID")


def environment_of(session: Session, step: Step, path: Path, attempt: int) -> dict[str, str]:
    """The caller's environment, the session's variables, what mmm says of itself, and the step's own, in this order."""
    root = session.world.tree.root
    context = os.path.join(root, ".mmm", "context")
    env = {
        **without_redirections(session.world.environ),
        **_variables(session.scope((step.key, path)), session),
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
    renderer = session.renderer((step.key, path), strict=False)
    for name, template in step.env:
        env[name] = renderer.text(template)
    return env


def _variables(scope: Scope, session: Session) -> dict[str, str]:
    """Session variables under their names, so that `${FILE%.md}` works; inputs where the caller has no such name, and
    those of the playbook that the step is written in."""
    found: dict[str, str] = {}
    calls = calls_around(session.plan, scope.reader[0]) if scope.reader is not None else ()
    given = [name for name in session.started.variables if not calls or not name.startswith("inputs.")]
    values = {name: scope.variable(name) for name in (*_COMPUTED, *given)}
    for call in calls[-1:]:
        names = call.action.inputs if isinstance(call.action, Call) else ()
        values |= {f"inputs.{one.name}": scope.argument(call.key, one.name) for one in names}
    for name, value in values.items():
        plain = name.removeprefix("inputs.")
        taken = plain != name and plain in session.world.environ
        if not taken and not isinstance(value, Unset) and size_of(value) <= LIMIT:
            found[plain] = read_text(value).replace("\0", "")
    return found
