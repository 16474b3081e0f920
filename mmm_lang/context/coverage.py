"""Reports of test coverage that lie in the work tree, ignored ones included, since they nearly always are."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping

from attrs import frozen

from mmm_lang.context.coverage_formats import (
    Lines,
    UnreadableReport,
    read_cobertura,
    read_coverage_json,
    read_go_profile,
    read_jest_summary,
    read_lcov,
)
from mmm_lang.context.tree import read_content

_READERS: Mapping[str, tuple[str, Callable[[bytes], dict[str, Lines]]]] = {
    "lcov.info": ("lcov", read_lcov),
    "coverage.lcov": ("lcov", read_lcov),
    "coverage.xml": ("cobertura", read_cobertura),
    "cobertura.xml": ("cobertura", read_cobertura),
    "cobertura-coverage.xml": ("cobertura", read_cobertura),
    "coverage.json": ("coverage.py", read_coverage_json),
    "coverage-summary.json": ("jest", read_jest_summary),
    "cover.out": ("go", read_go_profile),
    "coverage.out": ("go", read_go_profile),
    "c.out": ("go", read_go_profile),
}
_FOLDERS = (
    "",
    "coverage",
    "target",
    "target/coverage",
    "target/llvm-cov",
    "target/tarpaulin",
    "build",
    "reports",
)
_MOST_BYTES = 32 * 1024 * 1024
_MOST_HOMES = 20


@frozen
class Report:
    """A report. ``files`` are those of the project that it speaks of; ``problem`` is why it could not be read."""

    path: str
    format: str
    files: Mapping[str, Lines]
    problem: str | None = None


@frozen
class Found:
    """Where a report lies, and its bytes."""

    path: str
    content: bytes


def find_reports(root: str, paths: Collection[str], manifests: Iterable[str]) -> tuple[Found, ...]:
    """The reports at the usual places of the root and of folders with a manifest, and those that git knows."""
    homes = sorted(
        {"", *(posixpath.dirname(path) for path in manifests)}, key=lambda home: (home.count("/"), home)
    )
    places = {
        posixpath.join(home, folder, name)
        for home in homes[:_MOST_HOMES]
        for folder in _FOLDERS
        for name in _READERS
    }
    places |= {path for path in paths if posixpath.basename(path) in _READERS}
    found = []
    for path in sorted(places):
        if os.path.lexists(os.path.join(root, path)):
            content = read_content(root, path, _MOST_BYTES)
            if content is not None:
                found.append(Found(path, content))
    return tuple(found)


def read_report(found: Found, root: str, known: Collection[str]) -> Report:
    """What a report says of the files ``known``; other files it speaks of are left aside."""
    format_, reader = _READERS[posixpath.basename(found.path)]
    try:
        lines = reader(found.content)
    except UnreadableReport as error:
        return Report(found.path, format_, {}, str(error))
    files: dict[str, Lines] = {}
    for path, figures in sorted(lines.items()):
        own = _own_path(path, posixpath.dirname(found.path), root, known)
        if own is not None:
            files[own] = max(files.get(own, figures), figures, key=lambda one: (one.covered, one.total))
    return Report(found.path, format_, files)


def _own_path(path: str, folder: str, root: str, known: Collection[str]) -> str | None:
    """The project's path of a file that a report names: as it stands, seen from a folder above the report, or by its
    end, since reports of other machines and of Go have something in front."""
    path = path.replace("\\", "/")
    if os.path.isabs(path):
        path = posixpath.normpath(path)
        path = path.removeprefix(f"{root}/").lstrip("/")
    else:
        while True:
            if (seen := posixpath.normpath(posixpath.join(folder, path))) in known:
                return seen
            if not folder:
                break
            folder = posixpath.dirname(folder)
    parts = path.split("/")
    return next((end for end in ("/".join(parts[at:]) for at in range(len(parts))) if end in known), None)
