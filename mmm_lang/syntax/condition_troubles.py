"""What to say of a text that is no condition: what was expected, and what other languages' habits mean here."""

from __future__ import annotations

import re

from attrs import evolve

from mmm_lang.syntax.grammars import one_of
from mmm_lang.syntax.hole_scanner import scan
from mmm_lang.syntax.hole_troubles import Trouble
from mmm_lang.syntax.names import SESSION_VARIABLES

_FOUND = re.compile(r"-[a-z]{1,2}\b|[A-Za-z0-9_][A-Za-z0-9_.-]*|[=!<>~&|]+|.", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")
_BARE_DOTTED = re.compile(r"\$(?P<id>[A-Za-z_][A-Za-z0-9_]*)(?P<field>(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)+)")
_TEST = re.compile(r"-([a-z]{1,2})\b")

_WORDS = {"and": "&&", "or": "||", "not": "!", "is": "==", "eq": "==", "ne": "!="}
_TESTS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "a": "&&", "o": "||"}
_SIGNS = {
    "=": "`==` compares",
    "===": "`==` compares",
    "!==": "`!=` compares",
    "=~": "text is matched with `matches /…/`",
    "~": "text is matched with `matches /…/`",
    "<>": "write `!=`",
    "&": "write `&&`",
    "|": "write `||`",
    "=>": "write `>=`",
    "=<": "write `<=`",
}
_SEARCHES = frozenset(
    {"contains", "startswith", "startsWith", "endswith", "endsWith", "like", "match", "test"}
)


def refused(raw: str, at: int, expected: tuple[str, ...]) -> Trouble:
    """The finding for a text that leaves the grammar at index ``at``, where ``expected`` may stand."""
    end = len(raw.rstrip())
    if end == 0:
        advice = ("write one such as `${id.exit_code} == 0`, or leave `when:` out",)
        return Trouble("condition-syntax", "error", "the condition is empty", 0, len(raw), advice)
    if at >= end:
        return _expected(expected, "the end", end, end, _advice_at_end(raw, expected))
    if raw[at] == "$":
        reference = _malformed_reference(raw, at)
        if reference is not None:
            return reference
    if raw[at] in "\"'" and "text in quotes" in expected:
        return _unclosed_quotes(raw, at, end)
    at = _start_of_sign(raw, at)
    found = _FOUND.match(raw, at)
    written = found[0] if found is not None else raw[at]
    return _expected(expected, f"`{written}`", at, at + len(written), _advice(raw, at, written, expected))


def _expected(
    expected: tuple[str, ...], found: str, start: int, end: int, advice: tuple[str, ...]
) -> Trouble:
    message = f"expected {one_of(expected) or 'a condition'}, found {found}"
    return Trouble("condition-syntax", "error", message, start, end, advice)


def _start_of_sign(raw: str, at: int) -> int:
    """Where the run of operator signs begins that ``at`` is in: ``===`` is refused at its third sign."""
    if raw[at] in "=!<>~&|":
        while at > 0 and raw[at - 1] in "=!<>&|":
            at -= 1
    return at


def _malformed_reference(raw: str, at: int) -> Trouble | None:
    """What the scanner of templates says of a reference that the lexer could not make out."""
    for trouble in scan(raw[at:], "prompt").troubles[:1]:
        return evolve(trouble, start=trouble.start + at, end=trouble.end + at)
    return None


def _unclosed_quotes(raw: str, at: int, end: int) -> Trouble:
    line_end = raw.find("\n", at)
    until = line_end if 0 <= line_end < end else end
    message = f"the quotes that open here are not closed by `{raw[at]}` on this line"
    return Trouble(
        "condition-syntax", "error", message, at, until, (f"write `{raw[at]}` at the end of the text",)
    )


def _advice_at_end(raw: str, expected: tuple[str, ...]) -> tuple[str, ...]:
    if "`)`" in expected:
        return ("close the parenthesis that is open",)
    if "`]`" in expected:
        return ("close the list with `]`",)
    return ()


def _advice(raw: str, at: int, written: str, expected: tuple[str, ...]) -> tuple[str, ...]:
    """What was meant, where it is known."""
    if written in _SIGNS:
        return (_SIGNS[written],)
    if (test := _TEST.fullmatch(written)) is not None and test[1] in _TESTS:
        return (f"write `{_TESTS[test[1]]}`",)
    if (word := _WORD.match(raw, at)) is not None:
        return _advice_on_word(word[0], raw[word.end() :].lstrip(" ")[:1] == "(", expected)
    if (dotted := _BARE_DOTTED.search(raw)) is not None and dotted.start("field") == at:
        return (f"write `${{{dotted['id']}{dotted['field']}}}`",)
    if raw[at] in "\"'/" and "a pattern such as `/error/`" in expected:
        return ("a pattern stands on one line between slashes: `matches /error/`",)
    if raw[at] == "(" and "`[`" in expected:
        return ("the choices stand in brackets: `in [1, 2]`",)
    if raw[at] in "+-*/%":
        return ("a condition has no arithmetic; let a `shell:` step compute",)
    if written in ("==", "!=", "<", "<=", ">", ">="):
        return ("comparisons do not chain; join them with `&&`",)
    return ()


def _advice_on_word(word: str, is_call: bool, expected: tuple[str, ...]) -> tuple[str, ...]:
    known = _WORDS.get(word.lower())
    if known is not None:
        return (f"write `{known}`",)
    if word in _SEARCHES or word.split(".")[-1] in _SEARCHES:
        return ("text is searched with `matches /…/`",)
    if is_call:
        return ("a condition has no functions; test a field such as `${id.status}`",)
    if word.lower() in ("true", "false") and word != word.lower():
        return (f"write `{word.lower()}`",)
    if word in SESSION_VARIABLES:
        return (f"write `${word}`",)
    if "." in word:
        return (f"write `${{{word}}}`",)
    if "a pattern such as `/error/`" in expected:
        return (f"write `/{word}/`",)
    if "text in quotes" in expected:
        return (f'text stands in quotes: `"{word}"`',)
    return ()
