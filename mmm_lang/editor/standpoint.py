"""What can be seen from a cursor: the steps that have run there, and where a reference typed there would stand.

The tree of the text as it is serves as long as the YAML is sound. While it is not, the last sound analysis stands
in, and offsets are carried over by what both texts begin and end with.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from mmm_lang.analysis import flow
from mmm_lang.analysis.check import Analysis
from mmm_lang.analysis.lookup import resolve
from mmm_lang.analysis.scopes import Resolution, StepTarget
from mmm_lang.analysis.sites import Key, Site
from mmm_lang.editor.difference import shared_end, shared_start
from mmm_lang.editor.document import Document, is_sound_yaml
from mmm_lang.editor.ground import ENV, PASSED, RESULTS
from mmm_lang.editor.spot import Spot
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ForEachAction, GroupAction, Hole, Located, Step

_SITE_KEYS: dict[str, Key] = {
    "claude": "claude",
    "name": "claude",
    "args": "args",
    "shell": "shell",
    "command": "shell",
    "approve": "approve",
    "cwd": "cwd",
    "commit_message": "commit_message",
    "when": "when",
    "filter": "filter",
    "foreach": "foreach",
}
_STATUS = "status"


@frozen(eq=False)
class Standpoint:
    """A place in a playbook, in terms of an analysis.

    ``step`` is the step it is in, where the analysis knows it; ``owners`` are the steps around it, the step itself
    included. ``offset`` is the place in the analysis' own text.
    """

    analysis: Analysis
    key: Key
    step: Step | None
    owners: tuple[Step, ...]
    offset: int

    def steps(self) -> Iterator[tuple[str, Step]]:
        """Every id that a reference may begin with here, and its step, the nearest first."""
        scope = self.analysis.facts.scope
        named = [(name, steps[0]) for name, steps in scope.steps.items() if self._has_begun(steps[0])]
        yield from sorted(named, key=lambda one: one[1].span.start, reverse=True)

    def meant_by(self, context: str) -> Step | None:
        """The step that ``shell`` or ``last`` is here; ``None`` where that is unknown."""
        target = self.look_up(context, _STATUS).target if self._is_known else None
        return target.step if isinstance(target, StepTarget) else None

    def is_certain(self, *path: str) -> bool:
        """Whether a reference with these names would be sound here, as far as that is known."""
        return not self._is_known or not self.look_up(*path).problems

    def look_up(self, *path: str) -> Resolution:
        """What a reference with these names would stand for here."""
        span = Span(self.offset, self.offset)
        names = tuple(Located(name, span) for name in path)
        site = Site(Hole(names, "braced", span, 0, 0), self.key, self.step)
        return resolve(site, self.analysis.facts.scope, lambda _: {})

    @property
    def _is_known(self) -> bool:
        return self.step is not None or self.key in ("env", "until", "filter", "outputs")

    def _has_begun(self, step: Step) -> bool:
        """Whether a step stands before this place and is not a group around it."""
        outline = self.analysis.facts.outline
        if self._is_known:
            span = Span(self.offset, self.offset)
            site = Site(Hole((), "braced", span, 0, 0), self.key, self.step)
            return flow.order(outline, site, step) == "before"
        if step in self.owners:
            return not isinstance(step.action, GroupAction | ForEachAction)
        return step.span.start < self.offset


def standpoint(document: Document, spot: Spot, offset: int) -> Standpoint:
    """What can be seen from a cursor that is at a spot."""
    analysis = document.analysis
    carry = _Carry(document.text, document.text)
    if not is_sound_yaml(analysis) and document.sound is not None:
        analysis = document.sound
        carry = _Carry(document.text, analysis.source.text)
    analysis = _part_at(analysis, carry.exactly(offset, -1))
    begins = {step.span.start: step for step in analysis.facts.outline.steps}
    around = [begins.get(carry.exactly(start, -1)) for start in spot.items]
    owners = tuple(step for step in around if step is not None)
    step = _descend(around[0], spot.inner) if around and around[0] is not None else None
    if step is not None and step not in owners:
        owners = (step, *owners)
    there = carry.over(offset)
    if analysis is document.analysis and not owners:
        owners = tuple(step for step in begins.values() if step.span.start <= there <= step.span.end)
        step = owners[-1] if owners else None
    return Standpoint(analysis, _site_key(spot), step, owners, there)


def _part_at(analysis: Analysis, offset: int) -> Analysis:
    """The part of the playbook whose steps an offset is among."""
    for part in analysis.parts:
        if any(step.span.start <= offset <= step.span.end for step in part.playbook.steps):
            return part
    return analysis


def _descend(step: Step, keys: tuple[str, ...]) -> Step | None:
    """The step that is written with keys below those of ``step``, such as that of ``on_failure: {claude: …}``."""
    here: Step | None = step
    waiting = list(keys)
    while waiting and here is not None:
        match waiting.pop(0):
            case "on_failure":
                here = _only(here.on_failure.steps) if here.on_failure is not None else None
            case "on_success":
                here = _only(here.on_success)
            case "do" if isinstance(here.action, ForEachAction):
                here = _only(here.action.steps)
            case "on_exit_code":
                code = waiting.pop(0) if waiting else ""
                codes = [(str(one.code.value) if one.code else "default", one) for one in here.on_exit_code]
                here = next((_only(one.handler.steps) for name, one in codes if name == code), None)
            case _:
                return here
    return here


def _only(steps: tuple[Step, ...]) -> Step | None:
    return steps[0] if len(steps) == 1 else None


def _site_key(spot: Spot) -> Key:
    if spot.ground == ENV:
        return "env"
    if spot.ground == PASSED:
        return "inputs"
    if spot.ground == RESULTS:
        return "outputs"
    if spot.ground == "until":
        return "until"
    return _SITE_KEYS.get(spot.key, "claude")


class _Carry:
    """Offsets of one text in another that differs from it in one place."""

    def __init__(self, text: str, other: str) -> None:
        self.start = shared_start(text, other)
        self.end = len(text) - shared_end(text, other, min(len(text), len(other)) - self.start)
        self.shift = len(other) - len(text)

    def over(self, offset: int) -> int:
        """An offset in the other text; inside what differs it is where that begins."""
        return self.exactly(offset, self.start)

    def exactly(self, offset: int, otherwise: int) -> int:
        """An offset in the other text; ``otherwise`` where it is inside what differs."""
        if offset <= self.start:
            return offset
        return offset + self.shift if offset >= self.end else otherwise
