"""The verdict on a playbook: everything that ``mmm check`` says about one text.

``analyse`` reads the text, computes the facts, and asks every rule. It never raises, whatever the text is:
check, editor and runner share it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from mmm_lang.analysis.facts import Facts, facts_of
from mmm_lang.analysis.keys import StepKeys
from mmm_lang.analysis.occasions import silent_rules
from mmm_lang.analysis.registry import (
    BOUND_RULES,
    CALL_RULES,
    DEFAULT_PRESETS,
    SCRIPT_RULES,
    YAML_RULES,
    Check,
    Preset,
    checks,
    rules_asked,
)
from mmm_lang.analysis.scopes import BODY, PartName, Resolution, VariableTarget
from mmm_lang.diagnostics.crowds import bounded
from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.record import evolve, field, frozen
from mmm_lang.source import Source
from mmm_lang.syntax.nodes import Hole, Playbook, Step, calls_in
from mmm_lang.syntax.parser import parse_playbook

if TYPE_CHECKING:
    from mmm_lang.analysis.callees import Called, Callees
    from mmm_lang.analysis.library import Library
    from mmm_lang.analysis.surroundings import Surroundings

_PARTS: tuple[PartName, ...] = ("merge", "opening", "reduce")
_COMMENT_FOR_US = r"(?i)#[ \t]*mmm(?:[ \t]*[:=]|[- \t]+ignore)"


@frozen(eq=False)
class Analysis:
    """A playbook, what is known about it, and what is to be said about it, in order of print."""

    source: Source
    playbook: Playbook
    facts: Facts = field(repr=False)
    diagnostics: tuple[Diagnostic, ...]
    merge: Analysis | None = field(default=None, repr=False)
    """What `merge:` in the header is: a playbook of its own, whose diagnostics are among these."""
    opening: Analysis | None = field(default=None, repr=False)
    """The same of the steps before the first item of `map:`: its `setup:`, and the command that prints the items."""
    reduce: Analysis | None = field(default=None, repr=False)
    """The same of `reduce:`."""

    @property
    def parts(self) -> tuple[Analysis, ...]:
        """The parts of the playbook beside its steps: `merge:`, the opening of `map:`, `reduce:`."""
        return tuple(one for one in (self.merge, self.opening, self.reduce) if one is not None)

    @property
    def lists(self) -> tuple[Analysis, ...]:
        """Every list of steps in the header: the steps of the playbook themselves, then the other parts."""
        return (self, *self.parts)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it: no diagnostic of severity ``error``, suppressed or not."""
        return all(one.severity != "error" for one in self.diagnostics)

    @property
    def keys(self) -> StepKeys:
        """The key of every step and handler."""
        return self.facts.keys

    @property
    def resolutions(self) -> Mapping[Hole, Resolution]:
        """What every hole of the playbook stands for."""
        return self.facts.resolutions

    @property
    def variables_needed(self) -> tuple[str, ...]:
        """The variables of the session that are read without a default, such as ``ARG``, in order."""
        names = (
            one.target.name
            for one in self.resolutions.values()
            if isinstance(one.target, VariableTarget) and one.site.hole.default is None
        )
        return tuple(dict.fromkeys(names))


Verdict = Callable[[Analysis], Iterable[Diagnostic]]
"""Asked about a playbook when every rule has had its say."""


def analyse(
    source: Source,
    presets: Collection[Preset] = DEFAULT_PRESETS,
    also: Collection[str] = (),
    surroundings: Surroundings | None = None,
    judge_scripts: Check | None = None,
    judge_last: Verdict | None = None,
    agents: Collection[str] = (),
    library: Library | None = None,
) -> Analysis:
    """Read and check one text with the rules of the presets and those named in ``also``.

    ``surroundings`` is the repository that the playbook stands in; without it the text alone is judged. ``library`` has
    the playbooks that this one calls; without it nothing is said about them, and there is no plan of it.
    ``agents`` are those that the project has of its own.
    ``judge_scripts`` is asked as one more rule, about scripts that other programs read; ``judge_last`` after all of
    them, about the worst case. What a comment of the text silences is there, marked as suppressed.
    """
    return conclude(
        look(source, presets, also, surroundings, agents, library), presets, also, judge_scripts, judge_last
    )


def look(
    source: Source,
    presets: Collection[Preset] = DEFAULT_PRESETS,
    also: Collection[str] = (),
    surroundings: Surroundings | None = None,
    agents: Collection[str] = (),
    library: Library | None = None,
) -> Analysis:
    """The first half of `analyse`: what can be said without other programs, in the order of the rules and with nothing
    suppressed."""
    playbook, found = parse_playbook(source)
    called = None if library is None else _called(playbook, library, agents)
    return _judged(playbook, found, presets, also, surroundings, agents, called)


def _called(playbook: Playbook, library: Library, agents: Collection[str]) -> Mapping[Step, Called]:
    """What the calls of a playbook lead to, judged as texts; there is rarely one."""
    if not any(calls_in(playbook)):
        return {}
    from mmm_lang.analysis.callees import Callees

    def judged(inner: Playbook, found: tuple[Diagnostic, ...], callees: Callees) -> Analysis:
        return _judged(inner, found, DEFAULT_PRESETS, (), None, agents, callees.of(inner))

    return Callees(library, judged).of(playbook)


def _judged(
    playbook: Playbook,
    found: tuple[Diagnostic, ...],
    presets: Collection[Preset],
    also: Collection[str],
    surroundings: Surroundings | None,
    agents: Collection[str],
    called: Mapping[Step, Called] | None,
) -> Analysis:
    """What all rules say about a playbook that has been read."""
    source = playbook.source
    part, others = BODY, {}
    if playbook.merge or playbook.reduce or playbook.map is not None:
        from mmm_lang.analysis.parts import part_of, parts_of

        part = part_of(playbook, "body")
        others = {
            name: facts_of(inner, surroundings, agents, called, part_of(playbook, name))
            for name, inner in parts_of(playbook).items()
        }
    facts = facts_of(playbook, surroundings, agents, called, part, tuple(others.values()))
    diagnostics = [*found]
    for check in checks(presets, also, silent_rules(facts)):
        diagnostics += bounded(check(facts))
    if any(one.rule in YAML_RULES for one in found):
        from mmm_lang.analysis.consequences import without_consequences

        diagnostics = [*without_consequences(source.text, diagnostics)]
    looked = {name: _look_at_part(one, presets, also) for name, one in others.items()}
    for inner in looked.values():
        diagnostics += inner.diagnostics
    merge, opening, reduce = (looked.get(name) for name in _PARTS)
    return Analysis(source, playbook, facts, tuple(diagnostics), merge, opening, reduce)


def _look_at_part(facts: Facts, presets: Collection[Preset], also: Collection[str]) -> Analysis:
    """The steps of another part with the same header. What is to be said about the header itself is said once."""
    said = (one for check in checks(presets, also, silent_rules(facts)) for one in check(facts))
    return Analysis(facts.source, facts.playbook, facts, tuple(_of_its_steps(facts, said)))


def _of_its_steps(facts: Facts, said: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """What is said about the steps of a part, and not about the header."""
    places = [step.span for step in facts.playbook.steps]
    for one in said:
        if any(place.start <= one.primary.span.start <= place.end for place in places):
            yield one


def conclude(
    looked: Analysis,
    presets: Collection[Preset] = DEFAULT_PRESETS,
    also: Collection[str] = (),
    judge_scripts: Check | None = None,
    judge_last: Verdict | None = None,
) -> Analysis:
    """The second half of `analyse`, after `look` with the same arguments. Who has many playbooks can have all their
    scripts read at once in between."""
    source, facts = looked.source, looked.facts
    diagnostics = [*looked.diagnostics]
    if judge_scripts is not None:
        diagnostics += judge_scripts(facts)
        for part in looked.parts:
            diagnostics += _of_its_steps(part.facts, judge_scripts(part.facts))
    if judge_last is not None:
        diagnostics += judge_last(evolve(looked, diagnostics=tuple(diagnostics)))
    if "mmm" in source.text.lower() and re.search(_COMMENT_FOR_US, source.text):
        from mmm_lang.analysis.suppressing import suppress  # few playbooks have such comments

        asked = rules_asked(presets, also, with_surroundings=facts.surroundings is not None) - SCRIPT_RULES
        if judge_last is None:
            asked -= BOUND_RULES
        if facts.called is None:
            asked -= CALL_RULES
        diagnostics = [*suppress(source, diagnostics, asked)]
    diagnostics = _without_secrets(diagnostics)
    return evolve(looked, diagnostics=tuple(sorted(diagnostics, key=lambda one: one.sort_key)))


def _without_secrets(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """What is said about a playbook with a secret in it shows the text that has stars in its place, whatever it is
    about: the line beside a mistake is printed too."""
    masked = next((one.source for one in diagnostics if one.rule == "hardcoded-secret"), None)
    return diagnostics if masked is None else [evolve(one, source=masked) for one in diagnostics]
