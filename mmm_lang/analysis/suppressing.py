"""Silencing by comment: which diagnostics a playbook's comments suppress, and which comments do nothing.

Suppressed diagnostics stay, marked: tools see them, people do not. A playbook with errors cannot be run all the
same (`Analysis.ok` counts every error): silence does not give a text a meaning.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from mmm_lang.analysis.registry import COMMENT_RULES, YAML_RULES, presets_of_rules
from mmm_lang.analysis.suppression_comments import Malformed, RuleName, Suppression, read_suppression
from mmm_lang.analysis.suppression_reach import Reaches
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
    used: set[RuleName] = set()
    marked = tuple(_marked(diagnostic, active, used) for diagnostic in diagnostics)
    rules = presets_of_rules()
    names = [name for one in active for name in one.suppression.names]
    return (
        *marked,
        *(_of_malformed(source, one, reaches, marked) for one in malformed),
        *(_unknown(source, name, rules) for name in names if name.text not in rules),
        *_useless(source, active, {name for name in names if name.text in asked and name not in used}),
    )


@frozen(eq=False)
class _Active:
    """A suppression and where it holds."""

    suppression: Suppression
    reach: tuple[Span, ...]

    def speaks_of(self, diagnostic: Diagnostic) -> bool:
        """Whether a diagnostic begins where the comment speaks of."""
        start = diagnostic.primary.span.start
        return any(span.start <= start <= span.end for span in self.reach)

    def name_for(self, diagnostic: Diagnostic) -> RuleName | None:
        """The first name in the comment that silences a diagnostic."""
        names = (name for name in self.suppression.names if name.text == diagnostic.rule)
        return next(names, None) if self.speaks_of(diagnostic) else None


def _marked(diagnostic: Diagnostic, active: Sequence[_Active], used: set[RuleName]) -> Diagnostic:
    """The diagnostic, suppressed where a comment says so; every name that says so counts as used."""
    if diagnostic.rule in YAML_RULES:
        return diagnostic
    by = [(one.suppression.reason, name) for one in active if (name := one.name_for(diagnostic)) is not None]
    used.update(name for _, name in by)
    if not by:
        return diagnostic
    return evolve(diagnostic, suppressed="comment", justification=by[0][0])


def _of_malformed(
    source: Source, malformed: Malformed, reaches: Reaches, diagnostics: Sequence[Diagnostic]
) -> Diagnostic:
    """Where no rule is named, those that have something to say there are proposed."""
    comment, fix = malformed.comment, None
    names: tuple[str, ...] = ()
    if malformed.is_blanket:
        here = _Active(Suppression(comment, "ignore", (), comment.span, ""), reaches.reach(comment))
        names = tuple(sorted({one.rule for one in diagnostics if _could_be_meant(one, here)}))
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


def _could_be_meant(diagnostic: Diagnostic, here: _Active) -> bool:
    can_be = diagnostic.suppressed is None and diagnostic.rule not in YAML_RULES
    return can_be and here.speaks_of(diagnostic)


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
        kept = [name.text for name in names if name not in idle]
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
