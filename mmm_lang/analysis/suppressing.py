"""Silencing by comment: which diagnostics a playbook's comments suppress, and which comments do nothing.

Suppressed diagnostics stay, marked: tools see them, people do not. A playbook with errors cannot be run all the
same (`Analysis.ok` counts every error): silence does not give a text a meaning.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from heapq import heappop, heappush

from mmm_lang.analysis.registry import COMMENT_RULES, YAML_RULES, presets_of_rules
from mmm_lang.analysis.suppression_comments import Malformed, RuleName, Suppression, read_suppression
from mmm_lang.analysis.suppression_reach import Reaches
from mmm_lang.diagnostics.crowds import bounded
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.record import evolve, frozen
from mmm_lang.source import Source, Span
from mmm_lang.syntax.yaml_comments import comments_of
from mmm_lang.syntax.yaml_tree import read_tree

_FORM = "write `# mmm: ignore[rule] reason` with the names of rules, `# mmm: ignore-file[rule]` at the top"


def suppress(
    source: Source, diagnostics: Sequence[Diagnostic], asked: Collection[str]
) -> tuple[Diagnostic, ...]:
    """All of ``diagnostics``, those marked that a comment of the playbook silences, and what is to be said
    about the comments themselves. ``asked`` are the rules that were asked: of others nobody knows whether they
    had anything to say."""
    tree = read_tree(source)
    reaches = Reaches.of(source, tree)
    read = [read_suppression(comment, source.text) for comment in comments_of(tree)]
    active: list[_Active] = []
    malformed: list[Malformed] = []
    for one in read:
        if isinstance(one, Malformed):
            malformed.append(one)
        elif one is not None and one.kind == "ignore":
            active.append(_Active(one, reaches.reach(one.comment)))
        elif one is not None and reaches.is_in_header(one.comment):
            active.append(_Active(one, (Span(0, len(source.text)),)))
        elif one is not None:
            place = "`ignore-file` stands among the comments at the top of the file"
            malformed.append(Malformed(one.comment, place))
    marked, used = _marked(diagnostics, active)
    rules = presets_of_rules()
    names = [name for one in active for name in one.suppression.names]
    return (
        *marked,
        *bounded(_all_malformed(source, malformed, reaches, marked)),
        *bounded(_unknown(source, name, rules) for name in names if name.text not in rules),
        *bounded(
            _useless(source, active, {name for name in names if name.text in asked and name not in used})
        ),
    )


@frozen(eq=False)
class _Active:
    """A suppression and where it holds."""

    suppression: Suppression
    reach: tuple[Span, ...]


def _marked(
    diagnostics: Sequence[Diagnostic], active: Sequence[_Active]
) -> tuple[tuple[Diagnostic, ...], set[RuleName]]:
    """The diagnostics, those suppressed that a comment speaks of, and the names in comments that did so.

    Both are looked up by the place at which they begin: there may be many thousands of each.
    """
    speaking: dict[str, list[tuple[Span, int, RuleName]]] = {}
    for number, one in enumerate(active):
        for name in {name.text: name for name in reversed(one.suppression.names)}.values():
            speaking.setdefault(name.text, []).extend((span, number, name) for span in one.reach)
    numbers: dict[str, list[int]] = {}
    for number, diagnostic in enumerate(diagnostics):
        if diagnostic.rule in speaking and diagnostic.rule not in YAML_RULES:
            numbers.setdefault(diagnostic.rule, []).append(number)
    marked, used = [*diagnostics], set[RuleName]()
    for rule, mine in numbers.items():
        mine.sort(key=lambda number: diagnostics[number].primary.span.start)
        starts = [diagnostics[number].primary.span.start for number in mine]
        for span, _, name in speaking[rule]:
            at = bisect_left(starts, span.start)
            if at < len(starts) and starts[at] <= span.end:
                used.add(name)
        for number, first in zip(mine, _first_over(starts, speaking[rule]), strict=True):
            if first is not None:
                reason = active[first].suppression.reason
                marked[number] = evolve(diagnostics[number], suppressed="comment", justification=reason)
    return tuple(marked), used


def _first_over(
    starts: Sequence[int], speaking: Sequence[tuple[Span, int, RuleName]]
) -> Iterator[int | None]:
    """For each of the places, which rise, the lowest number of a span that it lies in."""
    waiting = sorted(speaking, key=lambda one: one[0].start, reverse=True)
    over: list[tuple[int, int]] = []
    for start in starts:
        while waiting and waiting[-1][0].start <= start:
            span, number, _ = waiting.pop()
            heappush(over, (number, span.end))
        while over and over[0][1] < start:
            heappop(over)
        yield over[0][0] if over else None


def _all_malformed(
    source: Source, malformed: Sequence[Malformed], reaches: Reaches, diagnostics: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    could = [one for one in diagnostics if one.suppressed is None and one.rule not in YAML_RULES]
    could.sort(key=_place)
    for one in malformed:
        yield _of_malformed(source, one, reaches, could)


def _place(diagnostic: Diagnostic) -> int:
    return diagnostic.primary.span.start


def _of_malformed(
    source: Source, malformed: Malformed, reaches: Reaches, could: Sequence[Diagnostic]
) -> Diagnostic:
    """Where no rule is named, those that have something to say there are proposed: of ``could``, which are in the
    order of their places."""
    comment, fix = malformed.comment, None
    names: list[str] = []
    if malformed.is_blanket:
        for span in reaches.reach(comment):
            first = bisect_left(could, span.start, key=_place)
            names += (one.rule for one in could[first : bisect_right(could, span.end, first, key=_place)])
        names = sorted(set(names))
    if names:
        text = f"# mmm: ignore[{', '.join(names)}]"
        word = re.match(r"#[ \t]*mmm:[ \t]*ignore(?:[ \t]*\[[ \t]*\])?", source.slice(comment.span))
        end = comment.span.start + (word.end() if word else len(source.slice(comment.span)))
        fix = Fix(f"write `{text}`", "unsafe", (Edit(Span(comment.span.start, end), text),))
    return Diagnostic(
        rule="malformed-suppression",
        severity="warning",
        message=malformed.message,
        source=source,
        primary=Label(comment.span, "this silences nothing"),
        help=(fix.title if fix else _FORM,),
        fix=fix,
    )


def _unknown(source: Source, name: RuleName, rules: Collection[str]) -> Diagnostic:
    guess = nearest(name.text, rules)
    return Diagnostic(
        rule="unknown-rule",
        severity="warning",
        message=f"there is no rule `{name.text}`",
        source=source,
        primary=Label(name.span, "this silences nothing"),
        help=(f"replace with `{guess}`" if guess else "`mmm rules` lists all there are",),
        fix=Fix(f"replace with `{guess}`", "unsafe", (Edit(name.span, guess),)) if guess else None,
    )


def _useless(
    source: Source, active: Sequence[_Active], useless: Collection[RuleName]
) -> Iterator[Diagnostic]:
    """One diagnostic for each comment with names that silence nothing."""
    for one in active:
        names = one.suppression.names
        idle = [name for name in names if name in useless]
        if not idle:
            continue
        kept = [name.text for name in names if name not in useless]
        yield Diagnostic(
            rule="useless-suppression",
            severity="warning",
            message=_useless_message(idle, one.suppression.kind),
            source=source,
            primary=Label(idle[0].span.to(idle[-1].span) if kept else one.suppression.comment.span),
            notes=_never([name.text for name in idle]),
            fix=_without(source, one.suppression, kept),
        )


def _useless_message(idle: Sequence[RuleName], kind: str) -> str:
    rules = ", ".join(dict.fromkeys(f"`{name.text}`" for name in idle))
    where = "in this file" if kind == "ignore-file" else "here"
    return f"{rules} {'has' if len(idle) == 1 else 'have'} nothing to say {where}"


def _never(idle: Sequence[str]) -> tuple[str, ...]:
    """The fact behind names that no comment can ever silence."""
    yaml = sorted(YAML_RULES.intersection(idle))
    about_comments = sorted(COMMENT_RULES.intersection(idle))
    notes = [f"mistakes of YAML itself, such as `{name}`, cannot be silenced" for name in yaml[:1]]
    notes += [
        f"`{name}` is about such comments, and only the configuration can silence it"
        for name in about_comments[:1]
    ]
    return tuple(notes)


def _without(source: Source, suppression: Suppression, kept: Sequence[str]) -> Fix:
    """The comment without what does nothing, or the text without the comment."""
    if kept:
        edit = Edit(suppression.names_span, ", ".join(dict.fromkeys(kept)))
        return Fix("leave out what does nothing", "safe", (edit,))
    comment = suppression.comment
    line = source.position(comment.span.start).line
    span = source.line_span(line)
    if comment.is_alone:
        last = line == len(source.line_starts)
        removed = Span(span.start, span.end if last else source.line_starts[line])
    else:
        written = source.text[span.start : comment.span.start].rstrip(" \t")
        removed = Span(span.start + len(written), span.end)
    return Fix("remove the comment", "safe", (Edit(removed, ""),))
