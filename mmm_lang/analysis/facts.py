"""What is known about a playbook once it has been read: the facts that every rule shares.

They are computed once, in this order: outline, keys, sites, scopes, places in scripts. Nodes of the tree
are the keys, by identity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from mmm_lang.analysis.keys import StepKeys, keys_of
from mmm_lang.analysis.lookup import resolve
from mmm_lang.analysis.outline import Outline, outline_of
from mmm_lang.analysis.scopes import (
    BODY,
    InputTarget,
    ItemTarget,
    Part,
    Problem,
    Resolution,
    Scope,
    StepTarget,
    VariableTarget,
    scope_of,
)
from mmm_lang.analysis.sites import Site, sites_of
from mmm_lang.record import field, frozen
from mmm_lang.source import Source
from mmm_lang.syntax.nodes import Hole, Playbook, Step, Template

if TYPE_CHECKING:
    from mmm_lang.analysis.callees import Called
    from mmm_lang.analysis.outcomes import Verdict
    from mmm_lang.analysis.shell_places import PlaceFound
    from mmm_lang.analysis.surroundings import Surroundings


_MOST_JUDGED = 3_000
"""Conditions are judged by trying, up to some milliseconds each."""
P = TypeVar("P", bound=Problem)


@frozen(eq=False, slots=False)
class Facts:
    """The facts about one playbook.

    ``resolutions`` has every hole of the playbook in the order of the text's meaning; ``places`` has the
    quoting context of those that stand in a script and are ours. ``surroundings`` is the repository around the
    file, where its caller has one to show; ``agents`` are those that the project has of its own.
    """

    source: Source
    playbook: Playbook
    outline: Outline = field(repr=False)
    keys: StepKeys = field(repr=False)
    scope: Scope = field(repr=False)
    resolutions: Mapping[Hole, Resolution] = field(repr=False)
    places: Mapping[Hole, PlaceFound] = field(repr=False)
    surroundings: Surroundings | None = field(default=None, repr=False)
    agents: tuple[str, ...] = ()
    called: Mapping[Step, Called] | None = field(default=None, repr=False)
    """What the steps that call a playbook lead to; ``None`` where nobody can look."""
    parts: tuple[Facts, ...] = field(default=(), repr=False)
    """The facts about the other parts of the file: `merge:`, `map.setup` and `reduce:`."""

    @cached_property
    def calls(self) -> Mapping[Step, Called]:
        """The same for the steps of this part; empty where nobody can look."""
        called = self.called or {}
        return {step: found for step, found in called.items() if step in self.outline.homes}

    @cached_property
    def verdicts(self) -> Mapping[Step, Verdict]:
        """What is certain about the `when` of the first `_MOST_JUDGED` steps that have one; those that decide
        something, or are wrong in themselves, are not there."""
        from mmm_lang.analysis.outcomes import verdict  # only where a rule about conditions asks

        conditional = islice((step for step in self.outline.steps if step.when is not None), _MOST_JUDGED)
        judged = ((step, verdict(self, step)) for step in conditional)
        return {step: found for step, found in judged if found is not None}

    def problems(self, kind: type[P]) -> Iterator[tuple[Site, P]]:
        """Every hole that has this kind of problem, and the problem."""
        for resolution in self.resolutions.values():
            for problem in resolution.problems:
                if isinstance(problem, kind):
                    yield resolution.site, problem

    def misplaced(self) -> Iterator[tuple[Site, PlaceFound]]:
        """Every hole that stands in a script where no value can stand as data, `| raw` ones left out."""
        for hole, found in self.places.items():
            if found.problem is not None and all(one.name != "raw" for one in hole.filters):
                yield self.resolutions[hole].site, found


def facts_of(
    playbook: Playbook,
    surroundings: Surroundings | None = None,
    agents: Collection[str] = (),
    called: Mapping[Step, Called] | None = None,
    part: Part = BODY,
    parts: tuple[Facts, ...] = (),
) -> Facts:
    """Compute all facts; never raises. ``called`` is what its calls lead to, ``part`` says which steps of the file these
    are, and ``parts`` are the facts about the others."""
    outline = outline_of(playbook)
    scope = scope_of(playbook, outline, called, part)
    assigned = cache(_assigned_names)
    resolutions = {site.hole: resolve(site, scope, assigned) for site in sites_of(playbook, outline)}
    return Facts(
        source=playbook.source,
        playbook=playbook,
        outline=outline,
        keys=keys_of(playbook),
        scope=scope,
        resolutions=resolutions,
        places=_places(resolutions),
        surroundings=surroundings,
        agents=tuple(agents),
        called=called,
        parts=parts,
    )


def _assigned_names(script: str) -> Mapping[str, int]:
    from mmm_lang.analysis.shell_places import assigned_names  # the shell grammar is heavy

    return assigned_names(script)


def _places(resolutions: Mapping[Hole, Resolution]) -> dict[Hole, PlaceFound]:
    scripts: dict[Template, list[Site]] = {}
    for resolution in resolutions.values():
        site = resolution.site
        ours = isinstance(resolution.target, StepTarget | VariableTarget | InputTarget | ItemTarget)
        if site.program is not None and site.template is not None and ours:
            scripts.setdefault(site.template, []).append(site)
    if not scripts:
        return {}
    from mmm_lang.analysis.shell_places import find_places  # only where a script has a hole of ours

    places: dict[Hole, PlaceFound] = {}
    for template, sites in scripts.items():
        places.update(find_places(template, tuple(site.hole for site in sites), sites[0].program or "sh"))
    return places
