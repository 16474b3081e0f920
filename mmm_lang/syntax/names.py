"""Names that the language itself gives a meaning, in one place for scanner, analysis and runner."""

from __future__ import annotations

SESSION_VARIABLES: tuple[str, ...] = (
    "ARG",
    "FILE",
    "FILE_NAME",
    "FILE_STEM",
    "INDEX",
    "TOTAL",
    "ITERATION",
    "CAPTURED_OUTPUT",
    "PROJECT_ROOT",
    "WORKTREE",
    "SPEC_ID",
)
"""The variables of a session: ``$NAME`` and ``${NAME}`` are references wherever templates are read."""
