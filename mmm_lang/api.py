"""mmm as a library: a text goes in, diagnostics or a plan come out.

Both functions judge the text alone: they read no file, start no process and look at no configuration. Import them
from ``mmm_lang``, which loads this module when one of its names is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from mmm_lang.analysis.check import Analysis, analyse
from mmm_lang.analysis.library import Library, TextAlone
from mmm_lang.diagnostics.colour import PLAIN
from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.diagnostics.render_concise import render_concise
from mmm_lang.source import Source

if TYPE_CHECKING:
    from mmm_lang.plan.graph import Plan

_DEFAULT_PATH = "playbook.yml"


class PlaybookHasErrors(Exception):
    """A playbook that cannot be compiled.

    ``diagnostics`` are its errors, at least one, in the order of the text; ``str()`` has one line for each.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        heard = [evolve(one, suppressed=None) for one in diagnostics]
        super().__init__(render_concise(heard, PLAIN).rstrip("\n"))
        self.diagnostics = diagnostics


def check(text: str, *, path: str = _DEFAULT_PATH) -> list[Diagnostic]:
    """What the rules that are on by default say about a playbook, in the order of the text.

    ``path`` is the name that the diagnostics carry; nothing is read from there. What a comment of the text silences
    is left out. Never raises: a text that is not even YAML gets a diagnostic that says so.
    """
    return list(unsuppressed(_analyse(text, path).diagnostics))


def compile_playbook(text: str, *, path: str = _DEFAULT_PATH) -> Plan:
    """The plan of a playbook: the graph that `mmm plan`, `mmm graph` and `mmm cook` work with.

    ``path`` is the name that the diagnostics carry; nothing is read from there. Warnings do not matter here. Raises
    `PlaybookHasErrors` where there is an error, silenced by a comment or not; a playbook that calls another is one, for
    its steps are in another file.
    """
    analysis = _analyse(text, path, TextAlone())
    if not analysis.ok:
        raise PlaybookHasErrors(tuple(one for one in analysis.diagnostics if one.severity == "error"))
    from mmm_lang.plan.lowering import lower  # brings networkx, which a check has no use for

    return lower(analysis)


def _analyse(text: str, path: str, library: Library | None = None) -> Analysis:
    """What a file of this text would be said about, a byte order mark included."""
    marked = text.startswith("\ufeff")
    return analyse(Source(path, text[1:] if marked else text, marked), library=library)
