"""A failure of the YAML reader in its text: what the words for it are found from."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.record import frozen
from mmm_lang.source import Source, Span
from mmm_lang.syntax.yaml_nodes import Scalar

LINE_KEY = re.compile(
    r"(?P<indent>[ \t]*)(?P<dashes>(?:-[ \t]+)*)(?P<key>[\w.-]+)[ \t]*:(?=[ \t]|$)", re.MULTILINE
)
"""A line that begins with a key, after the dashes of list items."""


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
    def of(error: Exception, latest: Scalar | None, length: int) -> Failure:
        """The failure that an error of libyaml or of the pure reader tells of; the latter lets a few others through,
        for malformed escapes and versions."""
        if not isinstance(error, yaml.MarkedYAMLError):
            return Failure(0, None, str(error), "", latest)
        place = error.problem_mark or error.context_mark
        begun = error.context_mark.index if error.context_mark is not None else None
        offset = min(place.index, length) if place is not None else 0
        return Failure(offset, begun, error.problem or "", error.context or "", latest)


@frozen(eq=False)
class Finding:
    """A diagnostic, the offset whose line is to blame for it, and lines that are useless because of it. ``comma`` is
    where a comma is missing."""

    diagnostic: Diagnostic
    blame: int
    erase: Span | None = None
    comma: int | None = None


@frozen(eq=False)
class Scene:
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

    def above(self, offset: int) -> Iterator[Span]:
        """Lines above an offset that hold something, nearest first."""
        return self._filled(range(self.source.position(offset).line - 1, 0, -1))

    def below(self, offset: int) -> Iterator[Span]:
        """The line of an offset and those below it, where they hold something."""
        return self._filled(range(self.source.position(offset).line, len(self.source.line_starts) + 1))

    def _filled(self, lines: range) -> Iterator[Span]:
        for number in lines:
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
        comma: int | None = None,
    ) -> Finding:
        primary = Label(span, label)
        diagnostic = Diagnostic(
            "yaml-syntax", "error", message, self.source, primary, secondary, advice, fix=fix
        )
        return Finding(diagnostic, span.start if blame is None else blame, erase, comma)


def quoting(value: str, start: int) -> Fix | None:
    """Put a value that stands on one line in quotes; not where a comment may follow it."""
    written = value.rstrip()
    if not written or written[0] in "'\"|>[{":
        return None
    return quoting_anyway(value, start)


def quoting_anyway(value: str, start: int) -> Fix | None:
    """The same, whatever the value begins with."""
    written = value.rstrip()
    if " #" in written:
        return None
    quoted = f"'{written}'" if "'" not in written else '"' + re.sub(r'(["\\])', r"\\\1", written) + '"'
    return Fix("put the text in quotes", "safe", (Edit(Span(start, start + len(written)), quoted),))
