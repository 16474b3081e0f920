"""Where each hole of a script stands: its quoting context, and why it may have none.

A value travels in an environment variable, never in the script's source (spec/language.md, 3.3); how its
variable has to be written depends on the quotes around the hole. They are found with a real shell grammar
(tree-sitter-bash, imported when a script with a hole is first seen), in which each hole is replaced by an
expansion of the same length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from mmm_lang.analysis.shell_context import Context, ShellFamily, context_of
from mmm_lang.analysis.shell_tree import ScriptTree, parse_script
from mmm_lang.record import evolve, frozen
from mmm_lang.syntax.hole_scanner import HoleText, scan
from mmm_lang.syntax.nodes import Hole, Template

__all__ = ["PROBLEMS", "Place", "PlaceFound", "Problem", "assigned_names", "find_places"]

Place = Literal["bare", "double", "single", "ansi", "heredoc", "arithmetic", "comment"]
"""The quoting contexts, as the plan knows them."""

Problem = Literal[
    "quoted-heredoc",
    "heredoc-delimiter",
    "heredoc-pattern",
    "ansi-quotes",
    "quoted-number",
    "one-word-place",
    "escaped",
    "tangled-quotes",
    "unquoted-replacement",
    "unknown-shell",
]

PROBLEMS: Mapping[Problem, tuple[str, str]] = MappingProxyType(
    {
        "quoted-heredoc": (
            "stands in a here-document whose delimiter is quoted, where a shell replaces nothing",
            "write the delimiter without quotes, and `\\$` where a dollar sign is meant",
        ),
        "heredoc-delimiter": (
            "is the delimiter of a here-document, which a shell takes as it is written",
            "write a fixed word such as `EOF`",
        ),
        "heredoc-pattern": (
            "is a pattern inside a here-document, where not every shell can quote it",
            "set a variable before the here-document and put that into it",
        ),
        "ansi-quotes": (
            "stands in `$'…'`, which `sh` does not know",
            "write `'…'`, or `shell_program: bash`",
        ),
        "quoted-number": (
            "stands in single quotes where the shell computes",
            "leave the quotes out",
        ),
        "one-word-place": (
            "gives several words where the shell takes one",
            "leave `| words` out, or put the reference into double quotes to join the words by spaces",
        ),
        "escaped": (
            "has a backslash before it, which leaves it to the shell",
            "leave the backslash out",
        ),
        "tangled-quotes": (
            "stands in quotes inside quotes that shells read differently",
            "set a variable first and use that",
        ),
        "unquoted-replacement": (
            "is put in by an unquoted `${x/…/…}`, whose result a shell splits into words",
            "put the whole expansion into double quotes",
        ),
        "unknown-shell": (
            "stands in a script for a program whose quotes mmm does not know",
            "give the value in `env:` and read it there, or use `shell_program: bash`",
        ),
    }
)
"""Why a hole has no place, to follow its name, and what to do about it."""

_FAMILIES: Mapping[str, ShellFamily] = MappingProxyType(
    {
        "sh": "posix",
        "dash": "posix",
        "ash": "posix",
        "bash": "bash",
        "zsh": "korn",
        "ksh": "korn",
        "mksh": "korn",
    }
)


@frozen
class PlaceFound:
    """The place of a hole, or the ``problem`` that leaves it without one (then ``place`` is ``None``).

    ``evaluated_by`` names the program that reads the value as code although it arrives as one argument
    (``eval``, ``sh -c``, ``python3 -c``); ``is_command``: the value is the name of a command;
    ``uncertain``: the grammar could not read a part of the script, so the place is its best guess.
    """

    place: Place | None
    problem: Problem | None = None
    evaluated_by: str | None = None
    is_command: bool = False
    uncertain: bool = False


def find_places(template: Template, holes: Sequence[Hole], program: str) -> dict[Hole, PlaceFound]:
    """The place of each of ``holes``, which are holes of ``template`` that are ours.

    The template's other holes are the shell's own and stay text. ``program`` is the shell that runs the
    script, by name or path. Never raises.
    """
    if not holes:
        return {}
    family = _FAMILIES.get(program.strip().rpartition("/")[2])
    if family is None:
        return dict.fromkeys(holes, PlaceFound(None, "unknown-shell"))
    extents = [(hole.start, hole.end, hole.spelling == "bare") for hole in holes]
    source = _with_placeholders(template.raw, extents)
    tree = parse_script(source.encode("utf-8", "surrogatepass"))
    found = {}
    start = at = 0
    for hole in sorted(holes, key=lambda one: one.start):
        start += len(source[at : hole.start].encode("utf-8", "surrogatepass"))
        at = hole.start
        context = context_of(tree, start, start + hole.end - hole.start, family)
        found[hole] = _place_found(hole, context, tree)
    return found


def _with_placeholders(raw: str, extents: Sequence[tuple[int, int, bool]]) -> str:
    """``raw`` with an expansion of the same length, in ASCII, at each of ``extents``."""
    pieces: list[str] = []
    at = 0
    for start, end, is_bare in sorted(extents):
        name = "M" * (end - start)
        pieces += raw[at:start], f"${name[1:]}" if is_bare else f"${{{name[3:]}}}"
        at = end
    return "".join((*pieces, raw[at:]))


def _place_found(hole: Hole, context: Context, tree: ScriptTree) -> PlaceFound:
    place: Place = context.place
    problem: Problem | None = context.problem
    splits = any(one.name == "words" for one in hole.filters)
    if place == "bare" and splits and not context.many_words:
        problem = "one-word-place"
    found = PlaceFound(place, problem, context.evaluated_by, context.is_command, tree.broken)
    return found if problem is None else evolve(found, place=None)


def assigned_names(script: str) -> dict[str, int]:
    """The plain names that a script gives values itself, so that ``$name`` in it is the shell's, each with
    the index at which it first does so.

    Assignments, ``for``, ``select``, ``read``, ``mapfile``, ``getopts``, ``printf -v``, ``${x:=…}``, declarations
    (``local x``). An assignment before a command (``X=1 make``) is for that command alone and does not count.
    """
    from mmm_lang.analysis.shell_names import names_assigned_in

    extents = [
        (piece.start, piece.end, False)
        for piece in scan(script, "shell").pieces
        if isinstance(piece, HoleText) and len(piece.interior.names) > 1
    ]
    source = _with_placeholders(script, extents).encode("utf-8", "surrogatepass")
    found = names_assigned_in(parse_script(source))
    return {name: len(source[:at].decode("utf-8", "surrogatepass")) for name, at in found.items()}
