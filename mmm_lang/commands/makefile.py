"""A Makefile alone: its targets, where nothing else says how a repository is built."""

from __future__ import annotations

import re

from mmm_lang.commands.folder import Folder
from mmm_lang.commands.toolchain import Role, Task, Toolchain

FILES = ("GNUmakefile", "makefile", "Makefile")
"""In the order in which make looks for them."""

_TARGET = re.compile(r"^([A-Za-z][\w-]*)[ \t]*::?(?!=)", re.MULTILINE)
_ROLES: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("format", ("format", "fmt")),
    ("format_check", ("format-check", "fmt-check", "check-format")),
    ("fix", ("lint-fix", "fix")),
    ("lint", ("lint",)),
    ("types", ("typecheck", "types")),
    ("build", ("build",)),
    ("test", ("test", "tests", "check")),
    ("coverage", ("coverage", "cover")),
    ("audit", ("audit",)),
    ("bench", ("bench", "benchmark")),
    ("docs", ("docs", "doc")),
)


def make_toolchain(folder: Folder) -> Toolchain | None:
    """The targets of a Makefile that have names people know; none where it has no such target."""
    name = next((name for name in FILES if name in folder.files), None)
    targets = set(_TARGET.findall(folder.text(name))) if name else set()
    tasks = []
    for role, names in _ROLES:
        target = next((name for name in names if name in targets), None)
        if target is not None:
            tasks.append(Task(role, f"make {target}", f"make {target}"))
    if not tasks:
        return None
    return Toolchain("make", "make", folder.path, tuple(tasks), "where the tests that are there stand")
