"""What a file is, by its name: its language, its role, and whether it is nobody's own work."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from attrs import frozen

from mmm_lang.context.facts import Reason

Role = Literal["source", "test", "example"]
"""``example``: examples, benchmarks, scripts of a build and settings written as code. Nobody expects tests of those."""


@frozen
class Language:
    """A language. ``grammar``: it is parsed, and its imports are followed; ``comments`` begin its comments elsewhere."""

    name: str
    endings: tuple[str, ...]
    comments: tuple[str, ...]
    is_parsed: bool = False


_SLASHES = ("//", "/*", "*")
LANGUAGES = (
    Language("C", (".c", ".h"), _SLASHES),
    Language("C#", (".cs",), _SLASHES),
    Language("C++", (".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx"), _SLASHES),
    Language("Dart", (".dart",), _SLASHES),
    Language("Elixir", (".ex", ".exs"), ("#",)),
    Language("Go", (".go",), _SLASHES, True),
    Language("Haskell", (".hs",), ("--", "{-")),
    Language("Java", (".java",), _SLASHES),
    Language("JavaScript", (".js", ".mjs", ".cjs", ".jsx"), _SLASHES, True),
    Language("Kotlin", (".kt", ".kts"), _SLASHES),
    Language("Lua", (".lua",), ("--",)),
    Language("Objective-C", (".m", ".mm"), _SLASHES),
    Language("PHP", (".php",), (*_SLASHES, "#")),
    Language("Perl", (".pl", ".pm"), ("#",)),
    Language("Python", (".py", ".pyi"), ("#",), True),
    Language("R", (".r", ".R"), ("#",)),
    Language("Ruby", (".rb",), ("#",)),
    Language("Rust", (".rs",), _SLASHES, True),
    Language("SQL", (".sql",), ("--", "/*")),
    Language("Scala", (".scala",), _SLASHES),
    Language("Shell", (".sh", ".bash", ".zsh"), ("#",)),
    Language("Svelte", (".svelte",), (*_SLASHES, "<!--")),
    Language("Swift", (".swift",), _SLASHES),
    Language("TypeScript", (".ts", ".mts", ".cts", ".tsx"), _SLASHES, True),
    Language("Vue", (".vue",), (*_SLASHES, "<!--")),
    Language("Zig", (".zig",), ("//",)),
)

_BY_ENDING: Mapping[str, Language] = MappingProxyType(
    {ending: language for language in LANGUAGES for ending in language.endings}
)

_VENDORED = frozenset(
    {
        ".nuxt", ".tox", ".venv", ".yarn", "Pods", "bower_components", "node_modules", "site-packages", "third_party",
        "third-party", "vendor", "venv",
    }
)  # fmt: skip
_FIXTURES = frozenset({"__fixtures__", "__snapshots__", "fixtures", "testdata"})
_GENERATED = re.compile(
    r".*(\.pb\.go|_pb2(_grpc)?\.pyi?|_generated\.go|\.gen\.(go|ts|js)|\.g\.dart|\.designer\.cs|zz_generated.*\.go)$"
)
_MINIFIED = re.compile(r".*[.-](min|bundle)\.[cm]?js$")

_TEST_FOLDERS = frozenset({"__tests__", "test", "tests", "spec", "specs", "cypress", "e2e"})
_EXAMPLE_FOLDERS = frozenset(
    {"bench", "benches", "benchmark", "benchmarks", "doc", "docs", "example", "examples"}
)
_TEST_NAMES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "Python": re.compile(r"(test_.*|.*_tests?|conftest|tests?)\.pyi?"),
        "Go": re.compile(r".*_test\.go"),
        "Rust": re.compile(r"(tests?|.*_tests?)\.rs"),
        "JavaScript": re.compile(r".*[.-](test|spec)\.[cm]?jsx?"),
        "TypeScript": re.compile(r".*[.-](test|spec|test-d)\.[cm]?tsx?"),
    }
)
_OTHER_TEST = re.compile(r"(.*Tests?|.*Spec|.*_spec|.*_test|test_.*|Test.*)\.\w+")
_SETTING = re.compile(
    r"(setup|noxfile|fabfile|tasks|conf|build)\.(py|rs)|.*\.config\.[cm]?[jt]s|\..*rc\.[cm]?js|.*\.d\.[cm]?ts"
)


def language_of(path: str) -> Language | None:
    """The language of a file, by its name; ``None`` for what is no code."""
    return _BY_ENDING.get(os.path.splitext(path)[1])


def left_out(path: str) -> Reason | None:
    """Why a file is not the project's own work, as far as its path tells."""
    folders = path.split("/")[:-1]
    name = path.rpartition("/")[2]
    if not _VENDORED.isdisjoint(folders):
        return "vendored"
    if not _FIXTURES.isdisjoint(folders):
        return "fixture"
    if _GENERATED.fullmatch(name):
        return "generated"
    return "minified" if _MINIFIED.fullmatch(name) else None


def role_of(path: str, language: str) -> Role:
    """What a file of code is for. Go and Rust say it by rules of their own, the others by folder and name."""
    *folders, name = path.split("/")
    pattern = _TEST_NAMES.get(language, _OTHER_TEST)
    if pattern.fullmatch(name):
        return "test"
    if language != "Go" and not _TEST_FOLDERS.isdisjoint(folders):
        return "test"
    if not _EXAMPLE_FOLDERS.isdisjoint(folders) or _SETTING.fullmatch(name):
        return "example"
    return "source"
