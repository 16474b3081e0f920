"""Scripts that their shell cannot read, found without shellcheck.

The grammar proposes places, and the shell itself has the last word: what it would read is no mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mmm_lang.analysis.embedded import EmbeddedScript, embedded_scripts, is_plain
from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.script_texts import ScriptText
from mmm_lang.diagnostics.model import Diagnostic, Label

if TYPE_CHECKING:
    from tree_sitter import Node

Refusal = Callable[[EmbeddedScript], str | None]
"""Asks the shell of a script whether it can read it: what it says where it cannot, ``None`` where it can or where there
is no such shell."""

_LOOK = "look for a quote, a bracket or a word such as `fi` or `done` that is missing"
_PLAIN_DIALECTS = ("sh", "dash")
_OF_BASH = frozenset(
    {"array", "process_substitution", "herestring_redirect", "c_style_for_statement", "function", "|&"}
)
"""What the grammar, which is that of bash, reads and a plain `sh` refuses. `[[` is not among them: for `sh` that is a
command like others, which is missed only when it is run."""


def syntax_diagnostics(facts: Facts, refusal: Refusal) -> Iterator[Diagnostic]:
    """A diagnostic for each script that the grammar and the shell both refuse."""
    for script, embedded in embedded_scripts(facts):
        if is_plainly_sound(embedded.text) or not _may_be_judged(facts, script):
            continue
        place = error_place(embedded.text)
        label, advice = "goes wrong from here", _LOOK
        if place is None and embedded.dialect in _PLAIN_DIALECTS:
            place = _bash_place(embedded.text)
            label, advice = "only bash and its like know this", "write `shell_program: bash`"
        said = refusal(embedded) if place is not None else None
        if place is None or said is None:
            continue
        yield Diagnostic(
            rule="script-syntax",
            severity="error",
            message=f"`{script.program}` cannot read this script",
            source=facts.source,
            primary=Label(script.span_of(*place), label),
            help=(advice,),
            notes=(f"`{script.program}` says: {said}",) if said else (),
        )


def is_plainly_sound(text: str) -> bool:
    """Whether every shell can read a script for sure: comments and lines of plain words, joined by `&&`, `||`, `|`, `;`.
    Loading the grammar takes longer than all the rest of a check."""
    return all(
        is_plain(part) and part.strip()
        for line in text.split("\n")
        if line.strip() and not line.lstrip(" \t").startswith("#")
        for part in re.split(r" (?:&&|\|\|?) |; ", line)
    )


def _may_be_judged(facts: Facts, script: ScriptText) -> bool:
    """Whether no reference of the script becomes code or stands where it cannot: then nobody knows what is run."""
    holes = [hole for hole in script.template.holes if hole in facts.places]
    return all(
        facts.places[hole].place is not None and all(one.name != "raw" for one in hole.filters)
        for hole in holes
    )


def error_place(text: str) -> tuple[int, int] | None:
    """Start and end of the first thing in a script that the grammar cannot read; ``None`` where it reads all."""
    from mmm_lang.analysis.shell_tree import nodes, parse_script

    source = text.encode("utf-8", "surrogatepass")
    tree = parse_script(source)
    if not tree.broken:
        return None
    found = [node for node in nodes(tree.root) if node.is_missing or node.type == "ERROR"]
    if not found:
        return None
    first = min(found, key=lambda node: node.start_byte)
    opening = first.parent.children[0] if first.is_missing and first.parent is not None else first
    return _characters(source, opening)


def _bash_place(text: str) -> tuple[int, int] | None:
    """Start and end of the first thing in a script that a plain `sh` does not know."""
    from mmm_lang.analysis.shell_tree import nodes, parse_script

    source = text.encode("utf-8", "surrogatepass")
    first = next((node for node in nodes(parse_script(source).root) if node.type in _OF_BASH), None)
    return None if first is None else _characters(source, first)


def _characters(source: bytes, node: Node) -> tuple[int, int]:
    """Start and end of a node in the text."""
    start, end = _extent(source, node)
    before = source[:start].decode("utf-8", "surrogatepass")
    return len(before), len(before) + len(source[start:end].decode("utf-8", "surrogatepass"))


def _extent(source: bytes, node: Node) -> tuple[int, int]:
    """The first line of a node, as far as it holds text; of nothing, the last character before it."""
    start = node.start_byte
    end = node.end_byte
    while start < end and source[start : start + 1].isspace():
        start += 1
    line_end = source.find(b"\n", start, end)
    end = line_end if line_end >= 0 else end
    if end > start:
        return start, end
    last = len(source[:start].rstrip())
    begin = max(last - 1, 0)
    while begin > 0 and source[begin] & 0xC0 == 0x80:
        begin -= 1
    return begin, last
