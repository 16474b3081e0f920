"""JavaScript and TypeScript: prettier or Biome, eslint, jest or vitest, by the package manager of the lock file.

A script of ``package.json`` wins over calling a tool: it is how the repository's people call it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from mmm_lang.commands.folder import Folder, Table, inside
from mmm_lang.commands.toolchain import Role, Task, Toolchain

_LOCKS = (
    ("pnpm", ("pnpm-lock.yaml", "pnpm-workspace.yaml")),
    ("yarn", ("yarn.lock", ".yarnrc.yml")),
    ("bun", ("bun.lock", "bun.lockb")),
    ("npm", ("package-lock.json", "npm-shrinkwrap.json")),
)
_EXEC = {"npm": "npx", "pnpm": "pnpm exec", "yarn": "yarn", "bun": "bunx"}

_PRETTIER = (".prettierrc", ".prettierrc.*", "prettier.config.*")
_ESLINT = (".eslintrc", ".eslintrc.*", "eslint.config.*")
_SCRIPTS: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("format", ("format", "fmt", "format:fix", "prettier:fix", "format:write")),
    ("format_check", ("format:check", "check:format", "fmt:check", "prettier:check")),
    ("fix", ("lint:fix", "fix")),
    ("lint", ("lint", "eslint")),
    ("types", ("typecheck", "type-check", "check-types", "types", "tsc")),
    ("build", ("build",)),
    ("test", ("test", "test:unit")),
    ("one_test", ()),
    ("coverage", ("coverage", "test:coverage", "test:cov")),
    ("bench", ("bench", "benchmark")),
    ("docs", ("docs", "docs:build", "build:docs")),
)
_PLACEHOLDER = "no test specified"
"""What `npm init` writes as the script `test`."""


@frozen(eq=False)
class _Package:
    """A ``package.json`` with the files beside it. ``manager`` is npm, pnpm, yarn or bun."""

    folder: Folder
    manifest: Table
    packages: frozenset[str]
    manager: str
    is_berry: bool

    def uses(self, name: str, *files: str) -> bool:
        """Whether a tool is declared, or configured here or above."""
        return name in self.packages or self.folder.has(*files) or self.folder.has_around(*files)

    def script(self, *names: str) -> str | None:
        """The first of these that is a script with something in it."""
        scripts = inside(self.manifest, "scripts")
        found = ((name, scripts.get(name)) for name in names)
        return next(
            (
                name
                for name, line in found
                if isinstance(line, str) and line.strip() and _PLACEHOLDER not in line
            ),
            None,
        )

    def runs(self, role: Role, name: str) -> Task:
        """The task that a script is."""
        short = name == "test" and self.manager != "bun"
        line = f"{self.manager} {'' if short else 'run '}{name}"
        return Task(role, line, line)

    def calls(self, role: Role, program: str, rest: str) -> Task:
        """The task that a program of ``node_modules`` is."""
        call = f"{_EXEC[self.manager]} {program}"
        return Task(role, f"{call} {rest}".rstrip(), call)


def javascript_toolchain(folder: Folder) -> Toolchain:
    """The tools of a package: ``folder`` holds a ``package.json``."""
    manifest = folder.json("package.json")
    declared = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
    packages = frozenset(name for group in declared for name in inside(manifest, group))
    stated = manifest.get("packageManager")
    manager, version = _manager(folder, stated if isinstance(stated, str) else "")
    is_berry = folder.has_around(".yarnrc.yml") or version > 1
    package = _Package(folder, manifest, packages, manager, is_berry)
    tasks = tuple(task for role in _ROLES for task in _tasks(package, role))
    is_typed = "typescript" in packages or folder.has("tsconfig.json", "tsconfig.*.json")
    return Toolchain(
        "javascript",
        "TypeScript" if is_typed else "JavaScript",
        folder.path,
        tasks,
        "`*.test.*` or `*.spec.*` beside the code, or `__tests__/`, whichever is used here",
    )


_ROLES: tuple[Role, ...] = (*(role for role, _ in _SCRIPTS), "audit")


def _manager(folder: Folder, stated: str) -> tuple[str, int]:
    """The package manager, and the major version that ``packageManager`` states, else 0."""
    found = re.match(r"(npm|pnpm|yarn|bun)@(\d+)", stated)
    if found:
        return found[1], int(found[2])
    for names in (folder.files, folder.outer):
        for manager, locks in _LOCKS:
            if names & set(locks):
                return manager, 0
    return "npm", 0


def _tasks(package: _Package, role: Role) -> Iterator[Task]:
    """The tasks of one role: the script that is there, else the tools that are."""
    names = next((names for scripted, names in _SCRIPTS if scripted == role), ())
    script = package.script(*names)
    if role == "audit":
        yield _audit(package)
    elif script is not None and not (role == "format" and _only_checks(package, script)):
        yield package.runs(role, script)
    elif role in ("format", "format_check"):
        yield from _formatters(package, role)
    elif role in ("lint", "fix"):
        yield from _linters(package, role)
    elif role == "types" and package.folder.has("tsconfig.json"):
        yield package.calls(role, "tsc", "--noEmit")
    elif role in ("test", "one_test", "coverage"):
        yield from _tests(package, role)


def _only_checks(package: _Package, script: str) -> bool:
    line = inside(package.manifest, "scripts").get(script)
    return isinstance(line, str) and "--check" in line


def _formatters(package: _Package, role: Role) -> Iterator[Task]:
    if package.uses("@biomejs/biome", "biome.json", "biome.jsonc"):
        yield package.calls(role, "biome", "format --write ." if role == "format" else "format .")
    elif package.uses("prettier", *_PRETTIER) or "prettier" in package.manifest:
        yield package.calls(role, "prettier", "--write ." if role == "format" else "--check .")


def _linters(package: _Package, role: Role) -> Iterator[Task]:
    if package.uses("eslint", *_ESLINT) or "eslintConfig" in package.manifest:
        yield package.calls(role, "eslint", ". --fix" if role == "fix" else ".")
    elif package.uses("@biomejs/biome", "biome.json", "biome.jsonc"):
        yield package.calls(role, "biome", "lint --write ." if role == "fix" else "lint .")


_VITEST: Mapping[Role, str] = {"test": "run", "one_test": "run PATH -t NAME", "coverage": "run --coverage"}
_JEST: Mapping[Role, str] = {"test": "", "one_test": "PATH -t NAME", "coverage": "--coverage"}


def _tests(package: _Package, role: Role) -> Iterator[Task]:
    if package.uses("vitest", "vitest.config.*"):
        if role != "coverage" or any(name.startswith("@vitest/coverage-") for name in package.packages):
            yield package.calls(role, "vitest", _VITEST[role])
    elif package.uses("jest", "jest.config.*") or "jest" in package.manifest:
        yield package.calls(role, "jest", _JEST[role])


def _audit(package: _Package) -> Task:
    line = "yarn npm audit" if package.manager == "yarn" and package.is_berry else f"{package.manager} audit"
    return Task("audit", line, line, "needs the network")
