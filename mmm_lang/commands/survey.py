"""From the names of a repository's files and a few manifests to its toolchains."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from mmm_lang.commands.folder import Folder
from mmm_lang.commands.golang import go_toolchain
from mmm_lang.commands.javascript import javascript_toolchain
from mmm_lang.commands.makefile import make_toolchain
from mmm_lang.commands.python import MANIFESTS, python_toolchain
from mmm_lang.commands.rust import rust_toolchain
from mmm_lang.commands.toolchain import Kind, Repository, Toolchain

MOST = 12
"""Toolchains that are described; of a repository with more, the folders of the rest are named."""

_KINDS: dict[str, Kind] = {
    "Cargo.toml": "rust",
    "package.json": "javascript",
    "go.mod": "go",
    **dict.fromkeys(MANIFESTS, "python"),
}
_READERS: dict[Kind, Callable[[Folder], Toolchain]] = {
    "rust": rust_toolchain,
    "python": python_toolchain,
    "javascript": javascript_toolchain,
    "go": go_toolchain,
}
_ASIDE = frozenset(
    {
        ".github", "__fixtures__", "dist", "example", "examples", "fixtures", "node_modules", "site-packages",
        "target", "templates", "test", "testdata", "tests", "third_party", "vendor",
    }
)  # fmt: skip
"""Folders whose manifests are not the repository's own."""

_PLAIN = re.compile(r"[\w@+.][\w@+. -]*(/[\w@+.][\w@+. -]*)*")
"""Folders that can be named in a prompt and a command line as they are."""


def survey(paths: Iterable[str], read: Callable[[str], str]) -> Repository:
    """What a repository is made of.

    ``paths`` are those of all its files, relative to its root, with ``/``; ``read`` gives a file's text by its path, and
    an empty one where it cannot be read. A manifest below one of its own language is a member of that project, except in
    Go, where it is a module of its own.
    """
    files = frozenset(paths)
    homes: dict[Kind, set[str]] = defaultdict(set)
    for path in files:
        folder, name = os.path.split(path)
        kind = _KINDS.get(name)
        if kind is not None and (not folder or _is_own(folder)):
            homes[kind].add(folder)
    places = sorted(
        (folder.count("/") + bool(folder), folder, kind)
        for kind, folders in homes.items()
        for folder in folders
        if kind == "go" or not _has_above(folder, folders)
    )
    if not places:
        alone = make_toolchain(_folder("", files, read))
        return Repository(() if alone is None else (alone,))
    toolchains = tuple(_READERS[kind](_folder(folder, files, read)) for _, folder, kind in places[:MOST])
    return Repository(toolchains, tuple(dict.fromkeys(folder for _, folder, _ in places[MOST:])))


def _is_own(folder: str) -> bool:
    return _PLAIN.fullmatch(folder) is not None and not _ASIDE & set(folder.split("/"))


def _has_above(folder: str, folders: set[str]) -> bool:
    while folder:
        folder = os.path.dirname(folder)
        if folder in folders:
            return True
    return False


def _folder(path: str, files: frozenset[str], read: Callable[[str], str]) -> Folder:
    if not path:
        return Folder(".", files, frozenset(), read)
    below = frozenset(file[len(path) + 1 :] for file in files if file.startswith(f"{path}/"))
    parents = {"/".join(path.split("/")[:depth]) for depth in range(path.count("/") + 1)}
    outer = frozenset(os.path.basename(file) for file in files if os.path.dirname(file) in parents)
    return Folder(path, below, outer, read)
