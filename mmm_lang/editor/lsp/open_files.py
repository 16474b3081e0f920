"""The files that are open in the editor, and what is known about their latest versions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from attrs import define, field

from mmm_lang.diagnostics.model import Diagnostic, Label
from mmm_lang.editor.coordinates import source_of_text
from mmm_lang.editor.document import Document, open_document
from mmm_lang.editor.findings import Finding, finding_of, findings
from mmm_lang.editor.lsp.uris import path_of
from mmm_lang.editor.project import NOWHERE, project_of
from mmm_lang.editor.relevance import is_playbook
from mmm_lang.source import Source
from mmm_lang.syntax.reading import MAX_BYTES


@define(eq=False)
class OpenFile:
    """A file in the editor. ``path`` is ``None`` where it has never been saved."""

    uri: str
    path: str | None
    language: str
    text: str
    version: int | None
    environ: Mapping[str, str] = field(repr=False)
    _document: Document | None = field(default=None, init=False, repr=False)
    _is_stale: bool = field(default=True, init=False)

    def change(self, text: str, version: int | None) -> None:
        """Take a new version of the text."""
        self.text, self.version = text, version
        self._is_stale = True

    def forget(self) -> None:
        """Judge the text again when next asked: what lies around it has changed."""
        self._is_stale = True

    @property
    def source(self) -> Source:
        """The latest version as a source."""
        return source_of_text(self.path or self.uri, self.text)

    @property
    def document(self) -> Document | None:
        """The latest version, read and judged; ``None`` where it is no playbook, or too large for one."""
        if self._is_stale:
            project = project_of(self.path, self.environ) if self.path is not None else NOWHERE
            if not is_playbook(self.path, self.language, self.text) or self.is_too_large:
                self._document = None
            else:
                self._document = open_document(self.source, self._document, project.judge, project.commands)
            self._is_stale = False
        return self._document

    @property
    def is_too_large(self) -> bool:
        """Whether no command of mmm would read the file."""
        return len(self.text.encode("utf-8", "surrogatepass")) > MAX_BYTES

    def findings(self) -> tuple[Finding, ...]:
        """What there is to say about the latest version. Never raises: where mmm itself fails, that is said."""
        try:
            document = self.document
            if document is not None:
                return findings(document)
        except Exception as error:
            bug = f"mmm could not judge this text: this is a bug in mmm ({type(error).__name__}: {error})"
            return (self._about_the_file("internal-error", bug),)
        if self.is_too_large and is_playbook(self.path, self.language, self.text):
            return (
                self._about_the_file(
                    "too-large", f"the file is over {MAX_BYTES // 1024**2} MiB, the limit for a playbook"
                ),
            )
        return ()

    def _about_the_file(self, rule: str, message: str) -> Finding:
        source = self.source
        return finding_of(Diagnostic(rule, "error", message, source, Label(source.whole())))


@define(eq=False)
class OpenFiles:
    """All open files by their URIs."""

    environ: Mapping[str, str] = field(factory=lambda: dict(os.environ), repr=False)
    _files: dict[str, OpenFile] = field(factory=dict, init=False)

    def open(self, uri: str, language: str, text: str, version: int | None) -> OpenFile:
        """Add a file."""
        self._files[uri] = OpenFile(uri, path_of(uri), language, text, version, self.environ)
        return self._files[uri]

    def get(self, uri: str) -> OpenFile | None:
        """The file of a URI, if it is open."""
        return self._files.get(uri)

    def close(self, uri: str) -> None:
        """Forget a file."""
        self._files.pop(uri, None)

    def __iter__(self) -> Iterator[OpenFile]:
        return iter(tuple(self._files.values()))
