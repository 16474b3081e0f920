"""The verdict on a playbook: everything that ``mmm check`` says about one text.

``analyse`` reads the text, computes the facts, and asks every rule. It never raises, whatever the text is:
check, editor and runner share it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from mmm_lang.analysis.facts import Facts, facts_of
from mmm_lang.analysis.keys import StepKeys
from mmm_lang.analysis.registry import DEFAULT_PRESETS, SCRIPT_RULES, Check, Preset, checks, rules_asked
from mmm_lang.analysis.scopes import Resolution, VariableTarget
from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.source import Source
from mmm_lang.syntax.nodes import Hole, Playbook
from mmm_lang.syntax.parser import parse_playbook

if TYPE_CHECKING:
    from mmm_lang.analysis.surroundings import Surroundings

_COMMENT_FOR_US = re.compile(r"#[ \t]*mmm(?:[ \t]*[:=]|[- \t]+ignore)", re.IGNORECASE)


@frozen(eq=False)
class Analysis:
    """A playbook, what is known about it, and what is to be said about it, in order of print."""

    source: Source
    playbook: Playbook
    facts: Facts = field(repr=False)
    diagnostics: tuple[Diagnostic, ...]

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


def analyse(
    source: Source,
    presets: Collection[Preset] = DEFAULT_PRESETS,
    also: Collection[str] = (),
    surroundings: Surroundings | None = None,
    judge_scripts: Check | None = None,
) -> Analysis:
    """Read and check one text with the rules of the presets and those named in ``also``.

    ``surroundings`` is the repository that the playbook stands in; without it the text alone is judged.
    ``judge_scripts`` is asked as one more rule, about scripts that other programs read. What a comment of the text
    silences is there, marked as suppressed.
    """
    playbook, found = parse_playbook(source)
    facts = facts_of(playbook, surroundings)
    diagnostics = [*found]
    for check in checks(presets, also):
        diagnostics += check(facts)
    if judge_scripts is not None:
        diagnostics += judge_scripts(facts)
    if _COMMENT_FOR_US.search(source.text):
        from mmm_lang.analysis.suppressing import suppress  # few playbooks have such comments

        asked = rules_asked(presets, also, with_surroundings=surroundings is not None) - SCRIPT_RULES
        diagnostics = [*suppress(source, diagnostics, asked)]
    return Analysis(source, playbook, facts, tuple(sorted(diagnostics, key=lambda one: one.sort_key)))
