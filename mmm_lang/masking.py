"""Take secrets out of text and of streams: `***`, or `***NAME***` for one that has a name.

What is masked are the texts that one hands in, and tokens of well-known shape (`token_shapes`). Where several
overlap, all that any of them covers goes, in one piece. A stream gives the same bytes as its whole text would, wherever
it is cut, and holds back no more than what may still become a secret.

Standard library only: the keeper masks here what programs print, before it is on the disk.
"""

from __future__ import annotations

import re

from mmm_lang.token_shapes import LONGEST, SHAPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STARS = b"***"
"""What stands for a token of known shape."""

_PIVOTS = "_-AJ"
"""Letters of which every beginning has one, the rarest in ordinary text first: what the quick look jumps to."""


class Secret:
    """A text to be masked, what is put in its place, and what it is, for people."""

    __slots__ = ("stands", "text", "title")

    def __init__(self, text: bytes, stands: bytes, title: str) -> None:
        if not text:
            raise ValueError("an empty text cannot be masked")
        self.text = text
        self.stands = stands
        self.title = title


class Found:
    """A secret in a text: its place, what stands for it, and what it is, for people. ``named``: it was handed in."""

    __slots__ = ("end", "named", "stands", "start", "title")

    def __init__(self, start: int, end: int, stands: bytes, title: str, named: bool) -> None:
        self.start = start
        self.end = end
        self.stands = stands
        self.title = title
        self.named = named


class Mask:
    """Masks ``secrets`` and all tokens of well-known shape."""

    __slots__ = ("_gate", "_open", "_secrets", "_shapes")

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._secrets = tuple(sorted(secrets, key=lambda one: (-len(one.text), one.text)))
        self._gate = re.compile(_gate())
        # compiled for the first text that needs them: most runs print nothing like a token
        self._shapes: re.Pattern[bytes] | None = None
        self._open: re.Pattern[bytes] | None = None

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The longest first."""
        return self._secrets

    def text(self, text: str) -> str:
        """A text without its secrets; lone surrogates stay."""
        content = text.encode("utf-8", "surrogatepass")
        masked = self.masked(content)
        if masked is content:
            return text
        try:
            return masked.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # a secret that is no text itself began inside a letter
            return masked.decode("utf-8", "replace")

    def masked(self, content: bytes) -> bytes:
        """As ``text``, for bytes; the very same object where nothing is to be masked."""
        if not self.suspects(content):
            return content
        stream = MaskedStream(self)
        return stream.feed(content) + stream.end()

    def suspects(self, content: bytes) -> bool:
        """Whether there may be a secret in a text: a quick look that misses none."""
        return any(one.text in content for one in self._secrets) or self._gate.search(content) is not None

    def find(self, content: bytes) -> Iterator[Found]:
        """The secrets in a text in the order of their beginnings, the longest of each; they may overlap."""
        places = [*self._secrets_in(content), *self._shapes_in(content)]
        last = -1
        for found in sorted(places, key=lambda one: (one.start, -one.end, not one.named)):
            if found.start != last:
                last = found.start
                yield found

    def undecided(self, content: bytes) -> int:
        """Where the end of a text begins that may, with more text, be a secret or a longer one."""
        first = len(content)
        for text in self._beginnings():
            first = min(first, _cut_off(content, text))
        if self._gate.search(content, max(0, len(content) - LONGEST)) is None:
            return first
        if self._open is None:
            self._open = re.compile(rb"(?:%s)\Z" % b"|".join(_alternatives("open")))
        opened = self._open.search(content, max(0, len(content) - LONGEST))
        return first if opened is None else min(first, opened.start())

    def _beginnings(self) -> Sequence[bytes]:
        return (*(one.text for one in self._secrets), *_BEGINNINGS)

    def _secrets_in(self, content: bytes) -> Iterator[Found]:
        for one in self._secrets:
            place = content.find(one.text)
            while place >= 0:
                yield Found(place, place + len(one.text), one.stands, one.title, True)
                place = content.find(one.text, place + 1)

    def _shapes_in(self, content: bytes) -> Iterator[Found]:
        gate = self._gate.search(content)
        if gate is None:
            return
        if self._shapes is None:
            self._shapes = re.compile(b"|".join(b"(%s)" % one for one in _alternatives("rest")))
        match = self._shapes.search(content)
        while match is not None:
            title = SHAPES[(match.lastindex or 1) - 1].title
            yield Found(match.start(), match.end(), STARS, title, False)
            match = self._shapes.search(content, match.start() + 1)


class MaskedStream:
    """One stream through a `Mask`: what ``feed`` and at last ``end`` return, one after another, is the masked whole."""

    __slots__ = ("_covered", "_held", "_mask")

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._held = b""
        self._covered = 0
        """Bytes at the beginning of what is held that belong to a secret whose place is taken already."""

    @property
    def held(self) -> bytes:
        """What was fed and cannot be told yet."""
        return self._held

    def feed(self, chunk: bytes) -> bytes:
        """What can be told of the stream by now."""
        content = self._held + chunk if self._held else chunk
        return self._told(content, self._mask.undecided(content))

    def end(self) -> bytes:
        """The rest: nothing more will come."""
        return self._told(self._held, len(self._held))

    def _told(self, content: bytes, until: int) -> bytes:
        """The masked text up to ``until``, before which every beginning of a secret is decided."""
        told, written = [], self._covered
        if self._mask.suspects(content):
            for found in self._mask.find(content):
                if found.start >= until:
                    break
                if found.start >= written:
                    told += [content[written : found.start], found.stands]
                written = max(written, found.end)
        if written < until:
            told.append(content[written:until])
            written = until
        self._held, self._covered = content[until:], written - until
        return b"".join(told)


def _gate() -> bytes:
    """Finds the places where a shape may begin, give or take a few letters, much faster than the shapes do."""
    by_pivot: dict[str, list[str]] = {}
    for begin in (begin for shape in SHAPES for begin in shape.begins):
        pivot = next(letter for letter in _PIVOTS if letter in begin)
        place = begin.index(pivot) + 1
        by_pivot.setdefault(pivot, []).append(f"(?<={re.escape(begin[:place])}){re.escape(begin[place:])}")
    return "|".join(f"{re.escape(pivot)}(?:{'|'.join(ways)})" for pivot, ways in by_pivot.items()).encode()


def _alternatives(part: str) -> list[bytes]:
    """An expression for each shape: its beginning and then ``rest`` or ``open``."""
    return [
        f"(?:{'|'.join(map(re.escape, shape.begins))})(?:{getattr(shape, part)})".encode() for shape in SHAPES
    ]


_BEGINNINGS = tuple(begin.encode() for shape in SHAPES for begin in shape.begins)


def _cut_off(content: bytes, text: bytes) -> int:
    """Where the longest real beginning of ``text`` begins that ``content`` ends with; its length where there is none."""
    place = max(0, len(content) - len(text) + 1)
    first = text[:1]
    while (place := content.find(first, place)) >= 0:
        if text.startswith(content[place:]):
            return place
        place += 1
    return len(content)
