"""Mistakes of YAML, said in the words of somebody who writes a playbook.

libyaml says what it expected; people need to know what they wrote. Each kind of mistake is told apart by
the text around the place, so that libyaml and the pure Python reader, which word their errors differently,
give the same diagnostic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import yaml
from attrs import frozen

from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.source import Source, Span
from mmm_lang.syntax.yaml_nodes import Scalar

_KEY = re.compile(r"[A-Za-z_][\w.-]*")
_LINE_KEY = re.compile(r"(?P<indent>[ \t]*)(?P<dashes>(?:-[ \t]+)*)(?P<key>[\w.-]+)[ \t]*:(?=[ \t]|$)")
_BLOCK_HEADER = re.compile(r"(?:^|[\s:-])(?P<header>[|>][-+0-9]*)[ \t]*(?:#.*)?$")
_BREAK = re.compile(r"\r\n|\r|\n")


@frozen(eq=False)
class Failure:
    """Where and why the YAML reader stopped.

    ``offset`` is where, ``begun`` where what it was reading began; ``latest`` is the last scalar before.
    """

    offset: int
    begun: int | None
    problem: str
    context: str
    latest: Scalar | None

    def is_beyond(self, offset: int, other: Failure) -> bool:
        """Whether this is another failure than ``other``, of text that lies after ``offset``."""
        return self.offset > offset and (self.offset, self.begun) != (other.offset, other.begun)

    @staticmethod
    def of(error: yaml.MarkedYAMLError, latest: Scalar | None, length: int) -> Failure:
        """The failure that an error of libyaml or of the pure reader tells of."""
        place = error.problem_mark or error.context_mark
        begun = error.context_mark.index if error.context_mark is not None else None
        offset = min(place.index, length) if place is not None else 0
        return Failure(offset, begun, error.problem or "", error.context or "", latest)


@frozen(eq=False)
class Finding:
    """A diagnostic, the offset whose line is to blame for it, and lines that are useless because of it."""

    diagnostic: Diagnostic
    blame: int
    erase: Span | None = None


@frozen(eq=False)
class _Scene:
    """A failure in its text."""

    source: Source
    failure: Failure

    @property
    def text(self) -> str:
        return self.source.text

    @property
    def offset(self) -> int:
        return self.failure.offset

    def line(self, offset: int) -> Span:
        """The line of an offset, without its end."""
        return self.source.line_span(self.source.position(offset).line)

    def line_text(self, offset: int) -> str:
        return self.source.slice(self.line(offset))

    def above(self, offset: int) -> Iterator[Span]:
        """Lines above an offset that hold something, nearest first."""
        for number in range(self.source.position(offset).line - 1, 0, -1):
            span = self.source.line_span(number)
            text = self.source.slice(span).strip()
            if text and not text.startswith("#"):
                yield span

    def at_end(self) -> bool:
        return not self.text[self.offset :].strip()

    def says(self, *words: str) -> bool:
        return any(word in self.failure.problem or word in self.failure.context for word in words)

    def finding(
        self,
        span: Span,
        message: str,
        *advice: str,
        label: str = "",
        secondary: tuple[Label, ...] = (),
        fix: Fix | None = None,
        blame: int | None = None,
        erase: Span | None = None,
    ) -> Finding:
        primary = Label(span, label)
        diagnostic = Diagnostic(
            "yaml-syntax", "error", message, self.source, primary, secondary, advice, fix=fix
        )
        return Finding(diagnostic, span.start if blame is None else blame, erase)


def explain(source: Source, failure: Failure) -> Finding:
    """The diagnostic for a failure, with advice, and the place to blame."""
    scene = _Scene(source, failure)
    for kind in _KINDS:
        finding = kind(scene)
        if finding is not None:
            return finding
    end = min(len(source.text), failure.offset + 1)
    problem = failure.problem.strip() or "the text ends too early"
    return scene.finding(
        Span(failure.offset, end),
        f"this is not valid YAML: {problem}",
        "write `key: value`, lists with `- `, and put text with special characters in quotes",
    )


# --- the kinds of mistakes, asked in order ---


def _tab(scene: _Scene) -> Finding | None:
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


def _list_then_key(scene: _Scene) -> Finding | None:
    """A key in the first column after a list of steps that stands there too."""
    begun = scene.failure.begun
    if begun is None or not scene.says("block collection") or scene.text[begun : begun + 1] != "-":
        return None
    line = scene.line(scene.offset)
    key = _LINE_KEY.match(scene.text, line.start, line.end)
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


def _no_space_after_dash(scene: _Scene) -> Finding | None:
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


def _colon(scene: _Scene) -> Finding | None:
    """A ``: `` where no key can be: inside plain text, or in a line that is indented wrongly."""
    if not scene.says("mapping values are not allowed"):
        return None
    line = scene.line(scene.offset)
    key = _LINE_KEY.match(scene.text, line.start, line.end)
    if key is not None and key.end() == scene.offset + 1:
        return _no_space_after_colon(scene) or _too_deep_key(scene, key)
    start = _value_start(scene, line)
    value = scene.text[start : line.end]
    return scene.finding(
        Span(scene.offset, min(scene.offset + 2, line.end)),
        "`: ` inside text without quotes begins a value",
        "put the whole text in quotes, or write it below `key: |`",
        secondary=(Label(Span(start, scene.offset), "this is read as a key"),),
        fix=_quoted(value, start),
    )


def _no_space_after_colon(scene: _Scene) -> Finding | None:
    """``claude:text``, seen when the next key comes."""
    above = next(scene.above(scene.offset), None)
    if above is None:
        return None
    written = re.compile(r"[ \t]*(?:-[ \t]+)*(?P<key>[A-Za-z_][\w-]*):(?=[^\s/:])").match(
        scene.text, above.start, above.end
    )
    if written is None:
        return None
    colon = written.end("key")
    return scene.finding(
        Span(written.start("key"), colon + 1),
        "a key needs a space after `:`",
        f"write `{written['key']}: {scene.text[colon + 1 : above.end].strip()}`",
        fix=Fix("insert the space", "safe", (Edit(Span(colon + 1, colon + 1), " "),)),
        blame=scene.offset,
    )


def _too_deep_key(scene: _Scene, key: re.Match[str]) -> Finding:
    """A key that stands further right than the keys it belongs to."""
    column = len(key["indent"]) + len(key["dashes"])
    for span in scene.above(scene.offset):
        other = _LINE_KEY.match(scene.text, span.start, span.end)
        if other is not None and len(other["indent"]) + len(other["dashes"]) < column:
            wanted = len(other["indent"]) + len(other["dashes"])
            spaces = "1 space" if wanted == 1 else f"{wanted} spaces"
            return scene.finding(
                Span(key.start("key"), key.end()),
                f"`{key['key']}:` is indented further than the keys it belongs to",
                f"indent it with {spaces}, as `{other['key']}:` is",
                secondary=(Label(Span(other.start("key"), other.end()), "the value here has not ended"),),
            )
    return scene.finding(
        Span(key.start("key"), key.end()),
        f"`{key['key']}:` cannot begin here",
        "indent it like the keys it belongs to",
    )


def _block_body(scene: _Scene) -> Finding | None:
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


def _stray_line(scene: _Scene) -> Finding | None:
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


def _block_header(scene: _Scene) -> Finding | None:
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


def _unclosed_at_end(scene: _Scene) -> Finding | None:
    """A quote that is still open at the end of the file (or at ``---``)."""
    begun = scene.failure.begun
    if begun is None or scene.text[begun : begun + 1] not in ("'", '"') or not scene.says("unexpected"):
        return None
    return _open_quote(scene, begun, Span(len(scene.text), len(scene.text)))


def _open_quote(scene: _Scene, begun: int, stop: Span) -> Finding:
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


def _after_quote(scene: _Scene) -> Finding | None:
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


def _bracket(scene: _Scene) -> Finding | None:
    """``[`` or ``{`` that is not closed, or lacks a comma."""
    begun = scene.failure.begun
    if begun is None or not scene.says("flow sequence", "flow mapping", "flow node"):
        return None
    opening = scene.text[begun : begun + 1]
    if opening not in ("[", "{"):
        return None
    closing = "]" if opening == "[" else "}"
    began = Label(Span(begun, begun + 1), f"the `{opening}` begins here")
    if scene.line(begun) != scene.line(scene.offset) or scene.at_end():
        place = scene.line(begun)
        return scene.finding(
            Span(scene.offset, min(scene.offset + 1, len(scene.text))) if not scene.at_end() else began.span,
            f"the `{opening}` of line {scene.source.position(begun).line} is not closed",
            f"close it with `{closing}`",
            secondary=() if scene.at_end() else (began,),
            blame=place.start,
        )
    return scene.finding(
        Span(scene.offset, scene.offset + 1),
        f"`,` or `{closing}` is expected here",
        "separate the entries with commas, and put text with special characters in quotes",
        secondary=(began,),
    )


def _empty_flow_entry(scene: _Scene) -> Finding | None:
    if not scene.says("node content"):
        return None
    return scene.finding(
        Span(scene.offset, min(scene.offset + 1, len(scene.text))),
        "a value is missing here",
        'write the value, or `""` for an empty text',
    )


def _first_character(scene: _Scene) -> Finding | None:
    """Text that begins with a character that YAML keeps for itself."""
    character = scene.text[scene.offset : scene.offset + 1]
    if scene.says("cannot start any token") and character not in ("", "\t"):
        start = scene.offset
    elif scene.says("scanning an alias", "scanning an anchor") and scene.failure.begun is not None:
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
        fix=_quoted(scene.text[start : line.end], start),
    )


def _escape(scene: _Scene) -> Finding | None:
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


def _list_on_key_line(scene: _Scene) -> Finding | None:
    if not scene.says("sequence entries are not allowed"):
        return None
    line = scene.line(scene.offset)
    return scene.finding(
        Span(scene.offset, line.end),
        "a list with `-` cannot begin on the line of its key",
        "begin it on the next line, or write it as `[a, b]`",
    )


def _directive(scene: _Scene) -> Finding | None:
    if not scene.says("directive"):
        return None
    begun = scene.failure.begun if scene.failure.begun is not None else scene.offset
    return scene.finding(
        scene.line(begun),
        "a line that begins with `%` is a directive to the YAML reader",
        "remove it, or indent the text that it belongs to",
        erase=scene.line(begun),
    )


def _after_document(scene: _Scene) -> Finding | None:
    if not scene.says("<document start>"):
        return None
    return scene.finding(
        scene.line(scene.offset),
        "this stands after the end of the document",
        "remove the `...` above, or the brackets or quotes that end before it",
        erase=Span(scene.line(scene.offset).start, len(scene.text)),
    )


def _closing_bracket(scene: _Scene) -> Finding | None:
    character = scene.text[scene.offset : scene.offset + 1]
    if character not in ("]", "}", ","):
        return None
    return scene.finding(
        Span(scene.offset, scene.offset + 1),
        f"`{character}` does not belong to anything here",
        "remove it, or put the whole text in quotes",
    )


def _wrong_place(scene: _Scene) -> Finding | None:
    """A line whose indentation or kind does not fit what came before it."""
    if not scene.says("key", "indicator", "<block end>"):
        return None
    line = scene.line(scene.offset)
    column = scene.offset - line.start
    text = scene.text[scene.offset : line.end]
    begun = scene.failure.begun
    secondary: tuple[Label, ...] = ()
    if begun is not None and scene.line(begun) != line:
        word = _KEY.match(scene.text, begun)
        secondary = (Label(Span(begun, word.end() if word else begun + 1), "what it follows begins here"),)
    if scene.text[line.start : scene.offset].strip():
        return scene.finding(
            Span(scene.offset, line.end), "this does not fit what stands before it on the line",
            "put the whole text in quotes", secondary=secondary,
        )  # fmt: skip
    if re.match(r"-(\s|$)", text):
        message = "an item of a list stands where a key is expected"
        advice = "put the list under a key such as `steps:`, or indent it like the items it belongs to"
    elif text.startswith(":"):
        message, advice = "a key is missing before `:`", "write `key: value`"
    else:
        spaces = "1 space" if column == 1 else f"{column} spaces"
        message = f"a line that is indented with {spaces} fits no line above"
        advice = "indent it like the keys or items it belongs to"
    return scene.finding(Span(scene.offset, line.end), message, advice, secondary=secondary)


_KINDS: tuple[Callable[[_Scene], Finding | None], ...] = (
    _tab, _block_body, _list_then_key, _no_space_after_dash, _colon, _stray_line, _block_header, _unclosed_at_end,
    _after_quote, _escape, _bracket, _empty_flow_entry, _first_character, _list_on_key_line, _directive,
    _after_document, _closing_bracket, _wrong_place,
)  # fmt: skip


# --- pieces ---


def _word(text: str, offset: int) -> str:
    word = _KEY.match(text, offset)
    return word[0] if word else "…"


def _value_start(scene: _Scene, line: Span) -> int:
    """Where the value on a line begins: after its dashes and its first key."""
    key = _LINE_KEY.match(scene.text, line.start, line.end)
    start = key.end() if key is not None and key.end() <= scene.offset else line.start
    lead = re.compile(r"(?:[ \t]|-(?=[ \t]))*").match(scene.text, start, scene.offset)
    return lead.end() if lead else start


def _quoted(value: str, start: int) -> Fix | None:
    """Put a value that stands on one line in quotes; not where a comment may follow it."""
    written = value.rstrip()
    if not written or " #" in written or written[0] in "'\"|>[{":
        return None
    quoted = f"'{written}'" if "'" not in written else '"' + re.sub(r'(["\\])', r"\\\1", written) + '"'
    return Fix("put the text in quotes", "safe", (Edit(Span(start, start + len(written)), quoted),))


def _stray_lines_end(scene: _Scene, first: Span) -> int:
    """Where the run of lines ends that are neither keys nor items: the body of the unindented text."""
    end = first.end
    for number in range(scene.source.position(first.start).line + 1, len(scene.source.line_starts) + 1):
        span = scene.source.line_span(number)
        text = scene.source.slice(span)
        if _LINE_KEY.match(text) or re.match(r"[ \t]*-(\s|$)", text):
            break
        end = span.end
    return end
