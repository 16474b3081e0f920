"""Everything that was found out about a project: what the documents are written from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import field, frozen

from mmm_lang.commands.toolchain import Repository as Surveyed
from mmm_lang.context.coverage import Report
from mmm_lang.context.facts import Facts, Reason
from mmm_lang.context.graph import Imports
from mmm_lang.context.history import History
from mmm_lang.context.kinds import Role, role_of
from mmm_lang.context.score import CodeFile, Score, score_of
from mmm_lang.context.testing import Tested


@frozen(eq=False, slots=False)
class Findings:
    """Of one tree: facts by path, the graph, the tests, the history, and what stands around the code.

    ``guides`` are the documents that people wrote for those who work on the project.
    """

    project: str
    paths: frozenset[str]
    facts: Mapping[str, Facts] = field(repr=False)
    aside: Mapping[str, Reason] = field(repr=False)
    imports: Imports = field(repr=False)
    tested: tuple[Tested, ...] = field(repr=False)
    reports: tuple[Report, ...]
    history: History
    surveyed: Surveyed
    guides: tuple[str, ...]

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """What each file of code is for."""
        return {path: role_of(path, facts.language) for path, facts in self.facts.items()}

    @cached_property
    def score(self) -> Score | None:
        """The score; ``None`` for a project without code of its own."""
        shares = {path: one.share for one in self.tested for path in one.module.files}
        tangled = {
            path
            for members, _ in self.imports.cycles
            for name in members
            for path in self.imports.modules[name].files
        }
        return score_of(
            CodeFile(
                facts.code_lines - facts.test_lines,
                tuple((one.lines, one.complexity) for one in facts.functions),
                len(facts.markers),
                shares.get(path),
                path in tangled,
            )
            for path, facts in self.facts.items()
            if self.roles[path] == "source"
        )
