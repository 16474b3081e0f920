"""What a command raises when it was called wrongly or lacks something: exit code 2."""

from __future__ import annotations


class UsageFailure(Exception):
    """Wrong usage or a missing requirement. ``str()`` is one sentence for people that says what, where and
    what to do; `mmm_lang.cli.main` prints it."""
