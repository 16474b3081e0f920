"""Texts with a cursor in them: ``‸`` stands where it is, and is no part of the text."""

from __future__ import annotations

from textwrap import dedent

from attrs import field, frozen

from mmm_lang.editor.document import CommandPage, Document, open_document
from mmm_lang.source import Source

CURSOR = "‸"


@frozen
class Listed:
    """Slash commands that exist in a test alone."""

    pages: dict[str, CommandPage] = field(factory=dict)

    @classmethod
    def of(cls, *names: str, description: str = "", hint: str = "") -> Listed:
        return cls({name: CommandPage(name, f"/repo/{name}.md", description, hint) for name in names})

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.pages))

    def page(self, name: str) -> CommandPage | None:
        return self.pages.get(name)


def document(text: str, commands: Listed | None = None, before: str | None = None) -> Document:
    """The document of a text that is indented as the test is; ``before`` is the version before it."""
    return _opened(dedent(text), commands, before)


def _opened(text: str, commands: Listed | None, before: str | None) -> Document:
    earlier = document(before, commands) if before is not None else None
    return open_document(Source("playbook.mmm.yml", text), earlier, commands=commands)


def at_cursor(text: str, commands: Listed | None = None, before: str | None = None) -> tuple[Document, int]:
    """The document of a text with a cursor in it, and the cursor's offset."""
    text = dedent(text)
    offset = text.index(CURSOR)
    assert text.count(CURSOR) == 1
    return _opened(text.replace(CURSOR, ""), commands, before), offset
