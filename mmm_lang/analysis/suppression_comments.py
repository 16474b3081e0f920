"""Comments that silence rules: what is one, and what only looks like one.

``# mmm: ignore[rule, other] reason`` silences at a place, ``# mmm: ignore-file[rule] reason`` in a whole file.
The form is strict, and what misses it is reported: a comment that silences by accident is worse than none.
"""

from __future__ import annotations

import re
from typing import Literal

from mmm_lang.record import frozen
from mmm_lang.source import Span
from mmm_lang.syntax.yaml_comments import Comment

_FORM = re.compile(
    r"#[ \t]*mmm:[ \t]*(?P<kind>ignore|ignore-file)\[(?P<names>[^\[\]]*)\](?:[ \t]+(?P<reason>\S.*))?"
)
_NAMES = re.compile(r"[ \t]*[a-z][a-z0-9-]*[ \t]*(?:,[ \t]*[a-z][a-z0-9-]*[ \t]*)*")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_WORDS = "ignore|disable|noqa|nolint|suppress|allow|skip"
_MEANT = re.compile(
    rf"#[ \t]*mmm[ \t]*(?:[:=][ \t]*(?:(?:{_WORDS})\b|[\w-]+\[)|[- \t]+ignore[\w-]*[ \t]*\[)",
    re.IGNORECASE,
)
_OPENING = re.compile(r"#[ \t]*mmm:[ \t]*")
_WORD = re.compile(r"(?:ignore|ignore-file)(?![\w-])")
_GLUED = re.compile(r"ignore(?:-file)?\[[^\[\]]+\]\S")


@frozen
class RuleName:
    """The name of a rule, and where it is written."""

    text: str
    span: Span


@frozen(eq=False)
class Suppression:
    """A comment that silences rules. ``names_span`` is what stands between the brackets."""

    comment: Comment
    kind: Literal["ignore", "ignore-file"]
    names: tuple[RuleName, ...]
    names_span: Span
    reason: str


@frozen(eq=False)
class Malformed:
    """A comment that was meant to silence something and does not. ``message`` says what is wrong with it;
    ``is_blanket``: it names no rule."""

    comment: Comment
    message: str
    is_blanket: bool = False


def read_suppression(comment: Comment, text: str) -> Suppression | Malformed | None:
    """What a comment of ``text`` is; ``None`` for one that has nothing to do with rules."""
    written = text[comment.span.start : comment.span.end]
    form = _FORM.fullmatch(written)
    if form is None:
        return _malformed(comment, written) if _MEANT.match(written) else None
    if not form["names"].strip():
        return Malformed(comment, "there is no rule between the brackets", is_blanket=True)
    if not _NAMES.fullmatch(form["names"]):
        return Malformed(comment, "names of rules are small letters and `-`, with a `,` between two")
    start = comment.span.start + form.start("names")
    names = tuple(
        RuleName(name[0], Span(start + name.start(), start + name.end()))
        for name in _NAME.finditer(form["names"])
    )
    return Suppression(
        comment=comment,
        kind="ignore-file" if form["kind"] == "ignore-file" else "ignore",
        names=names,
        names_span=Span(start, start + len(form["names"])),
        reason=form["reason"] or "",
    )


def _malformed(comment: Comment, written: str) -> Malformed:
    """What is wrong, in the order in which one would mend it."""
    opening = _OPENING.match(written)
    if opening is None:
        return Malformed(comment, "a comment that silences a rule begins with `# mmm: ignore[`")
    said = written[opening.end() :]
    if not _WORD.match(said):
        return Malformed(comment, "the words that silence a rule are `ignore` and `ignore-file`")
    if _GLUED.match(said):
        return Malformed(comment, "a blank is missing between the brackets and the reason")
    if "[" not in said:
        return Malformed(comment, "the comment does not name the rules that it silences", is_blanket=True)
    return Malformed(comment, "names of rules stand in one pair of brackets, right behind the word")
