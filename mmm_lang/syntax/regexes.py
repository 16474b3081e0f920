"""What is wrong with a regular expression, and where inside it, in words for people.

Patterns are those of Python's ``re``. Its own messages name what the reader of patterns was doing; people
need to know which sign of theirs is to blame.
"""

from __future__ import annotations

import re
import warnings

from mmm_lang.record import frozen

_ANY = "patterns are Python's regular expressions; a backslash before a sign takes it literally"
_SIGN = r"(?s:\\.|\{[^}]*\}|.)"
_GROUP_START = r"\(\?[^)\w]*[\w<=!]*"


@frozen
class Flaw:
    """Why a pattern cannot be read, to follow "invalid regular expression:", and the indexes of what is to
    blame; never an empty range, unless the pattern is empty."""

    why: str
    start: int
    end: int
    advice: str


def flaw_of(pattern: str) -> Flaw | None:
    """The first flaw of a pattern; ``None`` where ``re`` can read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        return _flaw(pattern, error.msg, error.pos)
    except (RecursionError, OverflowError):
        return Flaw("it is too large", 0, len(pattern), "make it shorter")
    return None


def _flaw(pattern: str, said: str, at: int | None) -> Flaw:
    if at is None:
        return Flaw(_plainly(said), 0, len(pattern), _ANY)
    sign = re.compile(_SIGN).match(pattern, at)
    written = sign[0] if sign is not None else ""
    start, end = (at, at + len(written)) if written else (max(0, len(pattern) - 1), len(pattern))
    literally = f"write `\\{written}` for the sign itself"
    match said.split(" ")[0:2]:
        case ["missing", "),"]:
            return Flaw("`(` is not closed", start, end, f"close it with `)`, or {literally}")
        case ["unbalanced", _]:
            return Flaw("`)` closes nothing", start, end, f"remove it, or {literally}")
        case ["nothing", "to"]:
            return Flaw(f"`{written}` has nothing before it to repeat", start, end, literally)
        case ["multiple", "repeat"]:
            return Flaw(
                f"`{written}` repeats what is repeated already", start, end, f"remove it, or {literally}"
            )
        case ["unterminated", "character"]:
            return Flaw("`[` is not closed", start, end, f"close it with `]`, or {literally}")
        case ["bad", "escape"] if written == "\\":
            return Flaw("a lone backslash ends it", start, end, "write `\\\\` for a backslash")
        case ["bad", "escape"] | ["incomplete", "escape"]:
            return Flaw(
                f"`{written}` is no escape", start, end, "remove the backslash, or write `\\\\` for one"
            )
        case ["unknown", "extension"]:
            return _unknown_group(pattern, at)
    return Flaw(_plainly(said), start, end, _ANY)


def _unknown_group(pattern: str, at: int) -> Flaw:
    start = max(0, at - 1)
    opening = re.compile(_GROUP_START).match(pattern, start)
    end = opening.end() if opening is not None else at + 1
    advice = "name a group with `(?P<name>…)`; one without a name is `(?:…)`"
    return Flaw(f"`{pattern[start:end]}` begins no group", start, end, advice)


def _plainly(said: str) -> str:
    """Python's own words for the rarer flaws, with quotes as ours are."""
    return re.sub(r"'([^']*)'", r"`\1`", said)
