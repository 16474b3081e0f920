"""Diagnostics on their way to the editor: sent a moment after the last key stroke, or fetched by the client."""

from __future__ import annotations

import asyncio
import hashlib

from attrs import define, field
from lsprotocol import types as lsp

from mmm_lang.editor.lsp.open_files import OpenFile
from mmm_lang.editor.lsp.session import Session

DEBOUNCE = 0.15
"""Seconds from the last change to the diagnostics."""

_WATCHED = (
    "**/.claude/commands/**/*.md",
    "**/.claude/skills/*/SKILL.md",
    "**/.mmm/config.yml",
    "**/.mmm/baseline.json",
    "**/pyproject.toml",
)
"""Files that change what is said about a playbook."""


@define(eq=False)
class Publisher:
    """Sends the diagnostics of open files. A client that fetches them is only told when to do so again."""

    session: Session
    _timers: dict[str, asyncio.TimerHandle] = field(factory=dict, init=False)

    @property
    def is_fetched(self) -> bool:
        """Whether the client asks for diagnostics itself."""
        return self.session.can("text_document.diagnostic")

    def open(self, _: Session, params: lsp.DidOpenTextDocumentParams) -> None:
        opened = params.text_document
        self._publish(self.session.files.open(opened.uri, opened.language_id, opened.text, opened.version))

    def change(self, _: Session, params: lsp.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        file = self.session.files.get(uri)
        if file is None:
            return
        file.change(self.session.server.workspace.get_text_document(uri).source, params.text_document.version)
        self._cancel(uri)
        self._timers[uri] = asyncio.get_running_loop().call_later(DEBOUNCE, self._publish, file)

    def close(self, _: Session, params: lsp.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._cancel(uri)
        self.session.files.close(uri)
        if not self.is_fetched:
            self._send(lsp.PublishDiagnosticsParams(uri, []))

    def look_again(self, _: Session, __: object) -> None:
        """Judge all open files anew: something around them has changed."""
        for file in self.session.files:
            file.forget()
            self._publish(file)
        if self.is_fetched and self.session.can("workspace.diagnostics.refresh_support"):
            self.session.server.workspace_diagnostic_refresh(None)

    def fetch(
        self, _: Session, params: lsp.DocumentDiagnosticParams
    ) -> lsp.RelatedFullDocumentDiagnosticReport | lsp.RelatedUnchangedDocumentDiagnosticReport:
        """Answer a client that asks; it is told where nothing has changed since it last did."""
        file = self.session.files.get(params.text_document.uri)
        found = self._diagnostics(file) if file is not None else []
        result = hashlib.sha256(repr(found).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        if params.previous_result_id == result:
            return lsp.RelatedUnchangedDocumentDiagnosticReport(result)
        return lsp.RelatedFullDocumentDiagnosticReport(found, result_id=result)

    def watch(self, _: Session, __: lsp.InitializedParams) -> None:
        """Ask the client to say when a file changes that matters to playbooks."""
        if not self.session.can("workspace.did_change_watched_files.dynamic_registration"):
            return
        watchers = [lsp.FileSystemWatcher(pattern) for pattern in _WATCHED]
        options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
        registration = lsp.Registration("mmm-watch", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        self.session.server.client_register_capability(lsp.RegistrationParams([registration]))

    def _publish(self, file: OpenFile) -> None:
        """Send what there is to say about a file; runs by timer too, so nothing may escape."""
        self._timers.pop(file.uri, None)
        if self.is_fetched:
            return
        try:
            self._send(lsp.PublishDiagnosticsParams(file.uri, self._diagnostics(file), file.version))
        except Exception:
            self.session.log("could not send diagnostics")

    def _diagnostics(self, file: OpenFile) -> list[lsp.Diagnostic]:
        converter = self.session.converter(file)
        return [converter.diagnostic(finding) for finding in file.findings()]

    def _send(self, params: lsp.PublishDiagnosticsParams) -> None:
        self.session.server.text_document_publish_diagnostics(params)

    def _cancel(self, uri: str) -> None:
        timer = self._timers.pop(uri, None)
        if timer is not None:
            timer.cancel()
