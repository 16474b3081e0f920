"""Which playbooks ``mmm check`` reads: files, folders, and without either those of the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.playbook_path import SUFFIXES, resolve_playbook
from mmm_lang.record import frozen

STDIN = "-"
TEST_SUFFIXES = (".test.yml", ".test.yaml")
"""Ends of the names of test files, which are no playbooks and lie beside them."""
_OWN_SUFFIXES = (".mmm.yml", ".mmm.yaml")
_OWN_TESTS = (".mmm.test.yml", ".mmm.test.yaml")
_OWN_FOLDERS = (os.path.join(".mmm", "playbooks"), "playbooks", "examples")
_SKIPPED_FOLDERS = frozenset({"node_modules"})


@frozen
class Found:
    """Paths to read, each once, ``-`` for standard input, and a sentence for each name that led nowhere."""

    paths: tuple[str, ...]
    problems: tuple[str, ...]


def find_playbooks(names: Sequence[str]) -> Found:
    """Files as they are named, and of a folder every ``*.yml`` and ``*.yaml`` in it at any depth, but for
    hidden folders (other than its own ``.mmm/playbooks``) and ``node_modules``."""
    paths: list[str] = []
    problems: list[str] = []
    for name in names:
        path = os.path.expanduser(name)
        if name == STDIN:
            paths.append(name)
        elif os.path.isdir(path):
            inside = sorted([*_walk(path, SUFFIXES), *_walk(os.path.join(path, _OWN_FOLDERS[0]), SUFFIXES)])
            paths += inside
            if not inside:
                problems.append(f"there is no playbook (`*.yml`, `*.yaml`) in the folder `{name}`")
        elif name.endswith(TEST_SUFFIXES):
            problems.append(f"`{name}` holds tests and is no playbook; `mmm test {name}` reads and runs it")
        else:
            try:
                paths.append(resolve_playbook(name))
            except UsageFailure as failure:
                problems.append(str(failure))
    return Found(_each_once(paths), tuple(problems))


def find_own_playbooks(start: str) -> Found:
    """The playbooks of the repository around the folder ``start``, or of ``start`` itself where there is
    none: ``*.mmm.yml`` anywhere, any YAML in ``.mmm/playbooks``, ``playbooks`` and ``examples``. Paths are
    relative to ``start``."""
    root = _repository_root(start)
    paths = list(_walk(root, _OWN_SUFFIXES))
    for folder in _OWN_FOLDERS:
        paths += _walk(os.path.join(root, folder), SUFFIXES)
    if not paths:
        problem = (
            f"there is no playbook in `{root}` (`*.mmm.yml`, `.mmm/playbooks/`, `playbooks/`, `examples/`); "
            "give the path of one"
        )
        return Found((), (problem,))
    return Found(_each_once(sorted(os.path.relpath(path, start) for path in paths)), ())


def find_tests(names: Sequence[str], start: str) -> Found:
    """Test files: as they are named, beside a playbook that is named, or all of a folder. Without names those of the
    repository around ``start``, where it looks for playbooks."""
    if not names:
        root = _repository_root(start)
        found = list(_walk(root, _OWN_TESTS))
        for folder in _OWN_FOLDERS:
            found += _walk(os.path.join(root, folder), TEST_SUFFIXES)
        if not found:
            places = "`*.mmm.test.yml`, or `*.test.yml` in `.mmm/playbooks/`, `playbooks/`, `examples/`"
            return Found((), (f"there is no test in `{root}` ({places}); give the path of one",))
        return Found(_each_once(sorted(os.path.relpath(path, start) for path in found)), ())
    paths: list[str] = []
    problems: list[str] = []
    for name in names:
        path = os.path.expanduser(name)
        if os.path.isdir(path):
            inside = sorted(
                [*_walk(path, TEST_SUFFIXES), *_walk(os.path.join(path, _OWN_FOLDERS[0]), TEST_SUFFIXES)]
            )
            paths += inside
            problems += [] if inside else [f"there is no test (`*.test.yml`) in the folder `{name}`"]
        elif path.endswith(TEST_SUFFIXES) or not path.endswith(SUFFIXES):
            paths.append(path)
            problems += [] if os.path.lexists(path) else [f"there is no test file `{name}`"]
        else:
            beside = [os.path.splitext(path)[0] + suffix for suffix in TEST_SUFFIXES]
            found = [one for one in beside if os.path.lexists(one)]
            paths += found
            problems += [] if found else [f"there is no test of `{name}`; write one into `{beside[0]}`"]
    return Found(_each_once(paths), tuple(problems))


def _walk(folder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Files below ``folder`` whose names end so; nothing where there is no such folder."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name not in _SKIPPED_FOLDERS]
        for file in files:
            tests = file.endswith(TEST_SUFFIXES)
            if file.endswith(suffixes) and tests == suffixes[0].endswith(TEST_SUFFIXES) and file[0] != ".":
                yield os.path.normpath(os.path.join(place, file))


def _repository_root(start: str) -> str:
    folder = os.path.abspath(start)
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return os.path.abspath(start)
        folder = parent
    return folder


def _each_once(paths: Sequence[str]) -> tuple[str, ...]:
    """The first of several names for one file, order kept."""
    first: dict[str, str] = {}
    for path in paths:
        first.setdefault(path if path == STDIN else os.path.realpath(path), path)
    return tuple(first.values())
