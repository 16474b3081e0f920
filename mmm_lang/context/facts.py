"""What is known of one file by its content alone, and how that is kept.

Facts depend on nothing but a file's name and bytes, so they are good for as long as the bytes stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from attrs import fields, frozen

FACTS_VERSION = 1
"""Goes up with every change of what is found in a file; facts of another version are found anew."""

Strength = Literal["import", "reexport", "type", "lazy", "test"]
"""How an import binds: at load time; as a Rust `pub use`; for the type checker only; when a function runs; in tests."""


@frozen
class Import:
    """An import as written: `a.b`, `..x`, `./y`, `crate::a::b`.

    ``names`` are those of a `from … import`. ``depth`` counts the inline modules of Rust around it. ``line`` is from 1.
    """

    target: str
    line: int
    strength: Strength = "import"
    names: tuple[str, ...] = ()
    depth: int = 0


@frozen
class Function:
    """A function with its first and last line (from 1) and its cyclomatic complexity (from 1)."""

    name: str
    line: int
    end: int
    complexity: int

    @property
    def lines(self) -> int:
        """How many lines it spans."""
        return self.end - self.line + 1


@frozen
class Marker:
    """A `TODO` or its like in a comment; ``text`` is what follows it on its line, cut to 120 characters."""

    line: int
    kind: str
    text: str


@frozen
class Facts:
    """A file of code.

    ``lines`` are all lines, ``code_lines`` those with more than comment and space, ``test_lines`` those of them that are
    tests inside of a source file (Rust). ``indent`` is what most indented lines begin with: 0 for a tab, else the width
    of one step in spaces; ``None`` where nothing is indented. ``widest`` is the length of the longest line in
    characters. ``is_entry``: it can be started.
    """

    language: str
    lines: int
    code_lines: int
    test_lines: int = 0
    widest: int = 0
    indent: int | None = None
    has_crlf: bool = False
    is_entry: bool = False
    imports: tuple[Import, ...] = ()
    functions: tuple[Function, ...] = ()
    types: tuple[str, ...] = ()
    markers: tuple[Marker, ...] = ()


Reason = Literal[
    "binary",
    "fixture",
    "generated",
    "huge",
    "link",
    "minified",
    "not-checked-out",
    "submodule",
    "unreadable",
    "vendored",
]
"""Why a file is left out."""

Kept = list[object]
"""Facts as JSON: a list in the order of the fields."""


def keep(facts: Facts) -> Kept:
    """Facts as JSON."""
    return [
        *(getattr(facts, name) for name in _PLAIN),
        [[one.target, one.line, one.strength, list(one.names), one.depth] for one in facts.imports],
        [[one.name, one.line, one.end, one.complexity] for one in facts.functions],
        list(facts.types),
        [[one.line, one.kind, one.text] for one in facts.markers],
    ]


def take(kept: Sequence[object]) -> Facts:
    """The facts that ``keep`` wrote. Raises ``TypeError`` or ``ValueError`` where it did not."""
    *plain, imports, functions, types, markers = kept
    about = cast("dict[str, str]", dict(zip(_PLAIN, plain, strict=True)))
    imported = cast("list[tuple[str, int, Strength, list[str], int]]", imports)
    return Facts(
        **about,  # type: ignore[arg-type]  # `keep` wrote each field with its own type
        imports=tuple(
            Import(target, line, strength, tuple(names), depth)
            for target, line, strength, names, depth in imported
        ),
        functions=tuple(Function(*one) for one in cast("list[tuple[str, int, int, int]]", functions)),
        types=tuple(cast("list[str]", types)),
        markers=tuple(Marker(*one) for one in cast("list[tuple[int, str, str]]", markers)),
    )


_PLAIN = tuple(one.name for one in fields(Facts))[:8]
