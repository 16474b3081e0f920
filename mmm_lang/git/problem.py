"""What stands against a session, as a value."""

from __future__ import annotations

from attrs import frozen


@frozen
class Problem:
    """Why a session cannot begin here, and what to do about it."""

    message: str
    help: str
