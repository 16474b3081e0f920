"""What holds for a playbook that stands in a folder: settings, a baseline, the repository around, readers of scripts.

Check and editor judge by the same policy. Only what is set is imported: most playbooks have neither settings nor a
baseline.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.source import Source

if TYPE_CHECKING:
    from mmm_lang.analysis.baseline import Baseline
    from mmm_lang.analysis.check import Analysis, Verdict
    from mmm_lang.analysis.configuration.settings import Settings
    from mmm_lang.analysis.facts import Facts
    from mmm_lang.analysis.library import Library
    from mmm_lang.analysis.surroundings import Surroundings


class ScriptReader(Protocol):
    """Has scripts read by other programs, such as shellcheck."""

    def judge(self, facts: Facts) -> Iterable[Diagnostic]:
        """What is to be said about the scripts of a playbook."""
        ...

    def judge_closely(self, facts: Facts) -> Iterable[Diagnostic]:
        """The same with hints."""
        ...


class OpenBaseline(NamedTuple):
    """A baseline that was read, and the absolute path of the folder that its paths start from."""

    baseline: Baseline
    root: str

    def path_of(self, path: str) -> str:
        """What the baseline calls the source of that path."""
        return known_path(path, self.root)


class Policy(NamedTuple):
    """What holds for one playbook. ``settings`` is ``None`` where nothing is set: everything as it comes.
    ``around`` is the repository that it stands in, if any; ``scripts`` has its scripts read by other programs;
    ``last`` is asked when everything else has been said, about the worst case; ``library`` has the playbooks that this
    one calls."""

    settings: Settings | None = None
    baseline: OpenBaseline | None = None
    around: Surroundings | None = None
    scripts: ScriptReader | None = None
    last: Verdict | None = None
    library: Library | None = None

    def judge(self, source: Source) -> tuple[Analysis, tuple[Diagnostic, ...]]:
        """A text as it was analysed, and all that there is to say about it, suppressed diagnostics included."""
        return self.conclude(self.look(source))

    def look(self, source: Source) -> Analysis:
        """The first half of `judge`: what can be said without other programs."""
        from mmm_lang.analysis.check import look

        if self.settings is None:
            return look(source, surroundings=self.around, library=self.library)
        set_ = self.settings
        return look(source, set_.presets, set_.also, self.around, set_.agents, self.library)

    def conclude(self, looked: Analysis) -> tuple[Analysis, tuple[Diagnostic, ...]]:
        """The second half of `judge`."""
        from mmm_lang.analysis.check import conclude

        read = self.scripts.judge if self.scripts is not None else None
        if self.settings is None:
            analysis = conclude(looked, judge_scripts=read, judge_last=self.last)
            diagnostics = analysis.diagnostics
        else:
            presets = self.settings.presets
            if self.scripts is not None and "pedantic" in presets:
                read = self.scripts.judge_closely
            analysis = conclude(looked, presets, self.settings.also, read, self.last)
            diagnostics = self.settings.apply(analysis.diagnostics, os.path.abspath(analysis.source.path))
        if self.baseline is not None:
            from mmm_lang.analysis.baseline import excuse

            diagnostics = excuse(diagnostics, self.baseline.baseline, self.baseline.path_of)
        return analysis, diagnostics


def known_path(path: str, root: str) -> str:
    """A path as a baseline has it: relative to ``root``, with ``/``."""
    return os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")
