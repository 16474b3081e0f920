"""Mistakes of lines: dashes, colons, stray lines and lists in the wrong place."""

from __future__ import annotations

import re

from mmm_lang.diagnostics.model import Edit, Fix, Label
from mmm_lang.source import Span
from mmm_lang.syntax.keys import ACTIONS, KEYS
from mmm_lang.syntax.yaml_failure import LINE_KEY, Finding, Scene, quoting
from mmm_lang.syntax.yaml_indentation import glued_dash, stray_lines_end, too_deep_key, value_start

_FOREIGN_COMMENT = r"(?m)^[ \t]*(?P<mark>//|/\*)(?=[ \t*/])"
_SHORT = 60


def bullet(scene: Scene) -> Finding | None:
    """A list with `*` for `-`, as in other kinds of text."""
    line = scene.line(scene.offset)
    mark = re.compile(r" *([*•])(?= )").match(scene.text, line.start, line.end)
    if mark is None:
        return None
    column = mark.start(1) - line.start
    marks = [Span(*mark.span(1))]
    end = line.end
    for number in range(scene.source.position(line.start).line + 1, len(scene.source.line_starts) + 1):
        span = scene.source.line_span(number)
        text = scene.source.slice(span)
        if text.strip() and len(text) - len(text.lstrip(" ")) < column:
            break
        end = span.end
        if text[column : column + 2] == f"{mark[1]} " and not text[:column].strip():
            marks.append(Span(span.start + column, span.start + column + 1))
    return scene.finding(
        marks[0],
        f"an item of a list begins with `-`, not with `{mark[1]}`",
        "write `- ` before each",
        secondary=tuple(Label(place, "here too") for place in marks[1:]),
        fix=Fix("write `-`", "safe", tuple(Edit(place, "-") for place in marks)),
        erase=Span(line.start, end),
    )


def list_then_key(scene: Scene) -> Finding | None:
    """A key in the first column after a list of steps that stands there too."""
    begun = scene.failure.begun
    if begun is None or not scene.says("block collection") or scene.text[begun : begun + 1] != "-":
        return None
    line = scene.line(scene.offset)
    key = LINE_KEY.match(scene.text, line.start, line.end)
    if scene.offset != line.start or key is None or scene.line(begun).start != begun:
        return None
    following = re.compile(r"^-(?=[ \t\r\n]|\Z)", re.MULTILINE).search(scene.text, line.end)
    return scene.finding(
        Span(key.start("key"), key.end("key")),
        f"the file begins as a list of steps, so the key `{key['key']}` cannot follow",
        "put the list under `steps:`, and keys such as `max_iterations:` beside it",
        label="a key after the end of the list",
        secondary=(Label(Span(begun, begun + 1), "the list of steps begins here"),),
        fix=Fix(
            "put the list under `steps:`", "unsafe", (Edit(Span(begun, begun), f"steps:{_line_end(scene)}"),)
        ),
        erase=Span(line.start, following.start() if following else len(scene.text)),
    )


def _line_end(scene: Scene) -> str:
    """How the lines of the file end."""
    return "\r\n" if "\r\n" in scene.text else "\n"


def no_space_after_dash(scene: Scene) -> Finding | None:
    """``-claude: x``: read as a key that begins with a dash."""
    begun = scene.failure.begun
    if begun is None or not re.compile(r"-[A-Za-z_]").match(scene.text, begun):
        return None
    return glued_dash(scene, begun)


def _dash_above(scene: Scene) -> Finding | None:
    """The same, seen when the next key of the item comes."""
    above = next(scene.above(scene.offset), None)
    dash = above and re.compile(r"[ \t]*-(?=[A-Za-z_]\w*:[ \t])").match(scene.text, above.start, above.end)
    return glued_dash(scene, dash.end() - 1, scene.offset) if dash else None


def colon(scene: Scene) -> Finding | None:
    """A ``: `` where no key can be: inside plain text, or in a line that is indented wrongly."""
    if not scene.says("mapping values are not allowed"):
        return None
    line = scene.line(scene.offset)
    key = LINE_KEY.match(scene.text, line.start, line.end)
    if key is not None and key.end() == scene.offset + 1:
        return (
            _no_space_after_colon(scene)
            or _no_colon(scene, key)
            or _dash_above(scene)
            or too_deep_key(scene, key)
        )
    start = value_start(scene, line)
    value = scene.text[start : line.end]
    return scene.finding(
        Span(scene.offset, min(scene.offset + 2, line.end)),
        "`: ` inside text without quotes begins a value",
        f"put the whole text in quotes, or write it below `{key['key'] if key is not None else 'key'}: |`",
        secondary=(Label(Span(start, scene.offset), "this is read as a key"),),
        fix=quoting(value, start),
    )


def _no_space_after_colon(scene: Scene) -> Finding | None:
    """``claude:text``, seen when the next key comes."""
    above = next(scene.above(scene.offset), None)
    if above is None:
        return None
    written = re.compile(r"[ \t]*(?:-[ \t]+)*(?P<key>[A-Za-z_][\w-]*):(?=[^\s:])").match(
        scene.text, above.start, above.end
    )
    if written is None or (scene.text[written.end()] == "/" and written["key"] not in KEYS["step"]):
        return None
    colon = written.end("key")
    return scene.finding(
        Span(written.start("key"), colon + 1),
        f"`{written['key']}:` needs a space after it",
        f"write `{written['key']}: {scene.text[colon + 1 : above.end].strip()}`",
        fix=Fix("insert the space", "safe", (Edit(Span(colon + 1, colon + 1), " "),)),
        blame=scene.offset,
    )


def _no_colon(scene: Scene, key: re.Match[str]) -> Finding | None:
    """``- claude "/lint"`` or ``claude = "/lint"``, seen when the next key comes."""
    lines = scene.above(scene.offset)
    above = next(lines, None)
    if above is None:
        return None
    written = re.compile(
        r"(?P<indent>[ \t]*)(?P<dashes>(?:-[ \t]+)*)(?P<key>[A-Za-z_]+)[ \t]+(?:=[ \t]*)?(?P<value>\S.*)"
    ).match(scene.text, above.start, above.end)
    if written is None or written["key"] not in KEYS["step"]:
        return None
    beside = len(written["indent"]) + len(written["dashes"]) == len(key["indent"]) + len(key["dashes"])
    if written["key"] not in ACTIONS and not (written["dashes"] and beside and not key["dashes"]):
        return None  # other words begin sentences too
    if not written["dashes"]:  # it may as well go on with a text above, but not as the first line of a value
        owner = next(lines, None)
        column = len(written["indent"])
        if owner is None or column != len(key["indent"]) or not scene.source.slice(owner).endswith(":"):
            return None
    end = written.end("key")
    return scene.finding(
        Span(written.start("key"), end),
        f"`{written['key']}` needs a `:` after it",
        f"write `{written['key']}: {written['value'].rstrip()}`",
        fix=Fix("insert the colon", "unsafe", (Edit(Span(end, written.start("value")), ": "),)),
        blame=scene.offset,
    )


def text_before_everything(scene: Scene) -> Finding | None:
    """A line of text at the top of a file whose list or keys begin below it."""
    first = next(scene.below(0), None)
    if first is None or first == scene.line(scene.offset):
        return None
    text = re.compile(r"\s*(?=\w)").match(scene.text, first.start, first.end)
    latest = scene.failure.latest
    if text is None or (latest is not None and latest.span.start != text.end()):
        return None
    if not scene.says("mapping values are not allowed", "<document start>"):
        return None
    if LINE_KEY.match(scene.text, first.start, first.end):
        return None
    return scene.finding(
        first,
        "this line is neither a key nor an item of a list",
        _colon_for_equals(scene.source.slice(first)) or "begin it with `#` if it is a comment, or remove it",
        erase=first,
    )


def stray_line(scene: Scene) -> Finding | None:
    """A line of text where a key is expected."""
    if not scene.says("could not find expected ':'"):
        return None
    begun = scene.failure.begun if scene.failure.begun is not None else scene.offset
    line = scene.line(begun)
    return scene.finding(
        Span(begun, max(begun, line.end)),
        "this line is neither a key nor part of the text above",
        _colon_for_equals(scene.source.slice(line))
        or "write `key: value`, or indent the line further so that it continues the value above",
        erase=line,
    )


def _colon_for_equals(line: str) -> str | None:
    """What to write instead of ``max_iterations = 3``."""
    found = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*(?:=>|:=|=|->)\s*(\S.*?)\s*", line)
    return f"write `{found[1]}: {found[2]}`" if found is not None and len(line) < _SHORT else None


def block_header(scene: Scene) -> Finding | None:
    """Text on the line of ``|`` or ``>``."""
    begun = scene.failure.begun
    if begun is None or not scene.says("block scalar") or scene.text[begun : begun + 1] not in ("|", ">"):
        return None
    line = scene.line(scene.offset)
    mark = scene.text[begun]
    return scene.finding(
        Span(scene.offset, line.end),
        f"nothing but `{mark}` may stand on this line",
        f"begin the text on the next line, indented; or put text that begins with `{mark}` in quotes",
        secondary=(Label(Span(begun, begun + 1), "the text is announced here"),),
        blame=begun,
        erase=Span(line.end, stray_lines_end(scene, line)),
    )


def list_on_key_line(scene: Scene) -> Finding | None:
    if not scene.says("sequence entries are not allowed"):
        return None
    line = scene.line(scene.offset)
    return scene.finding(
        Span(scene.offset, line.end),
        "a list with `-` cannot begin on the line of its key",
        "begin it on the next line, or write it as `[a, b]`",
    )


def foreign_comment(scene: Scene) -> Finding | None:
    """A comment of JavaScript in a file that is JSON otherwise."""
    begun = scene.failure.begun if scene.failure.begun is not None else scene.offset
    if not scene.says("flow") and scene.line(begun) != scene.line(scene.offset):
        begun = scene.offset if not scene.says("could not find expected ':'") else begun
    first = scene.line(begun).start
    last = scene.line(scene.offset if scene.says("flow") else begun).end
    found = re.compile(_FOREIGN_COMMENT).search(scene.text, first, last)
    if found is None:
        return None
    line = scene.line(found.start("mark"))
    return scene.finding(
        Span(found.start("mark"), line.end),
        f"`{found['mark']}` begins no comment",
        "write comments as `# …`, each on a line of its own",
        blame=line.start,
        erase=line,
    )


def directive(scene: Scene) -> Finding | None:
    if not scene.says("directive"):
        return None
    begun = scene.failure.begun if scene.failure.begun is not None else scene.offset
    return scene.finding(
        scene.line(begun),
        "a line that begins with `%` is a directive to the YAML reader",
        "remove it, or indent the text that it belongs to",
        erase=scene.line(begun),
    )


def after_document(scene: Scene) -> Finding | None:
    if not scene.says("<document start>"):
        return None
    return scene.finding(
        scene.line(scene.offset),
        "this stands after the end of the document",
        "remove the `...` above, or the brackets or quotes that end before it",
        erase=Span(scene.line(scene.offset).start, len(scene.text)),
    )
