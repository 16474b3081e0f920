"""From an import of JavaScript or TypeScript to modules of the project."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator

from attrs import frozen

from mmm_lang.commands.folder import Table, inside, table, texts
from mmm_lang.context.facts import Import
from mmm_lang.context.resolving import Inside, Outside, Project, Resolved, joined, nearest

_ENDINGS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".d.ts")
_WRITTEN_FOR = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""What a TypeScript file writes for its neighbour is the name that the compiler gives it."""
_NODE = frozenset(
    {
        "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram",
        "diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2", "https", "inspector", "module", "net",
        "os", "path", "perf_hooks", "process", "punycode", "querystring", "readline", "repl", "stream",
        "string_decoder", "sys", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi",
        "worker_threads", "zlib",
    }
)  # fmt: skip
_COMMENTS = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LAST_COMMA = re.compile(r",(\s*[}\]])")


@frozen
class _Settings:
    """What a ``tsconfig.json`` says of paths. ``base`` is a folder; ``paths`` are patterns with at most one ``*``."""

    base: str | None
    origin: str
    paths: tuple[tuple[str, tuple[str, ...]], ...]


@frozen
class _Package:
    """A package of the workspace: its folder, and the file that its bare name stands for."""

    folder: str
    main: str | None


@frozen(eq=False)
class JavaScriptImports:
    """Modules by path, the settings of TypeScript by folder, the packages of the workspace by name."""

    modules: frozenset[str]
    paths: frozenset[str]
    settings: dict[str, _Settings]
    packages: dict[str, _Package]

    @classmethod
    def of(cls, project: Project) -> JavaScriptImports:
        """The rules for a project."""
        modules = frozenset(
            path for path, facts in project.facts.items() if facts.language in ("JavaScript", "TypeScript")
        )
        settings: dict[str, _Settings] = {}
        packages: dict[str, _Package] = {}
        if modules:
            for path in project.named("tsconfig.json", "jsconfig.json"):
                settings[posixpath.dirname(path)] = _settings(
                    posixpath.dirname(path), _read(project.text(path))
                )
            for path in project.named("package.json"):
                manifest = _read(project.text(path))
                if isinstance(name := manifest.get("name"), str):
                    packages.setdefault(name, _Package(posixpath.dirname(path), _main(manifest)))
        return cls(modules, frozenset(project.paths), settings, packages)

    def resolve(self, path: str, one: Import) -> Resolved:
        """Where an import leads."""
        target = one.target.split("?")[0]
        folder = posixpath.dirname(path)
        if target.startswith((".", "/")):
            return self._relative(joined(folder, target) if target.startswith(".") else None)
        if (found := self._by_settings(folder, target)) is not None:
            return Inside((found,))
        name = _package_of(target)
        if (package := self.packages.get(name)) is not None:
            return self._in_package(package, target[len(name) + 1 :])
        if target.startswith("node:") or name in _NODE:
            return Outside(name.removeprefix("node:").split("/")[0], "standard")
        return Outside(name, "package")

    def _relative(self, place: str | None) -> Resolved:
        if place is None:
            return Inside(())
        if (found := self._module(place)) is not None:
            return Inside((found,))
        return None if place in self.paths else Inside(())

    def _by_settings(self, folder: str, target: str) -> str | None:
        home = nearest(folder, self.settings.keys())
        if home is None:
            return None
        settings = self.settings[home]
        for place in _mapped(settings, target):
            if (found := self._module(place)) is not None:
                return found
        return None

    def _in_package(self, package: _Package, rest: str) -> Resolved:
        wanted = [rest, f"src/{rest}"] if rest else [package.main or "index", "src/index", "src/main", "src"]
        for one in wanted:
            place = joined(package.folder, one)
            if place is not None and (found := self._module(place)) is not None:
                return Inside((found,))
        return Inside(())

    def _module(self, place: str) -> str | None:
        """The module that a path without regard to its ending stands for."""
        if place in self.modules:
            return place
        stem, ending = posixpath.splitext(place)
        candidates = [stem + other for other in _WRITTEN_FOR.get(ending, ())]
        candidates += [place + other for other in _ENDINGS]
        candidates += [posixpath.join(place, f"index{other}") for other in _ENDINGS]
        return next((one for one in candidates if one in self.modules), None)


def _package_of(target: str) -> str:
    """`name` of `name/sub`, `@scope/name` of `@scope/name/sub`."""
    parts = target.split("/")
    return "/".join(parts[: 2 if target.startswith("@") else 1])


def _mapped(settings: _Settings, target: str) -> Iterator[str]:
    """The paths that ``paths`` and ``baseUrl`` make of a target, in the order in which TypeScript tries them."""
    for pattern, places in settings.paths:
        before, star, after = pattern.partition("*")
        fits = (
            target.startswith(before) and target.endswith(after) and len(target) >= len(before) + len(after)
        )
        if not (fits if star else target == pattern):
            continue
        middle = target[len(before) : len(target) - len(after)] if star else ""
        for place in places:
            if (path := joined(settings.base or settings.origin, place.replace("*", middle))) is not None:
                yield path
    if settings.base is not None and (path := joined(settings.base, target)) is not None:
        yield path


def _settings(folder: str, read: Table) -> _Settings:
    options = inside(read, "compilerOptions")
    base = options.get("baseUrl")
    paths = table(options.get("paths"))
    return _Settings(
        joined(folder, base) if isinstance(base, str) else None,
        folder,
        tuple(
            (pattern, texts(paths[pattern]))
            for pattern in sorted(paths, key=lambda one: (-len(one.partition("*")[0]), one))
        ),
    )


def _main(manifest: Table) -> str | None:
    for key in ("source", "module", "main"):
        if isinstance(found := manifest.get(key), str):
            return found
    return None


def _read(text: str) -> Table:
    """JSON with comments and commas at the end of lists; an empty table where it is none."""
    try:
        return table(json.loads(_LAST_COMMA.sub(r"\1", _COMMENTS.sub(lambda found: found[1] or "", text))))
    except (ValueError, RecursionError):
        return {}
