"""Characters that libyaml refuses, or reads as YAML 1.1 did, put aside before it sees the text.

The fence around an example that was copied out of Markdown goes with them.

libyaml takes U+0085, U+2028 and U+2029 for line ends; YAML 1.2 and editors do not. They are read as
noncharacters that the text does not hold, and put back in every value. Offsets stay the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.record import frozen
from mmm_lang.source import Source, Span

_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]+")
"""What libyaml does not take. Written as what it does take, the expression would need 4 ms to compile."""

_FAR = 200
_FENCE = r"(?s)\s*(?P<opening>```[^\r\n]*)[\r\n].*[\r\n](?P<closing>```)\s*\Z"
_SEPARATORS = "\x85\u2028\u2029"
_NONCHARACTERS = range(0xFDD0, 0xFDF0)
_MOST = 5
"""How many places with refused characters are named."""

_NAMES = {
    "\0": "a NUL character",
    "\x1b": "an escape character (U+001B), as terminals use for colours,",
    "\x7f": "a delete character (U+007F)",
    "\ufeff": "a byte order mark (U+FEFF)",
}


@frozen(eq=False)
class Legible:
    """A text that libyaml reads as YAML 1.2 would; ``restore`` makes a decoded value whole again."""

    text: str
    diagnostics: tuple[Diagnostic, ...]
    restore: Callable[[str], str]


def legible(source: Source) -> Legible:
    """The text with what libyaml stumbles over replaced, character for character."""
    text = source.text
    refused = list(_REFUSED.finditer(text))
    if refused:
        text = _REFUSED.sub(lambda match: "?" * len(match[0]), text)
    diagnostics = tuple(_refusal(source, match) for match in refused[:_MOST])
    fence = re.match(_FENCE, text) if text[:_FAR].lstrip().startswith("```") else None
    if fence is not None:
        diagnostics += (_fenced(source, fence),)
        for name in ("opening", "closing"):
            text = text[: fence.start(name)] + " " * len(fence[name]) + text[fence.end(name) :]
    stand_ins = dict(zip(_SEPARATORS, _unused(text), strict=False))
    if not any(separator in text for separator in _SEPARATORS):
        return Legible(text, diagnostics, str)
    there = {ord(separator): stand_in for separator, stand_in in stand_ins.items()}
    back = {ord(stand_in): separator for separator, stand_in in stand_ins.items()}
    return Legible(text.translate(there), diagnostics, lambda value: value.translate(back))


def _fenced(source: Source, fence: re.Match[str]) -> Diagnostic:
    opening, closing = Span(*fence.span("opening")), Span(*fence.span("closing"))
    return Diagnostic(
        "yaml-syntax",
        "error",
        "a fence of Markdown is no part of a playbook",
        source,
        Label(opening),
        (Label(closing, "its other end"),),
        ("remove both lines",),
        fix=Fix("remove the fence", "safe", (Edit(opening, ""), Edit(closing, ""))),
    )


def _unused(text: str) -> Iterator[str]:
    """Noncharacters that the text holds neither as such nor as an escape."""
    folded = text.casefold()
    for code in _NONCHARACTERS:
        if chr(code) not in text and f"{code:x}" not in folded:
            yield chr(code)


def _refusal(source: Source, match: re.Match[str]) -> Diagnostic:
    first = match[0][0]
    name = _NAMES.get(first, f"the character U+{ord(first):04X}")
    return Diagnostic(
        "yaml-syntax",
        "error",
        f"{name} cannot stand in YAML".replace(",,", ","),
        source,
        Label(Span(match.start(), match.end())),
        help=(f'remove it, or write it as `"\\x{ord(first):02x}"`' if ord(first) < 256 else "remove it",),
    )
