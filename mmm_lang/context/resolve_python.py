"""From a Python import to modules of the project."""

from __future__ import annotations

import posixpath
import sys
from collections import defaultdict

from attrs import frozen

from mmm_lang.context.facts import Import
from mmm_lang.context.resolving import Inside, Outside, Project, Resolved

_ROOTS = ("", "src", "lib", "python")


@frozen(eq=False)
class PythonImports:
    """Modules by path, and the folders that can stand on ``sys.path``, by the first names that are found in them."""

    modules: frozenset[str]
    roots: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, project: Project) -> PythonImports:
        """The rules for a project."""
        modules = frozenset(path for path, facts in project.facts.items() if facts.language == "Python")
        packages = {
            posixpath.dirname(path) for path in modules if posixpath.basename(path).startswith("__init__.")
        }
        roots = {*_ROOTS}
        for manifest in project.named("pyproject.toml", "setup.py", "setup.cfg"):
            folder = posixpath.dirname(manifest)
            roots |= {folder, posixpath.join(folder, "src")}
        roots |= {posixpath.dirname(one) for one in packages if posixpath.dirname(one) not in packages}
        found: defaultdict[str, set[str]] = defaultdict(set)
        for path in modules:
            for root in _above(path):
                if root in roots:
                    rest = path[len(root) + 1 :] if root else path
                    found[posixpath.splitext(rest.split("/")[0])[0]].add(root)
        return cls(modules, {name: tuple(sorted(places)) for name, places in found.items()})

    def resolve(self, path: str, one: Import) -> Resolved:
        """Where an import leads: to a module, and for `from a import b` to `a.b` where that is one."""
        folder = posixpath.dirname(path)
        if one.target.startswith("."):
            level = len(one.target) - len(one.target.lstrip("."))
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            rest = one.target[level:]
            return Inside(self._found(posixpath.join(folder, *rest.split(".")) if rest else folder, one))
        first = one.target.split(".")[0]
        for root in sorted(self.roots.get(first, ()), key=lambda root: (-_shared(root, folder), root)):
            if found := self._found(posixpath.join(root, *one.target.split(".")), one):
                return Inside(found)
        if first in sys.stdlib_module_names:
            return Outside(first, "standard")
        # a script sees what lies beside it
        if found := self._found(posixpath.join(folder, *one.target.split(".")), one):
            return Inside(found)
        return Inside(()) if first in self.roots else Outside(first, "package")

    def _found(self, place: str, one: Import) -> tuple[str, ...]:
        """The modules that `import place` or `from place import names` loads."""
        inner = [self._module(posixpath.join(place, name)) for name in one.names]
        found = {path for path in inner if path is not None}
        if not one.names or None in inner:
            own = self._module(place)
            found |= {own} if own is not None else set()
        return tuple(sorted(found))

    def _module(self, place: str) -> str | None:
        for ending in (".py", "/__init__.py", ".pyi", "/__init__.pyi"):
            if place + ending in self.modules:
                return place + ending
        return None


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts))]


def _shared(root: str, folder: str) -> int:
    """How much of a root lies on the way to a folder: the innermost root around a file wins."""
    return len(root) if not root or folder == root or folder.startswith(f"{root}/") else -1
