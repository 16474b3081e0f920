"""What to say of a text that is no condition: what was expected, and what other languages' habits mean here."""

from __future__ import annotations

import re

from mmm_lang.figures import series
from mmm_lang.record import evolve
from mmm_lang.syntax.core_schema import YAML_1_1_BOOLEANS
from mmm_lang.syntax.hole_scanner import scan
from mmm_lang.syntax.hole_troubles import Trouble
from mmm_lang.syntax.names import SESSION_VARIABLES

_FOUND = re.compile(r"-[a-z]{1,2}\b|[A-Za-z0-9_][A-Za-z0-9_.-]*|[=!<>~&|]+|.", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")
_BARE_DOTTED = re.compile(r"\$(?P<id>[A-Za-z_][A-Za-z0-9_]*)(?P<field>(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)+)")
_TEST = re.compile(r"-([a-z]{1,2})\b")

_WORDS = {"and": "&&", "or": "||", "not": "!", "is": "==", "equals": "==", "eq": "==", "ne": "!="}
_TESTS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "a": "&&", "o": "||"}
_SIGNS = {
    "=": "write `==` to compare",
    "===": "write `==` to compare",
    "!==": "write `!=` to compare",
    "<>": "write `!=` to compare",
    "=>": "write `>=` to compare",
    "=<": "write `<=` to compare",
    "=~": "write `matches /…/` to search a text",
    "~": "write `matches /…/` to search a text",
    "&": "write `&&`",
    "|": "write `||`",
}
_EXAMPLE = "write one such as `${id.exit_code} == 0`"
_COMPARISON_INSIDE = re.compile(r"\$\{[ \t]*([\w.-]+)[ \t]*(==|!=|<=|>=|<|>)([^{}]+)\}")
_WRITE = re.compile(r"write `(&&|\|\||[=!<>]=?|\$\{[\w.-]+\}|\$\w+|true|false)`(?: to compare)?\Z")
_ONE_REFERENCE = re.compile(r"\$\{\{[ \t]*[\w.-]+[ \t]*\}\}")
_BRACKETS = re.compile(
    r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\$\{[^}]*\}|/(?:\\.|[^/\\\n])+/|[()\[\]]""", re.DOTALL
)
"""Brackets, and what may hold signs that are none."""
_SEARCHES = frozenset(
    {"contains", "includes", "startswith", "startsWith", "endswith", "endsWith", "like", "match", "test"}
)


def refused(raw: str, at: int, expected: tuple[str, ...]) -> Trouble:
    """The finding for a text that leaves the grammar at index ``at``, where ``expected`` may stand."""
    end = len(raw.rstrip())
    if end == 0:
        return _trouble("the condition is empty", 0, len(raw), f"{_EXAMPLE}, or leave `when:` out")
    if at >= end:
        return _unclosed_bracket(raw, expected) or _expected(expected, "the end", end, end, _EXAMPLE)
    if raw[at] == "$":
        reference = _malformed_reference(raw, at)
        if reference is not None:
            return reference
    if raw[at] in "\"'" and "text in quotes" in expected:
        return _unclosed_quotes(raw, at, end)
    dotted = _BARE_DOTTED.search(raw)
    if dotted is not None and dotted.start("field") == at:
        here = f"${{{dotted['id']}{dotted['field']}}}"
        trouble = _trouble(f"`{dotted[0]}` has no braces", *dotted.span(), f"write `{here}`")
        return evolve(trouble, replacement=here)
    at = _start_of_sign(raw, at)
    found = _FOUND.match(raw, at)
    written = found[0] if found is not None else raw[at]
    habit = _habit(raw, at, written, expected)
    if habit is not None:
        return evolve(_trouble(habit[0], at, at + len(written), habit[1]), replacement=_meant(habit[1]))
    return _expected(expected, f"`{written}`", at, at + len(written), _EXAMPLE)


def _trouble(message: str, start: int, end: int, advice: str) -> Trouble:
    return Trouble("condition-syntax", "error", message, start, end, (advice,))


def _expected(expected: tuple[str, ...], found: str, start: int, end: int, advice: str) -> Trouble:
    return _trouble(f"expected {series(expected, 'or') or 'a condition'}, found {found}", start, end, advice)


def _start_of_sign(raw: str, at: int) -> int:
    """Where the run of operator signs begins that ``at`` is in: ``===`` is refused at its third sign."""
    if raw[at] in "=!<>~&|":
        while at > 0 and raw[at - 1] in "=!<>&|":
            at -= 1
    return at


def _malformed_reference(raw: str, at: int) -> Trouble | None:
    """What the scanner of templates says of a reference that the lexer could not make out."""
    for trouble in scan(raw[at:], "prompt").troubles[:1]:
        trouble = evolve(trouble, start=trouble.start + at, end=trouble.end + at)
        if raw.startswith("${{", at) and _ONE_REFERENCE.match(raw, at) is None:
            advice = "write it as it stands, with `${id.field}` for each reference"
            return evolve(trouble, message="a condition has no `${{ … }}` around it", help=(advice,))
        return trouble
    return None


def comparison_inside(raw: str, start: int, end: int) -> Trouble | None:
    """``${tests.status == "failed"}``: what to say of a reference that a comparison was put into."""
    inside = _COMPARISON_INSIDE.fullmatch(raw, start, end)
    if inside is None:
        return None
    message = "a comparison stands outside the braces of a reference"
    advice = f"write `${{{inside[1]}}} {inside[2]} {inside[3].strip()}`"
    return Trouble("malformed-reference", "error", message, start, end, (advice,))


def _unclosed_quotes(raw: str, at: int, end: int) -> Trouble:
    line_end = raw.find("\n", at)
    until = line_end if 0 <= line_end < end else end
    message = f"the quotes that open here are not closed by `{raw[at]}` on this line"
    return _trouble(message, at, until, f"write `{raw[at]}` at the end of the text")


def _unclosed_bracket(raw: str, expected: tuple[str, ...]) -> Trouble | None:
    """The bracket that is still open at the end, where one of its kind may close."""
    for opening, closing in ("()", "[]"):
        if f"`{closing}`" not in expected:
            continue
        still_open: list[int] = []
        for mark in _BRACKETS.finditer(raw):
            if mark[0] == opening:
                still_open.append(mark.start())
            elif mark[0] == closing and still_open:
                still_open.pop()
        if still_open:
            at = still_open[-1]
            return _trouble(f"`{opening}` is not closed", at, at + 1, f"close it with `{closing}`")
    return None


def _habit(raw: str, at: int, written: str, expected: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong and what to do, where it is known what was meant."""
    if written in _SIGNS:
        return _no_operator(written), _SIGNS[written]
    if (test := _TEST.fullmatch(written)) is not None and test[1] in _TESTS:
        return _no_operator(written), f"write `{_TESTS[test[1]]}`"
    if (word := _WORD.match(raw, at)) is not None:
        is_call = raw[word.end() :].lstrip(" ")[:1] == "("
        return _habit_of_word(word[0], is_call, raw.strip() == word[0], expected)
    if raw[at] in "\"'/" and "a pattern such as `/error/`" in expected:
        return "a pattern stands between slashes", "write it on one line: `matches /error/`"
    if raw[at] == "(" and "`[`" in expected:
        return "the choices after `in` stand in brackets", "write `in [1, 2]`"
    if raw[at] in "+-*/%":
        return (
            "a condition has no arithmetic",
            "let a `shell:` step compute, and test its exit code or output",
        )
    if written in ("==", "!=", "<", "<=", ">", ">="):
        return "comparisons do not chain", "write two, joined with `&&`"
    return None


def _meant(advice: str) -> str | None:
    """The operator or reference that an advice names; text in quotes is not put into what may stand in quotes."""
    found = _WRITE.match(advice)
    return found[1] if found is not None else None


def _no_operator(written: str) -> str:
    return f"a condition has no operator `{written}`"


def _habit_of_word(
    word: str, is_call: bool, raw_is_word: bool, expected: tuple[str, ...]
) -> tuple[str, str] | None:
    known = _WORDS.get(word.lower())
    if known is not None:
        return _no_operator(word), f"write `{known}`"
    if word in _SEARCHES or word.split(".")[-1] in _SEARCHES:
        return _no_operator(word.split(".")[-1]), "write `matches /…/` to search a text"
    if is_call:
        return f"a condition has no functions such as `{word}`", "test a field, such as `${id.status}`"
    if word.lower() in ("true", "false") and word != word.lower():
        return f"`{word}` is written in lower case", f"write `{word.lower()}`"
    if word in SESSION_VARIABLES:
        return f"`{word}` has no `$` before it", f"write `${word}`"
    if "." in word:
        return f"`{word}` has no `${{…}}` around it", f"write `${{{word}}}`"
    if "a pattern such as `/error/`" in expected:
        return "a pattern stands between slashes", f"write `/{word}/`"
    if raw_is_word and word.casefold() in YAML_1_1_BOOLEANS:
        return f"`{word}` is no truth value", f"write `{YAML_1_1_BOOLEANS[word.casefold()]}`"
    if "text in quotes" in expected:
        return f"`{word}` is text without quotes", f'write `"{word}"`'
    return None
