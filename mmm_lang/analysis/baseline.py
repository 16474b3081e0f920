"""A baseline: what was wrong when somebody began to check, so that only what is new is reported.

The file is JSON, an entry a line and sorted, so that it merges well and its history can be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from mmm_lang.analysis.registry import YAML_RULES
from mmm_lang.diagnostics.fingerprints import Fingerprint, fingerprints
from mmm_lang.diagnostics.model import Diagnostic, Label
from mmm_lang.diagnostics.ordering import in_order
from mmm_lang.record import evolve, frozen
from mmm_lang.source import Source, Span

VERSION = 1

PathOf = Callable[[str], str]
"""From the path of a source to the one that the baseline knows it by."""


class NotABaseline(Exception):
    """A text is not a baseline of this version; ``str()`` says why, without the file's name."""


@frozen(eq=False)
class Baseline:
    """Known diagnostics, each with its place in the baseline's own text."""

    source: Source
    entries: dict[Fingerprint, Span]


def read_baseline(source: Source) -> Baseline:
    """The baseline that a text holds. Raises `NotABaseline`."""
    try:
        document = json.loads(source.text)
    except (ValueError, RecursionError) as error:
        raise NotABaseline(f"it is not JSON ({str(error)[:80]})") from None
    if not isinstance(document, dict) or not isinstance(document.get("entries"), list):
        raise NotABaseline("it has no list of `entries`")
    if document.get("version") != VERSION:
        raise NotABaseline(f"its version is not {VERSION}")
    spans = _entry_spans(source.text, len(document["entries"]))
    pairs = zip(document["entries"], spans, strict=True)
    return Baseline(source, {_fingerprint(entry): span for entry, span in pairs})


def write_baseline(
    diagnostics: Iterable[Diagnostic], path_of: PathOf, kept: Iterable[Fingerprint] = ()
) -> str:
    """The text of a baseline that excuses all of ``diagnostics`` that can be excused: nothing else suppresses
    them, and they are no mistakes of YAML itself. ``kept`` are entries of an older one that stay."""
    found = (mark for _, mark in fingerprints(_countable(diagnostics), path_of))
    known = sorted({*found, *kept})
    entries = [
        {"rule": mark.rule, "path": mark.path, "hash": mark.hash, "occurrence": mark.occurrence}
        for mark in known
    ]
    lines = ",\n".join(f"    {json.dumps(entry)}" for entry in entries)
    listed = f"[\n{lines}\n  ]" if entries else "[]"
    return f'{{\n  "version": {VERSION},\n  "entries": {listed}\n}}\n'


def excuse(diagnostics: Iterable[Diagnostic], baseline: Baseline, path_of: PathOf) -> tuple[Diagnostic, ...]:
    """All diagnostics in order of print, those marked as suppressed that the baseline knows."""
    everything = in_order(diagnostics)
    known = {
        id(one) for one, mark in fingerprints(_countable(everything), path_of) if mark in baseline.entries
    }
    return tuple(evolve(one, suppressed="baseline") if id(one) in known else one for one in everything)


def stale_entries(
    baseline: Baseline, diagnostics: Iterable[Diagnostic], path_of: PathOf, checked: Iterable[str]
) -> tuple[Diagnostic, ...]:
    """A note for every entry about one of the ``checked`` sources (their paths) that excuses none of
    ``diagnostics``, which are all that was found in them."""
    paths = {path_of(path) for path in checked}
    before = [evolve(one, suppressed=None) if one.suppressed == "baseline" else one for one in diagnostics]
    used = {mark for _, mark in fingerprints(_countable(before), path_of)}
    return tuple(
        Diagnostic(
            rule="stale-baseline",
            severity="note",
            message=f"`{mark.rule}` has nothing to say any more at this place in `{mark.path}`",
            source=baseline.source,
            primary=Label(span),
            help=("write the baseline anew: `mmm check --write-baseline`",),
        )
        for mark, span in baseline.entries.items()
        if mark.path in paths and mark not in used
    )


def _countable(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What a baseline can excuse, and what occurrences are counted of."""
    return [one for one in diagnostics if one.suppressed is None and one.rule not in YAML_RULES]


def _fingerprint(entry: object) -> Fingerprint:
    match entry:
        case {"rule": str(rule), "path": str(path), "hash": str(text), "occurrence": int(occurrence)}:
            return Fingerprint(path, rule, text, occurrence)
    raise NotABaseline("an entry lacks one of `rule`, `path`, `hash` and `occurrence`")


def _entry_spans(text: str, count: int) -> Iterator[Span]:
    """Where each entry stands; ``text`` is known to be a document with ``count`` entries."""
    decoder = json.JSONDecoder()
    at = _entries_start(text, decoder)
    for _ in range(count):
        at = _skip(text, at, " \t\r\n,")
        _, end = decoder.raw_decode(text, at)
        yield Span(at, end)
        at = end


def _entries_start(text: str, decoder: json.JSONDecoder) -> int:
    """The offset behind the ``[`` of the last ``entries`` of the document, which is the one that counts."""
    at = _skip(text, 0, " \t\r\n{")
    found = at
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _skip(text, at, " \t\r\n:")
        if key == "entries":
            found = at + 1
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at, " \t\r\n,")
    return found


def _skip(text: str, at: int, blanks: str) -> int:
    while text[at] in blanks:
        at += 1
    return at
