"""The files that are open in the editor, and what is known about their latest versions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from attrs import define, field, frozen

from mmm_lang.analysis.policy import ScriptReader
from mmm_lang.diagnostics.model import Diagnostic, Label
from mmm_lang.editor.coordinates import source_of_text
from mmm_lang.editor.document import Document, open_document
from mmm_lang.editor.findings import Finding, finding_of, findings
from mmm_lang.editor.lsp.uris import path_of
from mmm_lang.editor.project import NOWHERE, project_of
from mmm_lang.editor.relevance import is_playbook
from mmm_lang.source import Source
from mmm_lang.syntax.reading import MAX_BYTES

Unsaved = Callable[[str], Source | None]


@frozen(eq=False)
class Reading:
    """One version of a text, read and judged. ``document`` is ``None`` where it is no playbook, or could not be
    judged; ``findings`` is what the editor shows."""

    source: Source
    document: Document | None
    findings: tuple[Finding, ...]


@define(eq=False)
class OpenFile:
    """A file in the editor. ``path`` is ``None`` where it has never been saved; ``edition`` counts what has changed
    in and around it."""

    uri: str
    path: str | None
    language: str
    text: str
    version: int | None
    environ: Mapping[str, str] = field(repr=False)
    unsaved: Unsaved = field(repr=False)
    """The text that any other open file has, by its real path."""
    edition: int = field(default=0, init=False)
    _latest: Document | None = field(default=None, init=False, repr=False)
    _is_stale: bool = field(default=True, init=False)

    def change(self, text: str, version: int | None) -> None:
        """Take a new version of the text."""
        self.text, self.version = text, version
        self.forget()

    def forget(self) -> None:
        """Judge the text again when next asked: what lies around it has changed."""
        self._is_stale = True
        self.edition += 1

    @property
    def document(self) -> Document | None:
        """The latest version, read and judged; ``None`` where it is no playbook, or too large for one. No other
        program is asked for it, so that an answer never waits for one."""
        if self._is_stale:
            around = (self.environ, None, self.unsaved)
            self._latest = _document(self.path, self.language, self.text, self._latest, *around)
            self._is_stale = False
        return self._latest

    def reading(self, scripts: ScriptReader | None) -> Callable[[], Reading]:
        """A function that reads and judges the text as it is now, scripts included. It never raises, takes as long
        as other programs take, and may be called in another thread."""
        path, language, text = self.path, self.language, self.text
        latest, environ, unsaved = self._latest, self.environ, self.unsaved
        source = source_of_text(path or self.uri, text)

        def read() -> Reading:
            try:
                document = _document(path, language, text, latest, environ, scripts, unsaved)
                found = findings(document) if document is not None else ()
            except Exception as error:
                said = (
                    f"mmm could not judge this text: this is a bug in mmm ({type(error).__name__}: {error})"
                )
                return Reading(source, None, (_about_the_file(source, "internal-error", said),))
            if document is not None:
                return Reading(document.source, document, found)
            if _is_too_large(text) and is_playbook(path, language, text):
                limit = f"the file is over {MAX_BYTES // 1024**2} MiB, the limit for a playbook"
                return Reading(source, None, (_about_the_file(source, "too-large", limit),))
            return Reading(source, None, ())

        return read

    def take(self, reading: Reading, edition: int) -> bool:
        """Keep what was read of an edition; ``False`` where something has changed since."""
        if edition != self.edition:
            return False
        if reading.document is not None:
            self._latest, self._is_stale = reading.document, False
        return True


def _document(
    path: str | None,
    language: str,
    text: str,
    earlier: Document | None,
    environ: Mapping[str, str],
    scripts: ScriptReader | None,
    unsaved: Unsaved,
) -> Document | None:
    """A version of a text, read and judged; ``None`` where it is no playbook, or too large for one."""
    if _is_too_large(text) or not is_playbook(path, language, text):
        return None
    project = project_of(path, environ, scripts, unsaved) if path is not None else NOWHERE
    return open_document(source_of_text(path or "", text), earlier, project.judge, project.commands)


def _is_too_large(text: str) -> bool:
    """Whether no command of mmm would read the file."""
    return len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES


def _about_the_file(source: Source, rule: str, message: str) -> Finding:
    return finding_of(Diagnostic(rule, "error", message, source, Label(source.whole())))


@define(eq=False)
class OpenFiles:
    """All open files by their URIs."""

    environ: Mapping[str, str] = field(factory=lambda: dict(os.environ), repr=False)
    _files: dict[str, OpenFile] = field(factory=dict, init=False)

    def open(self, uri: str, language: str, text: str, version: int | None) -> OpenFile:
        """Add a file."""
        self._files[uri] = OpenFile(uri, path_of(uri), language, text, version, self.environ, self.unsaved)
        return self._files[uri]

    def unsaved(self, path: str) -> Source | None:
        """The text of the open file at a real path."""
        for file in self:
            if file.path is not None and os.path.realpath(file.path) == path and not _is_too_large(file.text):
                return source_of_text(file.path, file.text)
        return None

    def callers(self, of: OpenFile) -> Iterator[OpenFile]:
        """The other open files that may call this one."""
        return (file for file in self if file is not of and "playbook:" in file.text)

    def get(self, uri: str) -> OpenFile | None:
        """The file of a URI, if it is open."""
        return self._files.get(uri)

    def close(self, uri: str) -> None:
        """Forget a file."""
        self._files.pop(uri, None)

    def __iter__(self) -> Iterator[OpenFile]:
        return iter(tuple(self._files.values()))
