"""Playbooks that call each other, told of in stead of written to a disk."""

from __future__ import annotations

import posixpath
import textwrap
from collections.abc import Collection

from mmm_lang.analysis.check import Analysis, analyse
from mmm_lang.analysis.library import Found, NotFound
from mmm_lang.analysis.registry import DEFAULT_PRESETS, Preset
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.lowering import lower
from mmm_lang.source import Source


class Shelf:
    """A library of these texts, by path. Each is one source, as often as it is asked for."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.sources = {path: Source(path, textwrap.dedent(text)) for path, text in texts.items()}
        self.asked: list[str] = []

    def key(self, source):
        return posixpath.normpath(source.path)

    def find(self, caller, written):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(caller.path), written))
        self.asked.append(path)
        if path in self.sources:
            return Found(path, self.sources[path])
        return NotFound("there is no such file", nearest(written, self.sources))


def checked(texts: dict[str, str], path: str = "", presets: Collection[Preset] = DEFAULT_PRESETS) -> Analysis:
    """The analysis of one of these texts, the first by default, which may call the others."""
    shelf = Shelf(texts)
    return analyse(shelf.sources[path or next(iter(texts))], presets, library=shelf)


def plan_of_all(texts: dict[str, str], path: str = "") -> Plan:
    """The plan of the same; errors fail the test."""
    analysis = checked(texts, path)
    assert [one.message for one in analysis.diagnostics if one.severity == "error"] == []
    return lower(analysis)
