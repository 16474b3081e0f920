"""Slash commands of the `claude` command: which one a prompt calls, and the file that defines it.

The places and their order are those of the command itself: the user's own folder wins over the repository's, a linked
worktree without a command falls back to the main checkout's, `grp/inner.md` is `/grp:inner`, `skills/NAME/SKILL.md` is
`/NAME`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

BUILT_IN = frozenset(
    {
        "clear", "compact", "context", "cost", "debug", "export", "help", "hooks", "init", "mcp", "memory",
        "model", "release-notes", "review", "security-review", "simplify", "status", "usage",
    }
)  # fmt: skip
"""Commands of the program itself; they have no file. The program's own list changes from version to version."""

_NAME = r"[A-Za-z0-9_][\w.-]*(?::[A-Za-z0-9_][\w.-]*)*"
_CALL = re.compile(rf"/({_NAME})(?=\s|\Z)")
_WHOLE_NAME = re.compile(_NAME)


def command_of(prompt: str) -> str | None:
    """Name of the slash command that a prompt calls, without the slash; ``None`` where it is plain text.

    As for the program, the slash must be the very first character. A path such as ``/usr/bin/env`` is no command.
    """
    found = _CALL.match(prompt)
    return found[1] if found else None


def claude_home(environ: Mapping[str, str]) -> str:
    """The user's own folder of the program: `CLAUDE_CONFIG_DIR`, else ``~/.claude``."""
    configured = environ.get("CLAUDE_CONFIG_DIR")
    if configured:
        return configured
    return os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".claude")


def find_command(name: str, root: str, home: str) -> str | None:
    """Path of the file that defines ``/name``, or ``None``.

    ``root`` is the top folder of the work tree, ``home`` what `claude_home` says. Commands of plugins are not looked for.
    """
    if not _WHOLE_NAME.fullmatch(name):
        return None
    for base in _bases(root, home):
        paths = [os.path.join(base, "commands", *name.split(":")) + ".md"]
        if ":" not in name:
            paths.append(os.path.join(base, "skills", name, "SKILL.md"))
        for path in paths:
            if os.path.isfile(path):
                return path
    return None


def is_available(name: str, root: str, home: str) -> bool:
    """Whether ``/name`` can be expected to work: it has a file, is built in, or is a prompt of an MCP server."""
    return name in BUILT_IN or name.startswith("mcp__") or find_command(name, root, home) is not None


def available_commands(root: str, home: str) -> tuple[str, ...]:
    """Names of all commands that have a file, sorted, without slashes; for did-you-mean."""
    found: set[str] = set()
    for base in _bases(root, home):
        found.update(_commands_under(os.path.join(base, "commands")))
        found.update(_skills_under(os.path.join(base, "skills")))
    return tuple(sorted(found))


def _commands_under(folder: str) -> Iterator[str]:
    for path, _, names in os.walk(folder):
        inner = os.path.relpath(path, folder)
        parts = [] if inner == os.curdir else inner.split(os.sep)
        for name in names:
            if name.endswith(".md"):
                yield ":".join([*parts, name.removesuffix(".md")])


def _skills_under(folder: str) -> Iterator[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if os.path.isfile(os.path.join(folder, name, "SKILL.md")):
            yield name


def _bases(root: str, home: str) -> tuple[str, ...]:
    """Folders that hold ``commands`` and ``skills``, the first that has a command wins."""
    main = _main_checkout(root)
    checkouts = (root,) if main is None else (root, main)
    return (home, *(os.path.join(checkout, ".claude") for checkout in checkouts))


def _main_checkout(root: str) -> str | None:
    """The main checkout where ``root`` is a linked worktree: its ``.git`` is a file that points there."""
    try:
        with open(os.path.join(root, ".git"), encoding="utf-8", errors="surrogateescape") as file:
            pointer = file.read(64 * 1024)
    except OSError:
        return None
    folder = pointer.removeprefix("gitdir:").strip()
    common, worktrees, _ = os.path.join(root, folder).rpartition(f"{os.sep}worktrees{os.sep}")
    if not worktrees or os.path.basename(common) != ".git":
        return None
    return os.path.dirname(common)
