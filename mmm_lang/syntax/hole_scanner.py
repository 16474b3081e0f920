"""Where the references of a template are: one pass over the decoded text, by kind of template.

Outside scripts every ``$`` that begins a name or a brace is a reference, and what is malformed is an error.
In a script most of them are the shell's, so only what can be ours is taken: dotted names (which no shell
has), names standing alone, and the session's variables with a default. A backslash before ``$`` leaves it to
the shell there, ``$$`` is its process id, and a default that only a shell can evaluate stays the shell's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from mmm_lang.diagnostics.crowds import MOST_FOUND
from mmm_lang.record import frozen
from mmm_lang.syntax.interiors import Interior, Unreadable, read_interior
from mmm_lang.syntax.names import SESSION_VARIABLES

if TYPE_CHECKING:
    from mmm_lang.syntax.hole_troubles import Trouble

TemplateKind = Literal["prompt", "shell", "env", "text"]
"""``text`` is ``args``, ``cwd`` and ``commit_message``; it reads like ``prompt``, which a question is too."""

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_SIGN = re.compile(r"\$|\{\{")
_SHELL_SIGN = re.compile(r"\\.|\$", re.DOTALL)
_BARE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_IDENTIFIER = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"
_DOTTED = re.compile(rf"\$[{{<][ \t]*({_NAME})\.")
_HEAD = rf"\$[{{<][ \t]*({_NAME})[ \t]*(\}}|>|\||:-)"
_FOREIGN = r"\$?\{\{[ \t]*([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*\}\}"
_SHELL_DEFAULT = r"[$`\"'\\]"


@frozen
class HoleText:
    """A reference at ``start <= index < end`` of the text; its interior begins at ``inside``."""

    start: int
    end: int
    spelling: Literal["braced", "angled", "bare"]
    inside: int
    interior: Interior


@frozen
class Dollar:
    """``$$`` outside scripts: one dollar sign. ``start`` is the index of the first."""

    start: int


@frozen
class Scan:
    """What a text holds, in order. Between the pieces it is plain text, malformed references included."""

    pieces: tuple[HoleText | Dollar, ...]
    troubles: tuple[Trouble, ...]


@frozen
class _Reading:
    """What was read at one sign, and the index at which to go on."""

    next: int
    piece: HoleText | Dollar | None = None
    troubles: tuple[Trouble, ...] = ()


def scan(raw: str, kind: TemplateKind) -> Scan:
    """Every reference of a decoded scalar, and what is wrong with those that are malformed. Of a text with more
    mistakes than are ever reported the rest stays text."""
    read, signs = (_read_in_script, _SHELL_SIGN) if kind == "shell" else (_read, _SIGN)
    pieces: list[HoleText | Dollar] = []
    troubles: list[Trouble] = []
    at = 0
    while len(troubles) <= MOST_FOUND and (sign := signs.search(raw, at)) is not None:
        reading = read(raw, sign.start())
        if reading.piece is not None:
            pieces.append(reading.piece)
        troubles.extend(reading.troubles)
        at = reading.next
    return Scan(tuple(pieces), tuple(troubles))


def shell_may_mean(path: tuple[str, ...]) -> bool:
    """Whether a hole of a script with these names may be the shell's own: ``${name}``, ``${name-1.0}``.

    Such a hole is ours only where its first name is known (an input, a step); else its text is the
    shell's to expand. A session variable is always ours.
    """
    return (len(path) == 1 and path[0] not in SESSION_VARIABLES) or "-" in path[0]


def _read(raw: str, at: int) -> _Reading:
    """Read at a ``$`` or ``{{`` outside scripts."""
    after = raw[at + 1 : at + 2]
    if raw[at] == "{" or raw.startswith("${{", at):
        return _read_foreign(raw, at)
    if after == "$":
        return _Reading(at + 2, Dollar(at))
    if after == "{":
        return _read_delimited(raw, at, "}")
    if after == "<":
        if _DOTTED.match(raw, at):
            return _read_delimited(raw, at, ">")
        head = re.compile(_HEAD).match(raw, at)
        if head is not None and head[1] in SESSION_VARIABLES:
            from mmm_lang.syntax.hole_troubles import angled_variable

            return _Reading(head.end(), troubles=(angled_variable(head[1], at, head.end()),))
        return _Reading(at + 1)
    return _read_bare(raw, at)


def _read_in_script(raw: str, at: int) -> _Reading:
    """Read at a ``$`` or a backslash of a script; what is not ours is passed by."""
    if raw[at] == "\\" or raw.startswith("$$", at):
        return _Reading(at + 2)
    if raw.startswith("${{", at):
        found = re.compile(_FOREIGN).match(raw, at)
        if found is None:
            return _Reading(at + 3)
        from mmm_lang.syntax.hole_troubles import foreign

        return _Reading(found.end(), troubles=(foreign(found[0], found[1], at, "warning"),))
    if raw.startswith("$<", at):
        reading = _read_delimited(raw, at, ">") if _DOTTED.match(raw, at) else None
        return reading if reading is not None and reading.piece is not None else _Reading(at + 2)
    if raw.startswith("${", at):
        return _read_braced_in_script(raw, at)
    return _read_bare(raw, at)


def _read_braced_in_script(raw: str, at: int) -> _Reading:
    shells = _Reading(at + 2)
    dotted = _DOTTED.match(raw, at)
    if dotted is not None:
        reading = _read_delimited(raw, at, "}")
        return shells if reading.piece is None and "-" in dotted[1] else reading
    head = re.compile(_HEAD).match(raw, at)
    if head is None or head[2] == ">":
        return shells
    ours = head[1] in SESSION_VARIABLES
    if not ours and head[2] != "|" and re.compile(_IDENTIFIER).match(raw, at) is None:
        return shells
    reading = _read_delimited(raw, at, "}")
    hole = reading.piece
    if not isinstance(hole, HoleText) or re.search(_SHELL_DEFAULT, hole.interior.default or ""):
        return shells
    return reading


def _read_bare(raw: str, at: int) -> _Reading:
    found = _BARE.match(raw, at)
    if found is None:
        return _Reading(at + 1)
    return _Reading(found.end(), HoleText(at, found.end(), "bare", at + 1, Interior(((found[1], 0),))))


def _read_foreign(raw: str, at: int) -> _Reading:
    from mmm_lang.syntax.hole_troubles import foreign

    found = re.compile(_FOREIGN).match(raw, at)
    if raw[at] == "{":
        if found is None:
            return _Reading(at + 2)
        return _Reading(found.end(), troubles=(foreign(found[0], found[1], at, "warning"),))
    if found is None:
        close = raw.find("}}", at)
        end = at + 3 if close < 0 or "\n" in raw[at:close] else close + 2
        return _Reading(end, troubles=(foreign(raw[at:end], None, at, "error"),))
    return _Reading(found.end(), troubles=(foreign(found[0], found[1], at, "error"),))


def _read_delimited(raw: str, at: int, close: Literal["}", ">"]) -> _Reading:
    """Read ``${ … }`` or ``$< … >``, which begins at ``at`` and must be a reference."""
    inside = at + 2
    found = raw.find(close, inside)
    end = found if found >= 0 else len(raw)
    interior = read_interior(raw[inside:end]) if found >= 0 else Unreadable(0, ())
    if found < 0 or not isinstance(interior, Interior):
        from mmm_lang.syntax.hole_troubles import malformed

        complaint = malformed(raw, at, end, close, interior)
        return _Reading(complaint.next, troubles=(complaint.trouble,))
    hole = HoleText(at, end + 1, "braced" if close == "}" else "angled", inside, interior)
    if not interior.filters and interior.default is None:
        return _Reading(end + 1, hole)
    from mmm_lang.syntax.hole_troubles import troubles_of_interior

    return _Reading(end + 1, hole, troubles_of_interior(interior, inside, end))
