"""A playbook as an editor has it: its text, read and judged, and what was last known when it could be read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from typing import Protocol

from attrs import field, frozen

from mmm_lang.analysis.check import Analysis, analyse
from mmm_lang.analysis.scopes import Resolution
from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.editor.names import Occurrence, find_occurrences
from mmm_lang.source import Source, Span
from mmm_lang.syntax.yaml_nodes import Mapping, Node, Scalar, Sequence
from mmm_lang.syntax.yaml_tree import Tree, read_tree


@frozen
class CommandPage:
    """A slash command that has a file: its absolute path, and what its front matter says."""

    name: str
    path: str
    description: str = ""
    argument_hint: str = ""


class Commands(Protocol):
    """The slash commands that a playbook can call. No method raises."""

    def names(self) -> tuple[str, ...]:
        """Names of all commands that have a file, sorted, without slashes."""
        ...

    def page(self, name: str) -> CommandPage | None:
        """The file behind ``/name``, if there is one."""
        ...


class NoCommands:
    """The commands of a playbook that stands nowhere."""

    def names(self) -> tuple[str, ...]:
        return ()

    def page(self, name: str) -> CommandPage | None:
        return None


@frozen(eq=False)
class Judgement:
    """An analysis, and its diagnostics with the settings of the project applied; suppressed ones are marked."""

    analysis: Analysis
    diagnostics: tuple[Diagnostic, ...]


Judge = Callable[[Source], Judgement]
"""Reads and judges a text; never raises."""


def plain_judge(source: Source) -> Judgement:
    """The judgement of a text that stands nowhere: no settings, no repository around it."""
    analysis = analyse(source)
    return Judgement(analysis, analysis.diagnostics)


@frozen(eq=False, slots=False)
class Document:
    """One version of a text. ``sound`` is the latest analysis of a version without mistakes of YAML: this one's,
    an earlier one's, or ``None``."""

    analysis: Analysis
    diagnostics: tuple[Diagnostic, ...]
    sound: Analysis | None = field(repr=False)
    judge: Judge = field(repr=False)
    commands: Commands = field(repr=False)

    @property
    def source(self) -> Source:
        return self.analysis.source

    @property
    def text(self) -> str:
        return self.analysis.source.text

    @cached_property
    def tree(self) -> Tree:
        """The YAML tree; read when first asked for."""
        return read_tree(self.source)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node of the tree once, keys included."""
        found: dict[int, Node] = {}
        waiting: list[Node] = [self.tree.root] if self.tree.root is not None else []
        while waiting:
            node = waiting.pop()
            if id(node) in found:
                continue
            found[id(node)] = node
            if isinstance(node, Mapping):
                for entry in node.entries:
                    waiting += (entry.key, entry.value)
            elif isinstance(node, Sequence):
                waiting += (item.node for item in node.items)
        return tuple(found.values())

    @cached_property
    def scalars(self) -> tuple[Scalar, ...]:
        """Every scalar, in the order of the text."""
        found = [node for node in self.nodes if isinstance(node, Scalar)]
        return tuple(sorted(found, key=lambda scalar: scalar.span.start))

    @cached_property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """Every place where a name is written, in the order of the text."""
        return find_occurrences(self.analysis, self.inner_span)

    def occurrence_at(self, offset: int) -> Occurrence | None:
        """The occurrence of a name at an offset, its ends included; of several the shortest."""
        at = [one for one in self.occurrences if one.span.start <= offset <= one.span.end]
        return min(at, key=lambda one: (one.span.end - one.span.start, -one.span.start), default=None)

    def resolution_at(self, offset: int) -> Resolution | None:
        """What the reference at an offset stands for; ``None`` where there is no reference."""
        found = (pair for part in self.analysis.lists for pair in part.resolutions.items())
        return next((one for hole, one in found if hole.span.start <= offset <= hole.span.end), None)

    @property
    def aliased(self) -> frozenset[Node]:
        """The nodes that an alias stands for somewhere."""
        entries = [entry for node in self.nodes if isinstance(node, Mapping) for entry in node.entries]
        items = [item for node in self.nodes if isinstance(node, Sequence) for item in node.items]
        return frozenset(
            (
                *(entry.value for entry in entries if entry.place != entry.value.span),
                *(item.node for item in items if item.place != item.node.span),
            )
        )

    def scalar_at(self, offset: int) -> Scalar | None:
        """The scalar whose span holds an offset, both ends included."""
        index = bisect_right(self.scalars, offset, key=lambda scalar: scalar.span.start) - 1
        if index < 0:
            return None
        scalar = self.scalars[index]
        return scalar if offset <= scalar.span.end else None

    def inner_span(self, span: Span) -> Span:
        """Of the place of a scalar the part between its quotes; other spans as they are."""
        scalar = self.scalar_at(span.start)
        if scalar is None or scalar.span != span or scalar.style == "plain":
            return span
        return Span(scalar.offset_of(0), max(scalar.offset_of(0), scalar.offset_of(len(scalar.value))))


def open_document(
    source: Source,
    earlier: Document | None = None,
    judge: Judge = plain_judge,
    commands: Commands | None = None,
) -> Document:
    """Read and judge a text; ``earlier`` is the version before it. Never raises."""
    judged = judge(source)
    known = earlier.sound if earlier is not None else None
    sound = judged.analysis if is_sound_yaml(judged.analysis) else known
    return Document(judged.analysis, judged.diagnostics, sound, judge, commands or NoCommands())


def is_sound_yaml(analysis: Analysis) -> bool:
    """Whether a text has no mistake of YAML itself, so that nothing of it is missing in the tree."""
    return all(one.rule != "yaml-syntax" for one in analysis.diagnostics)
