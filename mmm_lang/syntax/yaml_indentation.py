"""Mistakes of indentation: tabs, lines and keys in the wrong column, block texts that are not indented."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.source import Source, Span
from mmm_lang.syntax.yaml_failure import LINE_KEY, Finding, Scene, quoting_anyway

_KEY = re.compile(r"[A-Za-z_][\w.-]*")
_LOOKALIKE = re.compile(r"^[ \t]*(?![\0-\x7f])\s[^\S\r\n]*", re.MULTILINE)
_LOOKALIKE_ITEM = re.compile(
    r"^(?P<indent>[ \t]*)(?![\0-\x7f])\s[^\S\r\n]*(?:-[ \t]|[\w.-]+[ \t]*:(?:\s|$))", re.MULTILINE
)
"""A line with an item or a key behind blanks that YAML does not take for any."""
_BLOCK_HEADER = re.compile(r"(?:^|[\s:-])(?P<header>[|>][-+0-9]*)[ \t]*(?:#.*)?$")


def tab(scene: Scene) -> Finding | None:
    """A tab where indentation is expected."""
    line = scene.line(scene.offset)
    before = scene.text[line.start : scene.offset]
    if scene.text[scene.offset : scene.offset + 1] != "\t" or before.strip(" \t-"):
        return None
    tabs = re.compile(r"[ \t]*").match(scene.text, scene.offset)
    end = tabs.end() if tabs else scene.offset + 1
    erase_end = line.end
    for number in range(scene.source.position(scene.offset).line + 1, len(scene.source.line_starts) + 1):
        span = scene.source.line_span(number)
        text = scene.source.slice(span)
        if text.strip() and "\t" not in text[: len(text) - len(text.lstrip())]:
            break
        erase_end = span.end
    above = next(scene.above(scene.offset), None)
    header = _BLOCK_HEADER.search(scene.source.slice(above)) if above is not None else None
    indents = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE).finditer(scene.text, line.start, erase_end)
    edits = tuple(Edit(Span(*found.span()), found[0].replace("\t", "  ")) for found in indents)
    return scene.finding(
        Span(scene.offset, end),
        "this line is indented with a tab",
        "indent with spaces; YAML does not allow tabs here",
        fix=Fix("write two spaces for each tab", "unsafe", edits) if edits else None,
        blame=above.start if above is not None and header is not None else None,
        erase=Span(line.start, erase_end),
    )


def lookalike_blank(scene: Scene) -> Finding | None:
    """A character that only looks like a space where indentation is expected; it comes from a web page."""
    line = scene.line(scene.offset)
    indent = re.compile(r"[^\S\r\n]*").match(scene.text, line.start, line.end)
    blanks = indent[0] if indent is not None else ""
    if not blanks.strip(" \t") and all(sign in " \t" for sign in blanks):
        return None
    place = Span(line.start, line.start + len(blanks))
    return scene.finding(
        place,
        _lookalike(blanks),
        "indent with spaces",
        fix=Fix("indent with spaces", "safe", (Edit(place, " " * len(blanks)),)),
        erase=line,
    )


def lookalike_indents(source: Source, text: str, extents: Sequence[Span]) -> Diagnostic | None:
    """The same where YAML reads on, for it takes the character and all behind it for a text or a key: said once, with a
    fix of all such lines. ``extents`` are the scalars that were read."""
    begun = {span.start for span in extents}
    inside = sorted(extents, key=lambda span: span.start)
    first = next((one for one in _LOOKALIKE_ITEM.finditer(text) if one.end("indent") in begun), None)
    if first is None:
        return None
    spans = [Span(*one.span()) for one in _LOOKALIKE.finditer(text, first.start())]
    edits = tuple(
        Edit(span, " " * (span.end - span.start)) for span in spans if not _is_within(span.start, inside)
    )
    if not edits:
        return None
    place = edits[0].span
    return Diagnostic(
        "yaml-syntax",
        "error",
        _lookalike(source.slice(place)),
        source,
        Label(place),
        help=("indent with spaces",),
        fix=Fix("indent with spaces", "unsafe", edits),
    )


def _is_within(offset: int, extents: Sequence[Span]) -> bool:
    """Whether a line that begins at an offset goes on with a text that began above it."""
    at = bisect_left(extents, offset, key=lambda span: span.start) - 1
    return at >= 0 and offset < extents[at].end


def _lookalike(blanks: str) -> str:
    return f"this line is indented with a character that only looks like a space (U+{_odd(blanks):04X})"


def _odd(blanks: str) -> int:
    return next(ord(sign) for sign in blanks if sign not in " \t")


def block_body(scene: Scene) -> Finding | None:
    """A line that belongs to a ``|`` or ``>`` above and is not indented further than its key."""
    latest = scene.failure.latest
    if latest is None or latest.style not in ("literal", "folded") or latest.value.strip():
        return None
    begun = scene.failure.begun if scene.says("could not find expected ':'") else scene.offset
    line = scene.line(scene.offset if begun is None else begun)
    above = next(scene.above(line.start), None)
    header = _BLOCK_HEADER.search(scene.source.slice(above)) if above is not None else None
    if above is None or header is None or scene.says("block scalar"):
        return None
    mark = Span(above.start + header.start("header"), above.start + header.end("header"))
    text = scene.source.slice(line)
    indent = len(scene.source.slice(above)) - len(scene.source.slice(above).lstrip(" -"))
    body = Span(line.start, stray_lines_end(scene, line))
    return scene.finding(
        Span(line.start + len(text) - len(text.lstrip()), line.end),
        f"the lines of a `{header['header'][0]}` text must be indented further than its key",
        f"indent these lines with {indent + 2} spaces",
        secondary=(Label(mark, "the text is announced here"),),
        fix=_indenting(scene, body, indent + 2 - (len(text) - len(text.lstrip(" ")))),
        blame=mark.start,
        erase=body,
    )


def _indenting(scene: Scene, lines: Span, columns: int) -> Fix | None:
    """Move lines to the right, but for the empty ones."""
    starts = [start for start in scene.source.line_starts if lines.start <= start < lines.end]
    filled = [start for start in starts if scene.source.slice(scene.line(start)).strip()]
    if columns < 1 or not filled:
        return None
    edits = tuple(Edit(Span(start, start), " " * columns) for start in filled)
    return Fix("indent these lines", "unsafe", edits)


def short_of_block(scene: Scene) -> Finding | None:
    """A line below a `|` or `>` text that is indented less than the text, and more than its key."""
    latest = scene.failure.latest
    if latest is None or latest.style not in ("literal", "folded") or not latest.value.strip():
        return None
    line = scene.line(scene.offset)
    above = next(scene.above(line.start), None)
    if above is None or not (latest.span.start < above.start < latest.span.end):
        return None
    first = scene.line(latest.span.start)
    body = next(scene.below(first.end + 1), above)
    wanted = len(scene.source.slice(body)) - len(scene.source.slice(body).lstrip(" "))
    column = scene.offset - line.start
    lead = scene.source.slice(first)
    if (
        scene.text[line.start : scene.offset].strip()
        or not len(lead) - len(lead.lstrip(" -")) < column < wanted
    ):
        return None
    return scene.finding(
        Span(scene.offset, line.end),
        f"this line is indented less than the `{scene.text[latest.span.start]}` text that it goes on with",
        f"indent it with {_spaces(wanted)}",
        secondary=(Label(Span(latest.span.start, latest.span.start + 1), "the text is announced here"),),
        fix=Fix(_indented(wanted), "unsafe", (Edit(Span(line.start, scene.offset), " " * wanted),)),
        erase=line,
    )


def too_deep_key(scene: Scene, key: re.Match[str]) -> Finding:
    """A key that stands further right than the keys it belongs to."""
    column = len(key["indent"]) + len(key["dashes"])
    for span in scene.above(scene.offset):
        other = LINE_KEY.match(scene.text, span.start, span.end)
        if other is not None and len(other["indent"]) + len(other["dashes"]) < column:
            wanted = len(other["indent"]) + len(other["dashes"])
            return scene.finding(
                Span(key.start("key"), key.end()),
                f"`{key['key']}:` is indented further than the keys it belongs to",
                f"{_indented(wanted)}, as `{other['key']}:`",
                secondary=(Label(Span(other.start("key"), other.end()), "the value here has not ended"),),
                fix=Fix(
                    _indented(wanted),
                    "unsafe",
                    (Edit(Span(scene.line(scene.offset).start, key.start("key")), " " * wanted),),
                ),
                erase=_with_deeper_lines(scene, column),
            )
    return scene.finding(
        Span(key.start("key"), key.end()),
        f"`{key['key']}:` cannot begin here",
        "indent it like the keys it belongs to",
    )


def _with_deeper_lines(scene: Scene, column: int) -> Span:
    """The line of the failure and those below it that are indented further than ``column``."""
    first = last = scene.line(scene.offset)
    for span in scene.below(first.end + 1):
        text = scene.source.slice(span)
        if len(text) - len(text.lstrip(" ")) <= column:
            break
        last = span
    return first.to(last)


def wrong_place(scene: Scene) -> Finding | None:
    """A line whose indentation or kind does not fit what came before it."""
    if not scene.says("key", "indicator", "<block end>"):
        return None
    line = scene.line(scene.offset)
    text = scene.text[scene.offset : line.end]
    if scene.text[line.start : scene.offset].strip():
        return _after_value(scene, line)
    if re.match(r"-(\s|$)", text):
        return _misplaced_dash(scene, line)
    if text.startswith(":"):
        return scene.finding(
            Span(scene.offset, line.end), "a key is missing before `:`", "write `key: value`"
        )
    key = LINE_KEY.match(scene.text, line.start, line.end)
    if key is not None:
        return _misplaced_key(scene, line, key)
    return scene.finding(
        Span(scene.offset, line.end),
        f"a line that is indented with {_spaces(scene.offset - line.start)} fits no line above",
        "indent it like the keys or items it belongs to",
    )


def _after_value(scene: Scene, line: Span) -> Finding:
    """Text behind a value that has ended on the same line."""
    start = value_start(scene, line)
    opening = scene.text[start : start + 1]
    if opening in ("[", "{"):
        what = "list" if opening == "[" else "mapping"
        return scene.finding(
            Span(start, line.end),
            f"text without quotes cannot begin with `{opening}`, which begins a {what}",
            "put the whole text in quotes",
            fix=quoting_anyway(scene.text[start : line.end], start),
        )
    return scene.finding(
        Span(scene.offset, line.end),
        "this does not fit what stands before it on the line",
        "put the whole text in quotes",
    )


def _misplaced_dash(scene: Scene, line: Span) -> Finding:
    """An item that stands in another column than the items it follows, or where no list is."""
    column = scene.offset - line.start
    for span in scene.above(scene.offset):
        dash = re.compile(r" *(-)(?=[ \t]|$)").match(scene.text, span.start, span.end)
        if dash is not None and dash.start(1) - span.start != column:
            wanted = dash.start(1) - span.start
            return scene.finding(
                Span(scene.offset, scene.offset + 1),
                "this `-` does not stand below those of its list",
                _indented(wanted),
                secondary=(Label(Span(dash.start(1), dash.end(1)), "the item before it"),),
            )
    begun = scene.failure.begun
    secondary: tuple[Label, ...] = ()
    if begun is not None and scene.line(begun) != line:
        word = _KEY.match(scene.text, begun)
        secondary = (Label(Span(begun, word.end() if word else begun + 1), "the key before it"),)
    return scene.finding(
        Span(scene.offset, line.end),
        "an item of a list stands where a key is expected",
        "put the list under a key such as `steps:`, or indent it like the items it belongs to",
        secondary=secondary,
    )


def _misplaced_key(scene: Scene, line: Span, key: re.Match[str]) -> Finding:
    """A key in a column in which no key above stands: the nearest one is likely what it belongs beside."""
    column = scene.offset - line.start
    if re.match(r"-[A-Za-z_]", key["key"]):
        return glued_dash(scene, scene.offset)
    place = Span(key.start("key"), key.end("key"))
    nearest: tuple[int, re.Match[str]] | None = None
    for span in scene.above(scene.offset):
        dash = re.compile(r" *(-)(?=[ \t])").match(scene.text, span.start, span.end)
        if dash is not None and dash.start(1) - span.start == column:
            return scene.finding(
                place,
                f"`{key['key']}:` stands below the `-` of a list, which is no place for a key",
                "put the list under a key of its own, such as `steps:`, or indent the key like those it belongs to",
                secondary=(Label(Span(dash.start(1), dash.end(1)), "an item of the list"),),
            )
        other = LINE_KEY.match(scene.text, span.start, span.end)
        if other is None:
            continue
        distance = abs(len(other["indent"]) + len(other["dashes"]) - column)
        if nearest is None or distance < nearest[0]:
            nearest = distance, other
        if len(other["indent"]) <= column and len(other["indent"]) + len(other["dashes"]) <= column:
            break
    message = f"`{key['key']}:` is indented with {_spaces(column)}, as no key above it is"
    if nearest is None:
        return scene.finding(place, message, "indent it like the keys it belongs to")
    other = nearest[1]
    wanted = len(other["indent"]) + len(other["dashes"])
    return scene.finding(
        place,
        message,
        f"{_indented(wanted)}, as `{other['key']}:`",
        secondary=(Label(Span(other.start("key"), other.end("key")), f"indented with {_spaces(wanted)}"),),
        fix=Fix(
            f"indent it with {_spaces(wanted)}",
            "unsafe",
            (Edit(Span(line.start, scene.offset), " " * wanted),),
        ),
    )


def glued_dash(scene: Scene, dash: int, blame: int | None = None) -> Finding:
    """An item without a space behind its ``-``, which stands at the offset ``dash``."""
    word = _KEY.match(scene.text, dash + 1)
    return scene.finding(
        Span(dash, dash + 1),
        "an item of a list needs a space after `-`",
        f"write `- {word[0] if word else '…'}`",
        fix=Fix("insert the space", "safe", (Edit(Span(dash + 1, dash + 1), " "),)),
        blame=blame,
    )


def _spaces(number: int) -> str:
    return "1 space" if number == 1 else f"{number} spaces"


def _indented(number: int) -> str:
    return f"indent it with {_spaces(number)}" if number else "begin it in the first column"


def value_start(scene: Scene, line: Span) -> int:
    """Where the value on a line begins: after its dashes and its first key."""
    key = LINE_KEY.match(scene.text, line.start, line.end)
    start = key.end() if key is not None and key.end() <= scene.offset else line.start
    lead = re.compile(r"(?:[ \t]|-(?=[ \t]))*").match(scene.text, start, scene.offset)
    return lead.end() if lead else start


def stray_lines_end(scene: Scene, first: Span) -> int:
    """Where the run of lines ends that are neither keys nor items: the body of the unindented text."""
    end = first.end
    for number in range(scene.source.position(first.start).line + 1, len(scene.source.line_starts) + 1):
        span = scene.source.line_span(number)
        text = scene.source.slice(span)
        if LINE_KEY.match(text) or re.match(r"[ \t]*-(\s|$)", text):
            break
        end = span.end
    return end
