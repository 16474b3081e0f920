"""From a Rust path to modules of the project, by where files lie: `crate::a::b` is `src/a/b.rs` or `src/a/b/mod.rs`."""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Mapping

from attrs import frozen

from mmm_lang.commands.folder import inside
from mmm_lang.context.facts import Import
from mmm_lang.context.resolving import Inside, Outside, Project, Resolved, nearest

_STANDARD = frozenset({"alloc", "core", "proc_macro", "std", "test"})
_OWN_ROOT = ("bin", "tests", "benches", "examples")
"""Folders whose files are crates of their own."""

Place = tuple[str, tuple[str, ...]]
"""A module: the folder that its crate's modules lie in, and its path from there."""


@frozen(eq=False)
class RustImports:
    """Where each file's module is, and back; the roots of the crates that can be named; names by which each may be."""

    places: Mapping[str, Place]
    files: Mapping[Place, str]
    crates: Mapping[str, str]

    @classmethod
    def of(cls, project: Project) -> RustImports:
        """The rules for a project."""
        paths = sorted(path for path, facts in project.facts.items() if facts.language == "Rust")
        manifests = {posixpath.dirname(path): path for path in project.named("Cargo.toml")} if paths else {}
        places = {path: _place(path, nearest(posixpath.dirname(path), manifests)) for path in paths}
        files: dict[Place, str] = {}
        for path, place in places.items():
            # beside a lib.rs, a main.rs is the lesser root; of the roots of `tests/`, none is
            if place not in files and not (place[1] == () and posixpath.basename(place[0]) in _OWN_ROOT):
                files[place] = path
        crates: dict[str, str] = {}
        for folder, manifest in sorted(manifests.items()):
            for name in _names(project.text(manifest)):
                crates.setdefault(name, posixpath.join(folder, "src"))
        return cls(places, files, crates)

    def resolve(self, path: str, one: Import) -> Resolved:
        """Where a path leads: to the innermost module on it that has a file."""
        root, here = self.places[path]
        first, *rest = one.target.split("::")
        if first == "crate":
            return self._inside(path, root, (), rest)
        if first in ("self", "super"):
            ups = 0
            while first == "super" or (first == "self" and rest):
                ups += first == "super"
                if not rest or rest[0] not in ("super", "self"):
                    break
                first, *rest = rest
            ups -= one.depth
            if ups < 0:
                return None
            return self._inside(path, root, here[: len(here) - ups] if ups else here, rest)
        if self._file(root, (*here, first)) is not None:
            return self._inside(path, root, here, [first, *rest])
        if first in self.crates:
            return self._inside(path, self.crates[first], (), rest)
        if first in _STANDARD:
            return Outside("std" if first == "test" else first, "standard")
        # a name of this file, an enumeration say, is no crate
        return (
            None
            if one.depth or first[:1].isupper() or not first.isidentifier()
            else Outside(first, "package")
        )

    def _inside(self, path: str, root: str, start: tuple[str, ...], rest: list[str]) -> Resolved:
        place = start
        for name in rest:
            if self._file(root, (*place, name)) is None:
                break
            place = (*place, name)
        found = self._file(root, place)
        if found is None and self.places[path] == (root, place):
            found = path  # a crate of a single file
        return Inside((found,) if found is not None else ())

    def _file(self, root: str, place: tuple[str, ...]) -> str | None:
        return self.files.get((root, place))


def _place(path: str, home: str | None) -> Place:
    """Where the file's module is. ``home`` is the folder of its manifest."""
    stem = posixpath.splitext(posixpath.basename(path))[0]
    below = path if not home else path[len(home) + 1 :]
    parts = below.split("/")[:-1]
    base = home or ""
    if parts[:1] == ["src"]:
        base, parts = posixpath.join(base, "src"), parts[1:]
        if parts[:1] == ["bin"]:
            return _own_crate(posixpath.join(base, "bin"), parts[1:], stem)
    elif parts and parts[0] in _OWN_ROOT:
        return _own_crate(posixpath.join(base, parts[0]), parts[1:], stem)
    if stem in ("lib", "main") and not parts:
        return base, ()
    return base, tuple(parts) if stem == "mod" else (*parts, stem)


def _own_crate(folder: str, parts: list[str], stem: str) -> Place:
    """A file of `tests/` or `src/bin/`: one directly there is a root, one in a folder a module of the roots there."""
    if not parts:
        return folder, ()
    if stem in ("main", "mod"):
        return folder, tuple(parts)
    return folder, (*parts, stem)


def _names(manifest: str) -> tuple[str, ...]:
    """What a crate's library can be called in a path."""
    try:
        read = tomllib.loads(manifest)
    except (tomllib.TOMLDecodeError, RecursionError):
        return ()
    names = (inside(read, "lib").get("name"), inside(read, "package").get("name"))
    return tuple(dict.fromkeys(name.replace("-", "_") for name in names if isinstance(name, str)))
