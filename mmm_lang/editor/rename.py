"""Renaming: a step, an input or an output, wherever its name is written.

The text that comes out is read again before anybody sees it. It must have the same names at the same places, with
the one changed, and no new error; otherwise the renaming is refused with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from attrs import evolve

from mmm_lang.analysis.check import Analysis
from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.diagnostics.model import Diagnostic, Edit
from mmm_lang.editor.document import Document, open_document
from mmm_lang.editor.names import Name, Occurrence
from mmm_lang.figures import series
from mmm_lang.source import Span

_VALID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_RENAMEABLE = {
    "step": "the id of a step",
    "input": "the name of an input",
    "output": "the name of an output",
    "anchor": "the name of an anchor",
}


class CannotRename(Exception):
    """A name cannot be changed, or not to that; ``str()`` is a sentence that says why."""


def renameable(document: Document, offset: int) -> Span:
    """The span of the name at an offset. Raises `CannotRename` where there is none that can be changed."""
    return _occurrence(document, offset).span


def rename(document: Document, offset: int, new: str) -> tuple[Edit, ...]:
    """The edits that give the name at an offset a new one everywhere, in the order of the text.

    Raises `CannotRename`.
    """
    name = _occurrence(document, offset).name
    if new == name.text:
        return ()
    _check_name(document, name, new)
    before = document.occurrences
    _check_aliases(document, name, before)
    spelled = {one.span for one in before if one.name == name and one.is_spelled}
    spans = sorted(spelled, key=lambda span: span.start)
    edits = tuple(Edit(span, new) for span in spans)
    after = open_document(
        evolve(document.source, text=apply_edits(document.text, edits)), judge=document.judge
    )
    _check_errors(document.analysis, after.analysis, new)
    if set(after.occurrences) != set(_moved(before, name, new, spans)):
        raise CannotRename(
            f"with the name `{new}` the playbook would not mean the same any more: "
            "some of its references would be read differently"
        )
    return edits


def _occurrence(document: Document, offset: int) -> Occurrence:
    found = document.occurrence_at(offset)
    if found is None:
        raise CannotRename("there is no name here; put the cursor on the id of a step, an input or an output")
    name = found.name
    if name.kind == "variable":
        raise CannotRename(f"`{name.text}` is a variable of mmm itself")
    if name.kind == "command":
        raise CannotRename(f"`/{name.text}` is named after its file; rename the file")
    if not found.is_spelled:
        word = document.source.slice(found.span)
        raise CannotRename(
            f"`{word}` is a word of the language; rename the step where its id `{name.text}` stands"
        )
    defined = [one for one in document.occurrences if one.name == name and one.is_definition]
    if len(defined) > 1:
        lines = series(str(document.source.position(one.span.start).line) for one in defined)
        raise CannotRename(f"`{name.text}` is defined in lines {lines}; give one of them another id first")
    return found


def _check_name(document: Document, name: Name, new: str) -> None:
    if not _VALID.fullmatch(new):
        shown = f"`{new}`" if new.strip() else "an empty text"
        raise CannotRename(
            f"{shown} cannot be {_RENAMEABLE[name.kind]}: "
            "use letters, digits, `_` and `-`, and begin with a letter or `_`"
        )
    taken = next(
        (one for one in document.occurrences if one.is_definition and one.name == evolve(name, text=new)),
        None,
    )
    if taken is not None:
        line = document.source.position(taken.span.start).line
        raise CannotRename(f"`{new}` is taken: line {line} defines it")


def _check_aliases(document: Document, name: Name, known: tuple[Occurrence, ...]) -> None:
    """An alias would carry the new name into a place that has nothing to do with it."""
    shared = document.aliased
    for one in known:
        if one.name == name and one.is_definition and document.scalar_at(one.span.start) in shared:
            raise CannotRename(f"an alias (`*`) stands for the text `{name.text}`; write it out there first")


def _check_errors(before: Analysis, after: Analysis, new: str) -> None:
    known = Counter(one.rule for one in _errors(before.diagnostics))
    for one in _errors(after.diagnostics):
        if known[one.rule] == 0:
            reason = f" ({one.primary.message})" if one.primary.message else ""
            raise CannotRename(f"`{new}` cannot be the name: {one.message}{reason}")
        known[one.rule] -= 1


def _errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [one for one in diagnostics if one.severity == "error"]


def _moved(before: tuple[Occurrence, ...], name: Name, new: str, edited: list[Span]) -> Iterator[Occurrence]:
    """What the occurrences of a text are after its edits."""
    keys = {name.text: new} if name.kind == "step" else {}

    def moved(offset: int) -> int:
        return offset + sum(len(new) - (one.end - one.start) for one in edited if one.end <= offset)

    for one in before:
        renamed = evolve(one.name, text=new) if one.name == name else _reowned(one.name, keys)
        yield evolve(one, name=renamed, span=Span(moved(one.span.start), moved(one.span.end)))


def _reowned(name: Name, keys: dict[str, str]) -> Name:
    """An output of a step whose key begins with an id that has changed."""
    first, dot, rest = name.owner.partition(".")
    return evolve(name, owner=f"{keys[first]}{dot}{rest}") if first in keys else name
