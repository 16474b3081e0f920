"""What keeps a project from being analysed."""

from __future__ import annotations


class ContextError(Exception):
    """The context cannot be made or written. The message says what, where and what to do."""
