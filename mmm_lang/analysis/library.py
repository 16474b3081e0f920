"""Where the playbooks are that a playbook calls: looked up for the analysis, never by it.

The analysis of texts is pure. What it is called with finds and reads the other files; without that a call is taken as it
is written, and nothing is said about the other end.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from mmm_lang.source import Source


class Found(NamedTuple):
    """A playbook that a call names. ``key`` is the same for every name of one file."""

    key: str
    source: Source


class NotFound(NamedTuple):
    """No playbook that can be read. ``reason`` follows "the playbook `x`: "; ``near`` is what may be meant, as it would
    be written in stead; ``advice`` is what else to do, where that is known."""

    reason: str
    near: str | None = None
    advice: str | None = None


class TextAlone:
    """The library of who has one text and no files: whatever it calls is not there."""

    def key(self, source: Source) -> str:
        return source.path

    def find(self, caller: Source, written: str) -> Found | NotFound:
        return NotFound("only the text of this playbook is looked at here")


class Library(Protocol):
    """Finds playbooks by the names that other playbooks have for them. No method raises."""

    def key(self, source: Source) -> str:
        """The key of a text that is there already."""
        ...

    def find(self, caller: Source, written: str) -> Found | NotFound:
        """The playbook that ``caller`` names."""
        ...
