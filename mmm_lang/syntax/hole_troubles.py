"""What can be wrong with a reference, in words, at indexes of the decoded text."""

from __future__ import annotations

import re
from typing import Literal

from mmm_lang.diagnostics.model import Severity
from mmm_lang.figures import series
from mmm_lang.record import frozen
from mmm_lang.syntax.interiors import FILTERS, FilterText, Interior, Unreadable, read_interior

_PATH = re.compile(r"[ \t]*[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")
_DOLLAR = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[({<])")
_LATE_FILTER = re.compile(rf"\|[ \t]*(?:{'|'.join(FILTERS)})\b")
_WORD = r"[A-Za-z0-9_][A-Za-z0-9_-]*|(?s:.)"
_LOOSE_FILTER = r"\|[ \t]*([A-Za-z_][\w-]*)[ \t]*[: \t][ \t]*[0-9]+[ \t]*\Z"
_MENDINGS = (
    (r"\.{2,}", "."),
    (r"\b([a-z]+)[ \t]*[: \t][ \t]*([0-9]+)[ \t]*\Z", r"\1(\2)"),
    (r"[ \t]*(?:\|\||\?\?|//|:=|\?:|[:=?+])[ \t]*([\"']?)([^\"'}]*)\1[ \t]*\Z", r":-\2"),
    (r"\[([\"']?)([\w-]+)\1\]", r".\2"),
    (r"(?<=[\w])[ \t]+(?=[\w])", "."),
    (r"[ \t|.]+\Z", ""),
)
"""What people write who know other tools, and how it is written here; each is tried alone."""
_SHAPE = "a reference is `${id.field}`, with `| filter` or `:-text` behind it where they are needed"
_LONGEST = 50
"""Of a malformed reference longer than this only the beginning is quoted."""
_END = "`:-` with a default"
_ERROR: Severity = "error"
_WARNING: Severity = "warning"


@frozen
class Trouble:
    """One finding about ``start <= index < end`` of the text; ``replacement`` is what may be put there."""

    rule: str
    severity: Severity
    message: str
    start: int
    end: int
    help: tuple[str, ...] = ()
    replacement: str | None = None


@frozen
class Complaint:
    """A malformed reference, and the index at which scanning goes on."""

    trouble: Trouble
    next: int


def foreign(written: str, name: str | None, start: int, severity: Literal["error", "warning"]) -> Trouble:
    """``{{ x }}`` and ``${{ x }}``: another tool's way to write references."""
    rule = "malformed-reference" if severity == "error" else "foreign-template"
    here = f"${{{name}}}" if name else "${id.field}"
    message = f"`{written}` is not a reference here"
    help_ = (f"write `{here}` with one pair of braces",)
    return Trouble(rule, severity, message, start, start + len(written), help_)


def angled_variable(name: str, start: int, end: int) -> Trouble:
    """``$<ARG>``: the angled spelling is for fields of steps."""
    message = f"`$<…>` is for fields of steps, and `{name}` is a variable"
    return Trouble("malformed-reference", "error", message, start, end, (f"write `${{{name}}}`",))


def malformed(raw: str, at: int, end: int, close: str, interior: Interior | Unreadable) -> Complaint:
    """Why the text from ``at`` on, whose closing sign is at ``end``, is no reference."""
    inside, opening = at + 2, raw[at : at + 2]
    text = raw[inside:end]
    path = _PATH.match(text)
    reach = inside + (path.end() if path else 0)
    broken = re.search(r"[\n$]", text)
    if end == len(raw) or broken is not None:
        return _unclosed(raw[at:reach], at, reach, close, has_path=path is not None)
    if not text.strip():
        message = f"`{raw[at : end + 1]}` names nothing"
        name = "write `${id.field}`; a plain `${` is written `$${`"
        return Complaint(Trouble("malformed-reference", "error", message, at, end + 1, (name,)), end + 1)
    assert isinstance(interior, Unreadable)
    loose = re.search(_LOOSE_FILTER, text)
    if loose is not None and loose[1] not in FILTERS and loose.start(1) < interior.at:
        return Complaint(_unknown_filter(loose[1], inside + loose.start(1)), end + 1)
    place = inside + interior.at
    wanted = _wanted(interior.expected, close)
    shown = f"{opening}{text}{close}" if len(text) < _LONGEST else f"{opening}{text[:_LONGEST]}…"
    word = re.match(_WORD, raw[place : max(end, place + 1)])
    found = word[0] if word is not None else raw[place]
    message = f"malformed reference `{shown}`: expected {wanted}, found `{found}`"
    advice = (_advice(text, interior.at, opening, close),)
    stop = place + len(found)
    return Complaint(Trouble("malformed-reference", "error", message, place, stop, advice), end + 1)


def _wanted(expected: tuple[str, ...], close: str) -> str:
    """What may stand at a place, as people say it; the closing sign comes first where it may."""
    if _END not in expected:
        return series(expected, "or")
    return series((f"`{close}`", *(word for word in expected if word not in ("the end", "`.`"))), "or")


def _unclosed(written: str, at: int, reach: int, close: str, *, has_path: bool) -> Complaint:
    shown = written.rstrip()
    advice = f"write `{shown}{close}`" if has_path else "write `${id.field}`; a plain `${` is written `$${`"
    trouble = Trouble(
        "malformed-reference", "error", f"`{shown}` is not closed by `{close}`", at, reach, (advice,)
    )
    return Complaint(trouble, reach)


def _advice(text: str, at: int, opening: str, close: str) -> str:
    """What to write instead of a reference whose inside ``text`` stops being one at index ``at``."""
    if len(text) < _LONGEST:
        for pattern, replacement in _MENDINGS:
            mended = re.sub(pattern, replacement, text)
            if mended == text or not isinstance(read_interior(mended), Interior):
                continue
            if text.rstrip().endswith("."):
                break
            if text[at : at + 1] == "[" and ".json." not in mended:
                return "go into JSON with dots, as in `${id.json.list.0}`"
            advice = f"write `{opening}{mended}{close}`"
            dangling = text.rstrip().endswith("|")
            return f"{advice}, or name a filter after `|`: {_filters()}" if dangling else advice
    before = text[:at].strip()
    if not before and text[at] == ".":
        return "name a step before the dot, as in `${id.output}`"
    if text[at : at + 1].isdigit() and (not before or before.endswith(".")):
        return "the name of a step begins with a letter or `_`"
    if before.endswith(".") and at == len(text):
        return f"name a field after the dot, as in `{opening}{before}output{close}`"
    takes_number = re.search(r"([a-z]+)\($", before)
    if takes_number is not None:
        return f"write a number of lines: `{takes_number[1]}(20)`"
    return _SHAPE


def _filters() -> str:
    return ", ".join(f"`{known}(n)`" if number else f"`{known}`" for known, number in FILTERS.items())


def troubles_of_interior(interior: Interior, inside: int, end: int) -> tuple[Trouble, ...]:
    """What is wrong with the filters and doubtful about the default of a reference that reads well.

    ``inside`` and ``end`` are the indexes of the interior in the text.
    """
    found = [trouble for part in interior.filters if (trouble := _filter_trouble(part, inside)) is not None]
    if interior.default is not None:
        doubt = _doubt_of_default(interior.default, end - len(interior.default))
        if doubt is not None:
            found.append(doubt)
    return tuple(found)


def _filter_trouble(part: FilterText, inside: int) -> Trouble | None:
    start, end = inside + part.start, inside + part.end
    takes_number = FILTERS.get(part.name)
    if takes_number is None:
        return _unknown_filter(part.name, start)
    if takes_number and not part.argument:
        message = f"`{part.name}` takes a number of lines, from 1"
        return Trouble("malformed-reference", "error", message, start, end, (f"write `{part.name}(20)`",))
    if not takes_number and part.argument is not None:
        message = f"`{part.name}` takes no number"
        return Trouble("malformed-reference", "error", message, start, end, (f"write `{part.name}`",))
    return None


def _unknown_filter(name: str, start: int) -> Trouble:
    from mmm_lang.diagnostics.similar import nearest

    meant = nearest(name, FILTERS)
    advice = f"replace with `{meant}`" if meant else f"the filters are {_filters()}"
    message, end = f"there is no filter `{name}`", start + len(name)
    return Trouble("unknown-filter", "error", message, start, end, (advice,), meant)


def _doubt_of_default(default: str, start: int) -> Trouble | None:
    """A default is plain text; say so where it looks as if it were more."""
    nested = _DOLLAR.search(default)
    if nested is not None:
        message = f"a default is plain text: `{nested[0]}` in it is not replaced"
        help_ = "give the value a name of its own, in `env:` or by a step, and refer to that"
    elif nested := re.search(r"\{", default):
        message = "the default ends at the first `}`"
        help_ = "a default cannot hold braces; let a step print the text and refer to that"
    elif nested := _LATE_FILTER.search(default):
        message = f"a default is plain text: `{nested[0]}` in it is not a filter"
        help_ = "write filters before `:-`"
    else:
        return None
    cut = nested[0] == "${"
    rule, severity = ("malformed-reference", _ERROR) if cut else ("default-is-text", _WARNING)
    found_at = start + nested.start()
    return Trouble(rule, severity, message, found_at, found_at + len(nested[0]), (help_,))
