"""Scripts of a playbook as another program may read them, and what it says as diagnostics at their exact places.

References are replaced by text of the same length that a shell reads in the same way, so that lines and columns stay
what they are. Which program reads the scripts is handed in: this room starts none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.script_texts import ScriptText, scripts_of
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Source
from mmm_lang.syntax.nodes import Hole

Dialect = Literal["sh", "bash", "dash", "ksh"]
Level = Literal["error", "warning", "info", "style"]


class EmbeddedScript(NamedTuple):
    """A script to be read: text with placeholders, and its dialect."""

    text: str
    dialect: Dialect


class Replacement(NamedTuple):
    """Put ``text`` in place of ``start`` to ``end``; lines and columns count from 1, in code points."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


class Remark(NamedTuple):
    """What shellcheck says about a script; ``code`` is the number after ``SC``."""

    start: tuple[int, int]
    end: tuple[int, int]
    level: Level
    code: int
    message: str
    replacements: tuple[Replacement, ...] = ()


ScriptChecker = Callable[[Sequence[EmbeddedScript]], Sequence[tuple[Remark, ...]]]
"""Reads scripts and gives the remarks on each, in the same order."""

_DIALECTS: dict[str, Dialect] = {
    "sh": "sh",
    "bash": "bash",
    "dash": "dash",
    "ash": "dash",
    "ksh": "ksh",
    "mksh": "ksh",
}
_PLAIN_WORDS = r"[\w./:@%+,^= \t-]*(?:\"[\w./:@%+,^= \t-]*\"[\w./:@%+,^= \t-]*)*"
_KEYWORDS = r"(?:^|\s)(?:if|then|elif|else|fi|for|while|until|do|done|case|esac|in|function|select)(?:\s|$)"

_NEVER = frozenset({1090, 1091, 1128, 2148, 2153, 2154, 3043})
"""Files that are not read; names that come from `env:`; `local`, which every `sh` knows; the line above a script."""

_OF_BASH = range(3001, 4000)
"""What a plain `sh` may not know."""

_OF_PLACEHOLDERS = frozenset({1083, 2016, 2043, 2050, 2066, 2086, 2157, 2193, 2194, 2248, 2250})
"""What a placeholder may cause where it stands: constants that are none, quotes that mmm writes itself."""

_WHERE, _EXPECTED = 1073, 1072
"""What could not be read, and what was expected in it: two halves of one sentence."""
_CONSEQUENCES = frozenset({1009, 1047, 1062, _EXPECTED, _WHERE})
"""Said once more about a script that cannot be read."""


def dialect_of(program: str) -> Dialect | None:
    """The dialect that a program by its bare name reads; ``None``: another one."""
    return _DIALECTS.get(program)


def is_plain(text: str) -> bool:
    """Whether a script is a line of plain words: nothing in it can be wrong."""
    line = text.strip()
    if "\n" in line or len(line) > 400:
        return False
    return re.fullmatch(_PLAIN_WORDS, line) is not None and re.search(_KEYWORDS, line) is None


def embedded_scripts(facts: Facts) -> Iterator[tuple[ScriptText, EmbeddedScript]]:
    """Every script worth reading whose dialect is known, with the text to be read."""
    for script in scripts_of(facts):
        dialect = dialect_of(script.program)
        if dialect is not None and not is_plain(script.template.raw):
            yield script, EmbeddedScript(with_placeholders(facts, script), dialect)


def with_placeholders(facts: Facts, script: ScriptText) -> str:
    """The script with text of the same length in place of every reference of ours."""
    raw = script.template.raw
    pieces: list[str] = []
    at = 0
    for hole in _holes(facts, script):
        pieces += raw[at : hole.start], _placeholder(facts, hole)
        at = hole.end
    return "".join((*pieces, raw[at:]))


def _holes(facts: Facts, script: ScriptText) -> tuple[Hole, ...]:
    return tuple(hole for hole in script.template.holes if hole in facts.places)


def _placeholder(facts: Facts, hole: Hole) -> str:
    """What a shell reads like the value: in quotes where mmm quotes it, a word where nothing is replaced."""
    length = hole.end - hole.start
    place = facts.places[hole].place
    if hole.spelling == "bare":
        return f"${hole.path[0]}" if place not in ("single", "ansi") else "M" * length
    if place in ("single", "ansi", "comment", None):
        return "M" * length
    name = re.sub(r"\W", "_", "_".join(hole.path), flags=re.ASCII)
    name = (f"v{name}" if name[:1].isdigit() else name).ljust(length, "_")[: length - 3]
    splits = any(one.name == "words" for one in hole.filters)
    return f'"${name}"' if place == "bare" and not splits else f"${{{name}}}"


# --- remarks ---


def embedded_diagnostics(facts: Facts, checker: ScriptChecker, *, notes: bool) -> Iterator[Diagnostic]:
    """What a checker says about the scripts of a playbook. ``notes``: its hints too, not only errors and warnings."""
    found = [*embedded_scripts(facts)]
    if not found:
        return
    remarks = checker([script for _, script in found])
    for (script, embedded), said in zip(found, remarks, strict=True):
        lines = _Lines(embedded.text)
        for remark in _causes(said):
            if (notes or remark.level in ("error", "warning")) and not _is_ours(facts, script, remark, lines):
                yield _diagnostic(facts.source, script, remark, lines)


class _Lines:
    """Where the lines of a script begin."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._length = len(text)

    def index(self, place: tuple[int, int]) -> int:
        """The index of a line and column; past the end it is the end."""
        line, column = place
        if line > len(self._starts):
            return self._length
        return min(self._starts[line - 1] + column - 1, self._length)


def _causes(remarks: tuple[Remark, ...]) -> Iterator[Remark]:
    """Of a script that cannot be read, the one remark that says best why; of others, all."""
    broken = [one for one in remarks if one.level == "error" and one.code < 2000]
    best = next((one for one in broken if one.code not in _CONSEQUENCES), next(iter(broken), None))
    why = next((one for one in broken if one.code == _EXPECTED), None)
    for one in remarks:
        if one is best and one.code == _WHERE and why is not None:
            reason = _first_sentence(why.message)
            yield one._replace(message=f"{_first_sentence(one.message)}: {reason[:1].lower()}{reason[1:]}")
        elif one is best or not (one in broken or one.code in _NEVER or one.code in _CONSEQUENCES):
            yield one


def _first_sentence(message: str) -> str:
    """Shellcheck's words without what it says every time: `Fix to allow more checks.`"""
    return (
        message.removesuffix(" Fix to allow more checks.")
        .removesuffix(" Fix any mentioned problems and try again.")
        .removesuffix(".")
    )


def _is_ours(facts: Facts, script: ScriptText, remark: Remark, lines: _Lines) -> bool:
    """Whether a placeholder may have caused a remark, or a rule of ours says the same."""
    holes = _holes(facts, script)
    start, end = lines.index(remark.start), lines.index(remark.end)
    if remark.code < 2000 and any(
        facts.places[hole].place is None or any(one.name == "raw" for one in hole.filters) for hole in holes
    ):
        return True
    touched = [hole for hole in holes if hole.start < max(end, start + 1) and start < hole.end]
    if any(facts.places[hole].problem is not None for hole in touched):
        return True  # a rule of ours says what is wrong there
    is_about_one = any(hole.start - 1 <= start and end <= hole.end + 1 for hole in touched)
    return is_about_one or (bool(touched) and remark.code in _OF_PLACEHOLDERS)


def _diagnostic(source: Source, script: ScriptText, remark: Remark, lines: _Lines) -> Diagnostic:
    start, end = lines.index(remark.start), lines.index(remark.end)
    raw = script.template.raw
    if end <= start:
        end = _end_of_word(raw, start)
    return Diagnostic(
        rule="shellcheck",
        severity=_severity(remark),
        message=f"{_sentence(remark.message)} (SC{remark.code})",
        source=source,
        primary=Label(script.span_of(start, end)),
        help=("write `shell_program: bash`",) if remark.code in _OF_BASH else (),
        notes=(f"see https://www.shellcheck.net/wiki/SC{remark.code}",),
        fix=_fix(source, script, remark, lines),
    )


def _severity(remark: Remark) -> Severity:
    """An error is a script that cannot be read; what shellcheck calls one beyond that may well run."""
    if remark.level == "error" and remark.code < 2000:
        return "error"
    return "warning" if remark.level in ("error", "warning") else "note"


def _end_of_word(raw: str, start: int) -> int:
    word = re.compile(r"[^\s;&|()<>]+").match(raw, start)
    return word.end() if word is not None else min(start + 1, len(raw))


def _sentence(message: str) -> str:
    """Shellcheck's words as ours are written: without the full stop at their end."""
    text = " ".join(message.split())
    return text.removesuffix(".") if text.count(". ") == 0 else text


# --- fixes ---


def _fix(source: Source, script: ScriptText, remark: Remark, lines: _Lines) -> Fix | None:
    """Shellcheck's own fix, where each of its edits is of text that stands in the file as it does in the script."""
    edits: list[Edit] = []
    for one in remark.replacements:
        edit = _edit(source, script, lines.index(one.start), lines.index(one.end), one.text)
        if edit is None:
            return None
        edits.append(edit)
    if not edits:
        return None
    return Fix(f"as shellcheck proposes for SC{remark.code}", "unsafe", tuple(edits))


def _edit(source: Source, script: ScriptText, start: int, end: int, text: str) -> Edit | None:
    template = script.template
    span = script.span_of(start, end)
    style = source.text[template.span.start : template.span.start + 1]
    if source.slice(span) != template.raw[start:end] or "\n" in text or "\n" in template.raw[start:end]:
        return None
    if any(hole.start < end and start < hole.end for hole in template.holes):
        return None
    if style == "'":
        text = text.replace("'", "''")
    elif style == '"':
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    elif style not in "|>":
        return None  # a plain scalar may end, or become something else, with what is put in
    return Edit(span, text)
