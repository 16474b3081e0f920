"""What the last commits tell: how often each file was changed, and how messages are written."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from mmm_lang.git.call import Git

COMMITS = 500
"""How many commits are looked at, merges aside."""
_SWEEPING = 100
"""A commit that changes more files says nothing of any one of them."""

_CONVENTIONAL = re.compile(
    r"(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\([^)]*\))?!?: .+"
)


@frozen
class History:
    """``commits`` were looked at; ``changes`` says in how many of them a path was changed; ``kinds`` counts the types of
    conventional messages."""

    commits: int
    changes: Mapping[str, int] = field(repr=False)
    kinds: Mapping[str, int]
    is_shallow: bool = False

    @property
    def conventional(self) -> int:
        """How many messages are written as `feat: …`."""
        return sum(self.kinds.values())


def read_history(git: Git) -> History:
    """The history below HEAD; an empty one where there is no commit."""
    done = git.ask(
        "log",
        f"--max-count={COMMITS}",
        "--no-merges",
        "--no-renames",
        "--name-only",
        "-z",
        "--format=%x01%s",
        "HEAD",
        "--",
    )
    if done.exit_code != 0:
        return History(0, {}, {})
    shallow = git.ask("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    return history_of(done.stdout.split(b"\x01")[1:], shallow)


def history_of(records: Sequence[bytes], is_shallow: bool) -> History:
    """The history that records of a subject, NUL, and paths ended by NUL hold."""
    changes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for record in records:
        subject, *paths = record.split(b"\0")
        if (found := _CONVENTIONAL.fullmatch(subject.decode("utf-8", "replace"))) is not None:
            kinds[found[1]] += 1
        named = {path for path in (one.removeprefix(b"\n") for one in paths) if path}
        if len(named) <= _SWEEPING:
            changes.update(os.fsdecode(path) for path in named)
    return History(len(records), changes, dict(sorted(kinds.items())), is_shallow)
