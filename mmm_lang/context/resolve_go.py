"""From a Go import to packages of the project. A package is a folder, and its path stands for it."""

from __future__ import annotations

import posixpath
import re

from attrs import frozen

from mmm_lang.context.facts import Import
from mmm_lang.context.resolving import Inside, Outside, Project, Resolved

_MODULE = re.compile(r'^module\s+"?([^\s"]+)"?', re.MULTILINE)


@frozen(eq=False)
class GoImports:
    """Packages by folder, and the folders of modules by their names, the longest first."""

    packages: frozenset[str]
    homes: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, project: Project) -> GoImports:
        """The rules for a project."""
        packages = frozenset(
            package_of(path)
            for path, facts in project.facts.items()
            if facts.language == "Go" and not path.endswith("_test.go")
        )
        homes = [
            (found[1], posixpath.dirname(path))
            for path in (project.named("go.mod") if packages else ())
            if (found := _MODULE.search(project.text(path))) is not None
        ]
        return cls(packages, tuple(sorted(homes, key=lambda home: (-len(home[0]), home))))

    def resolve(self, path: str, one: Import) -> Resolved:
        """Where an import leads."""
        del path  # imports are absolute
        for name, folder in self.homes:
            if one.target == name or one.target.startswith(f"{name}/"):
                place = posixpath.join(folder, one.target[len(name) + 1 :]).rstrip("/") or "."
                return Inside((place,) if place in self.packages else ())
        first = one.target.split("/")[0]
        if "." not in first:
            return Outside(one.target, "standard")
        parts = one.target.split("/")
        return Outside("/".join(parts[: 3 if len(parts) > 2 and first in _HOSTS else 2]), "package")


_HOSTS = frozenset({"bitbucket.org", "codeberg.org", "github.com", "gitlab.com"})


def package_of(path: str) -> str:
    """The folder of a file, ``.`` for the root."""
    return posixpath.dirname(path) or "."
