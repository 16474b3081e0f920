"""Flow mappings and lists on one line, up to a cursor: ``on_failure: {max_attempts: 3, fa``."""

from __future__ import annotations

from attrs import define, evolve, field, frozen

from mmm_lang.editor.ground import TEXTS, Ground, below_dash, below_key


@frozen
class FlowPart:
    """Where in a flow collection a text ends. Without a ``key`` it is where a key may stand, in a mapping on ``ground``
    that has ``siblings`` already; with one it is the value of that key, of which ``typed`` is there. ``inner`` are the
    keys around inside the collection, outermost first."""

    ground: Ground
    key: str
    siblings: frozenset[str]
    typed: str
    inner: tuple[str, ...] = ()


@define
class _Frame:
    """A collection that is open. ``owner_ground`` and ``owner_key`` are the mapping and key whose value it is."""

    is_mapping: bool
    ground: Ground
    owner_ground: Ground
    owner_key: str
    key: str = ""
    seen: set[str] = field(factory=set)
    segment: int = 0


def flow_part(text: str, ground: Ground, owner_ground: Ground, owner_key: str) -> FlowPart | None:
    """Where a value of which ``text`` is there so far ends; ``None`` where it is not inside a flow collection.

    ``ground`` is that of the value, the owner the mapping and the key that it is the value of.
    """
    stripped = text.lstrip(" \t")
    if not stripped.startswith(("{", "[")):
        return None
    frames: list[_Frame] = []
    at = len(text) - len(stripped)
    while at < len(text):
        sign = text[at]
        if sign in "\"'" and not text[frames[-1].segment : at].strip():
            close = _closing(text, at)
            if close < 0:
                break
            at = close
        elif sign in "{[":
            frames.append(_opened(sign, frames, ground, owner_ground, owner_key, at + 1))
        elif sign in "}]":
            frames.pop()
            if not frames:
                return None
        elif sign == ",":
            _end_segment(frames[-1], at + 1)
        elif (
            sign == ":"
            and frames[-1].is_mapping
            and not frames[-1].key
            and text[at + 1 : at + 2] in ("", " ")
        ):
            _take_key(frames[-1], text[frames[-1].segment : at], at + 1)
        at += 1
    inner = tuple(frame.key for frame in frames[:-1] if frame.key)
    return evolve(_part(frames[-1], text[frames[-1].segment :].lstrip(" \t")), inner=inner)


def _opened(
    sign: str, frames: list[_Frame], ground: Ground, owner_ground: Ground, owner_key: str, start: int
) -> _Frame:
    """The frame of a bracket, inside the frames there are."""
    if frames:
        outer = frames[-1]
        owner_ground, owner_key = outer.ground, outer.key
        ground = below_key(outer.ground, outer.key) if outer.is_mapping else below_dash(outer.ground)
    if sign == "{" and ground == "steps":
        ground = "step"
    return _Frame(sign == "{", ground, owner_ground, owner_key, segment=start)


def _end_segment(frame: _Frame, start: int) -> None:
    frame.key = ""
    frame.segment = start


def _take_key(frame: _Frame, written: str, start: int) -> None:
    frame.key = written.strip(" \t\"'")
    frame.seen.add(frame.key)
    frame.segment = start


def _part(frame: _Frame, typed: str) -> FlowPart:
    if not frame.is_mapping and frame.ground == TEXTS:
        return FlowPart(frame.owner_ground, frame.owner_key, frozenset(), typed)
    if not frame.is_mapping:
        return FlowPart(below_dash(frame.ground), "", frozenset(), typed)
    return FlowPart(frame.ground, frame.key, frozenset(frame.seen), typed)


def _closing(text: str, at: int) -> int:
    """The index of the quote that closes the one at ``at``, or -1."""
    quote = text[at]
    index = at + 1
    while index < len(text):
        if text[index] == "\\" and quote == '"':
            index += 1
        elif text[index] == quote:
            return index
        index += 1
    return -1
