"""Mistakes inside a line: quotes, brackets, escapes and characters that YAML keeps for itself."""

from __future__ import annotations

import re

from mmm_lang.diagnostics.model import Edit, Fix, Label
from mmm_lang.source import Span
from mmm_lang.syntax.yaml_failure import Finding, Scene, quoting

_ENTRY = re.compile(r"[ \t]*(?P<entry>\"[^\"\r\n]*\"|[\[{])")
_BREAK = re.compile(r"\r\n|\r|\n")


def unclosed_at_end(scene: Scene) -> Finding | None:
    """A quote that is still open at the end of the file (or at ``---``)."""
    begun = scene.failure.begun
    if begun is None or scene.text[begun : begun + 1] not in ("'", '"') or not scene.says("unexpected"):
        return None
    return _open_quote(scene, begun, Span(len(scene.text), len(scene.text)))


def _open_quote(scene: Scene, begun: int, stop: Span) -> Finding:
    quote = scene.text[begun]
    line = scene.line(begun)
    secondary = (Label(stop, "the text goes on to here"),) if stop.start < stop.end else ()
    return scene.finding(
        Span(begun, line.end),
        "this quote is not closed",
        f"close it with `{quote}` where the text ends",
        label=f"`{quote}` begins the text here",
        secondary=secondary,
    )


def after_quote(scene: Scene) -> Finding | None:
    """Text after a closing quote; where the quote closed on a later line, the first one was left open."""
    latest = scene.failure.latest
    if latest is None or latest.style not in ("single", "double") or not scene.says("key", "<block end>"):
        return None
    quote = scene.text[latest.span.start]
    between = scene.text[latest.span.end : scene.offset]
    if between.strip() or "\n" in between or "\r" in between:
        return None
    if _BREAK.search(scene.text, latest.span.start, latest.span.end):
        return _open_quote(scene, latest.span.start, Span(latest.span.end - 1, latest.span.end))
    rest = Span(scene.offset, scene.line(scene.offset).end)
    if scene.source.slice(rest).strip() in (",", ";"):
        sign = Span(rest.start, rest.start + 1)
        return scene.finding(
            sign,
            f"`{scene.source.slice(sign)}` has no place at the end of a line",
            "remove it",
            fix=Fix("remove it", "safe", (Edit(sign, ""),)),
        )
    advice = (
        "write an apostrophe inside single quotes twice: `''`"
        if quote == "'"
        else 'write a quote inside double quotes as `\\"`'
    )
    return scene.finding(
        Span(scene.offset, scene.line(scene.offset).end),
        "text goes on after the closing quote",
        advice,
        "or put the whole value in the other kind of quotes",
        secondary=(Label(Span(latest.span.end - 1, latest.span.end), "the quoted text ends here"),),
    )


def escape(scene: Scene) -> Finding | None:
    """A backslash in double quotes that begins no escape."""
    if not scene.says("unknown escape", "Unicode character escape", "hexdecimal", "hexadecimal"):
        return None
    start = scene.text.rfind("\\", 0, min(scene.offset + 1, len(scene.text)))
    if start < 0:
        return None
    if scene.says("Unicode character escape"):
        return scene.finding(
            Span(start, start + 6),
            f"`{scene.text[start : start + 6]}` is half of a character",
            "write the character itself, or its whole code as `\\U0001F600`",
        )
    end = min(start + 2, scene.line(start).end)
    return scene.finding(
        Span(start, end),
        f"`{scene.text[start:end]}` means nothing inside double quotes",
        "write the backslash twice, or put the text in single quotes, where it stands for itself",
        fix=Fix("write the backslash twice", "unsafe", (Edit(Span(start, start), "\\"),)),
    )


def bracket(scene: Scene) -> Finding | None:
    """``[`` or ``{`` that is not closed, or lacks a comma."""
    begun = scene.failure.begun
    if begun is None or not scene.says("flow sequence", "flow mapping", "flow node"):
        return None
    opening = scene.text[begun : begun + 1]
    if opening not in ("[", "{"):
        return None
    closing = "]" if opening == "[" else "}"
    began = Label(Span(begun, begun + 1), f"the `{opening}` begins here")
    missing = _missing_comma(scene, begun)
    if missing is not None:
        return missing
    if scene.line(begun) != scene.line(scene.offset) or scene.at_end():
        stop = Span(scene.offset, min(scene.offset + 1, len(scene.text)))
        return scene.finding(
            began.span,
            f"`{opening}` is not closed",
            f"close it with `{closing}`",
            secondary=() if scene.at_end() else (Label(stop, "cannot be part of what it opens"),),
            blame=scene.line(begun).start,
        )
    return scene.finding(
        Span(scene.offset, scene.offset + 1),
        f"`,` or `{closing}` is expected here",
        "separate the entries with commas, and put text with special characters in quotes",
        secondary=(began,),
    )


def _missing_comma(scene: Scene, begun: int) -> Finding | None:
    """An entry on a line of its own, as in JSON, after a line that ends without a comma."""
    line = scene.line(scene.offset)
    if scene.line(begun) == line or scene.at_end():
        return None
    entry = _ENTRY.match(scene.text, line.start, line.end)
    above = next(scene.above(scene.offset), None)
    if entry is None or above is None:
        return None
    ended = scene.source.slice(above).rstrip()
    if not ended or ended[-1] in ",[{:":
        return None
    end = above.start + len(ended)
    return scene.finding(
        Span(entry.start("entry"), entry.end("entry")),
        f"a comma is missing before `{entry['entry']}`",
        "write `,` at the end of the line above",
        secondary=(Label(Span(end - 1, end), "the comma belongs after this"),),
        fix=Fix("insert the comma", "safe", (Edit(Span(end, end), ","),)),
        blame=begun,
        comma=end,
    )


def empty_flow_entry(scene: Scene) -> Finding | None:
    if not scene.says("node content"):
        return None
    return scene.finding(
        Span(scene.offset, min(scene.offset + 1, len(scene.text))),
        "a value is missing here",
        'write the value, or `""` for an empty text',
    )


def first_character(scene: Scene) -> Finding | None:
    """Text that begins with a character that YAML keeps for itself."""
    character = scene.text[scene.offset : scene.offset + 1]
    if scene.says("cannot start any token") and character not in ("", "\t"):
        start = scene.offset
    elif (
        scene.says("scanning an alias", "scanning an anchor", "scanning a tag")
        and scene.failure.begun is not None
    ):
        start = scene.failure.begun
    else:
        return None
    character = scene.text[start]
    line = scene.line(start)
    return scene.finding(
        Span(start, line.end),
        f"text without quotes cannot begin with `{character}`"
        if character != "`"
        else "text without quotes cannot begin with a backquote",
        "put the whole text in quotes",
        fix=quoting(scene.text[start : line.end], start),
    )


def closing_bracket(scene: Scene) -> Finding | None:
    character = scene.text[scene.offset : scene.offset + 1]
    if character not in ("]", "}", ","):
        return None
    return scene.finding(
        Span(scene.offset, scene.offset + 1),
        f"`{character}` does not belong to anything here",
        "remove it, or put the whole text in quotes",
    )
