"""Quotes in pieces of shell source that the grammar leaves whole: tokens, here-documents, backticks.

Everything here works on UTF-8 bytes, as the grammar's offsets do, and knows only quoting, never commands.
"""

from __future__ import annotations

import re
from typing import Literal

from mmm_lang.record import frozen

Quote = Literal["bare", "single", "double"]

_MARKS = re.compile(rb"\\.|['\"]", re.DOTALL)
_CODE = re.compile(rb"\\.|\$[({]|[`'\"(){}]", re.DOTALL)
_DOUBLE = re.compile(rb"\\.|\$[({]|[`\"]", re.DOTALL)
_BRACES_IN_DOUBLE = re.compile(rb"\\.|\$[({]|[`\"}]", re.DOTALL)
_BACKTICK = re.compile(rb"\\.|`", re.DOTALL)
_COMMENT = re.compile(rb"(?:^|(?<=[ \t;&|(]))#[^\n]*")
_HEREDOC_WORD = re.compile(rb"(?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s;&|<>()'\"\\])+")
_HEREDOC_SIGN = re.compile(rb"<<(-?)[ \t]*\Z")
_DEEPEST = 60
"""Nesting of expansions past which a text is not followed any further."""


def quote_at_end(text: bytes) -> Quote:
    """The quotes that are open at the end of a piece of code that begins outside quotes."""
    quote: Quote = "bare"
    for match in _MARKS.finditer(text):
        mark = match[0]
        if quote == "single":
            # a backslash means nothing in single quotes, so the sign after it may close them
            quote = "bare" if mark.endswith(b"'") else "single"
        elif mark == b"'" and quote == "bare":
            quote = "single"
        elif mark == b'"':
            quote = "bare" if quote == "double" else "double"
    return quote


def is_escaped(text: bytes, at: int) -> bool:
    """Whether an odd number of backslashes stands before ``at``."""
    before = text[:at]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1


# --- here-documents ---


@frozen
class Heredoc:
    """A here-document: its operator with the delimiter, and its body with the line that ends it.

    All are byte offsets; ``body_end`` is where the ending line begins.
    """

    operator_start: int
    word_start: int
    word_end: int
    body_start: int
    body_end: int
    end: int
    quoted: bool


def heredoc_at(source: bytes, word_start: int) -> Heredoc | None:
    """The here-document whose delimiter stands at ``word_start``; ``None`` where there is no such thing."""
    sign = _HEREDOC_SIGN.search(source, max(0, word_start - 80), word_start)
    word = _HEREDOC_WORD.match(source, word_start)
    if sign is None or word is None:
        return None
    delimiter = re.sub(rb"\\(.)|['\"]", rb"\1", word[0])
    quoted = re.search(rb"['\"\\]", word[0]) is not None
    body_start = _next_line(source, word.end())
    at = body_start
    while at < len(source):
        line_end = source.find(b"\n", at)
        line_end = len(source) if line_end < 0 else line_end
        line = source[at:line_end]
        if (line.lstrip(b"\t") if sign[1] else line) == delimiter:
            return Heredoc(sign.start(), word_start, word.end(), body_start, at, line_end, quoted)
        at = line_end + 1
    return Heredoc(sign.start(), word_start, word.end(), body_start, len(source), len(source), quoted)


def _next_line(source: bytes, start: int) -> int:
    """Where the line after ``start`` begins; a line end inside quotes is none."""
    end = source.find(b"\n", start)
    while end >= 0:
        if quote_at_end(_COMMENT.sub(b"", source[start:end])) == "bare" and not is_escaped(source, end):
            return end + 1
        end = source.find(b"\n", end + 1)
    return len(source)


# --- expansions in text that is quoted like a here-document ---


def expansion_around(body: bytes, start: int, end: int) -> tuple[int, int] | None:
    """The outermost ``$(…)``, ``${…}`` or backticks of a body that properly hold ``start`` to ``end``."""
    at = 0
    while (match := _DOUBLE.search(body, at)) is not None and match.start() < start:
        at = match.end()
        if match[0] in (b"$(", b"${", b"`"):
            at = _after(body, match, _DOUBLE, 0)
            if at > end:
                return match.start(), at
            if at == end:
                return None
    return None


def substitution_around(text: bytes, start: int, end: int, *, in_double: bool) -> tuple[int, int] | None:
    """The outermost ``$(…)`` or backticks of a piece of code that hold ``start`` to ``end``.

    ``in_double``: the piece stands in double quotes.
    """
    marks = _DOUBLE if in_double else _CODE
    at = 0
    while (mark := marks.search(text, at)) is not None and mark.start() < start:
        at = mark.end()
        if not _opens(mark):
            continue
        after = _after(text, mark, marks, 0)
        if after < end:
            at = after
        elif mark[0] in (b"$(", b"`"):
            return mark.start(), after
        elif mark[0] == b"'":
            return None
        else:
            marks = _inside(mark, marks)[0]
    return None


def _opens(mark: re.Match[bytes]) -> bool:
    return mark[0] not in (b")", b"}") and not mark[0].startswith(b"\\")


def _inside(opening: re.Match[bytes], around: re.Pattern[bytes]) -> tuple[re.Pattern[bytes], bytes]:
    """The marks that matter inside what opens at a match, and the one that closes it.

    ``around`` is what it stands in; single quotes in ``${…}`` mean nothing where that is double quotes.
    """
    match opening[0]:
        case b"`":
            return _BACKTICK, b"`"
        case b'"':
            return _DOUBLE, b'"'
        case b"${" if around is not _CODE:
            return _BRACES_IN_DOUBLE, b"}"
        case b"${" | b"{":
            return _CODE, b"}"
    return _CODE, b")"


def _after(text: bytes, opening: re.Match[bytes], around: re.Pattern[bytes], depth: int) -> int:
    """Where the expansion, quotes or parentheses that open at a match have ended."""
    at = opening.end()
    if depth > _DEEPEST:
        return len(text)
    if opening[0] == b"'":
        close = text.find(b"'", at)
        return len(text) if close < 0 else close + 1
    inner, closing = _inside(opening, around)
    while (mark := inner.search(text, at)) is not None:
        if mark[0] == closing:
            return mark.end()
        at = _after(text, mark, inner, depth + 1) if _opens(mark) else mark.end()
    return len(text)


# --- backticks ---


def backtick_content(source: bytes, opening: int, hole: int, *, in_double: bool) -> tuple[bytes, int] | None:
    """What a shell reads between backticks, and where ``hole`` is in it.

    ``opening`` is the offset of the first backtick. A shell takes one backslash off before ``$``, a backtick
    or a backslash, and inside double quotes off before ``"`` too, and reads the result as a script.
    ``None`` where there is no backslash, so that the source can be read as it is.
    """
    plain = bytearray()
    place, at = 0, opening + 1
    while at < len(source) and source[at : at + 1] != b"`":
        if at == hole:
            place = len(plain)
        after = source[at + 1 : at + 2]
        if source[at : at + 1] == b"\\" and after and after in (b'$`\\"' if in_double else b"$`\\"):
            at += 1
        plain += source[at : at + 1]
        at += 1
    return (bytes(plain), place) if b"\\" in source[opening:at] else None
