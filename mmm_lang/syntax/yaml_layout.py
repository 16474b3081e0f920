"""Mistakes of lines: indentation, tabs, dashes, colons and block texts."""

from __future__ import annotations

import re

from mmm_lang.diagnostics.model import Edit, Fix, Label
from mmm_lang.source import Span
from mmm_lang.syntax.keys import ACTIONS, KEYS
from mmm_lang.syntax.yaml_failure import LINE_KEY, Finding, Scene, quoting, quoting_anyway

_KEY = re.compile(r"[A-Za-z_][\w.-]*")
_FOREIGN_COMMENT = re.compile(r"^[ \t]*(?P<mark>//|/\*)(?=[ \t*/])", re.MULTILINE)
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
    return scene.finding(
        Span(scene.offset, end),
        "this line is indented with a tab",
        "indent with spaces; YAML does not allow tabs here",
        blame=above.start if above is not None and header is not None else None,
        erase=Span(line.start, erase_end),
    )


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
    return scene.finding(
        Span(line.start + len(text) - len(text.lstrip()), line.end),
        f"the lines of a `{header['header'][0]}` text must be indented further than its key",
        f"indent these lines with {indent + 2} spaces",
        secondary=(Label(mark, "the text is announced here"),),
        blame=mark.start,
        erase=Span(line.start, _stray_lines_end(scene, line)),
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
        erase=Span(line.start, following.start() if following else len(scene.text)),
    )


def no_space_after_dash(scene: Scene) -> Finding | None:
    """``-claude: x``: read as a key that begins with a dash."""
    begun = scene.failure.begun
    if begun is None or not re.compile(r"-[A-Za-z_]").match(scene.text, begun):
        return None
    return scene.finding(
        Span(begun, begun + 1),
        "an item of a list needs a space after `-`",
        f"write `- {_word(scene.text, begun + 1)}`",
        fix=Fix("insert the space", "safe", (Edit(Span(begun + 1, begun + 1), " "),)),
    )


def colon(scene: Scene) -> Finding | None:
    """A ``: `` where no key can be: inside plain text, or in a line that is indented wrongly."""
    if not scene.says("mapping values are not allowed"):
        return None
    line = scene.line(scene.offset)
    key = LINE_KEY.match(scene.text, line.start, line.end)
    if key is not None and key.end() == scene.offset + 1:
        return _no_space_after_colon(scene) or _no_colon(scene) or _too_deep_key(scene, key)
    start = _value_start(scene, line)
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


def _no_colon(scene: Scene) -> Finding | None:
    """``- claude "/lint"``, seen when the next key comes."""
    above = next(scene.above(scene.offset), None)
    if above is None:
        return None
    written = re.compile(r"[ \t]*(?:-[ \t]+)+(?P<key>[A-Za-z_]+)[ \t]+(?P<value>\S.*)").match(
        scene.text, above.start, above.end
    )
    if written is None or written["key"] not in ACTIONS:
        return None
    end = written.end("key")
    return scene.finding(
        Span(written.start("key"), end),
        f"`{written['key']}` needs a `:` after it",
        f"write `{written['key']}: {written['value'].rstrip()}`",
        fix=Fix("insert the colon", "unsafe", (Edit(Span(end, end), ":"),)),
        blame=scene.offset,
    )


def _too_deep_key(scene: Scene, key: re.Match[str]) -> Finding:
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
            )
    return scene.finding(
        Span(key.start("key"), key.end()),
        f"`{key['key']}:` cannot begin here",
        "indent it like the keys it belongs to",
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
        "begin it with `#` if it is a comment, or remove it",
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
        "write `key: value`, or indent the line further so that it continues the value above",
        erase=line,
    )


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
        erase=Span(line.end, _stray_lines_end(scene, line)),
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
    found = _FOREIGN_COMMENT.search(scene.text, first, last)
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
    start = _value_start(scene, line)
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
                f"indent it with {_spaces(wanted)}",
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


def _spaces(number: int) -> str:
    return "1 space" if number == 1 else f"{number} spaces"


def _indented(number: int) -> str:
    return f"indent it with {_spaces(number)}" if number else "begin it in the first column"


def _value_start(scene: Scene, line: Span) -> int:
    """Where the value on a line begins: after its dashes and its first key."""
    key = LINE_KEY.match(scene.text, line.start, line.end)
    start = key.end() if key is not None and key.end() <= scene.offset else line.start
    lead = re.compile(r"(?:[ \t]|-(?=[ \t]))*").match(scene.text, start, scene.offset)
    return lead.end() if lead else start


def _stray_lines_end(scene: Scene, first: Span) -> int:
    """Where the run of lines ends that are neither keys nor items: the body of the unindented text."""
    end = first.end
    for number in range(scene.source.position(first.start).line + 1, len(scene.source.line_starts) + 1):
        span = scene.source.line_span(number)
        text = scene.source.slice(span)
        if LINE_KEY.match(text) or re.match(r"[ \t]*-(\s|$)", text):
            break
        end = span.end
    return end


def _word(text: str, offset: int) -> str:
    word = _KEY.match(text, offset)
    return word[0] if word else "…"
