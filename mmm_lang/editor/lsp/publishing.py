"""Diagnostics on their way to the editor: sent a moment after the last key stroke, or fetched by the client."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor

from attrs import define, field
from lsprotocol import types as lsp

from mmm_lang.editor.lsp.conversion import Converter
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
    "**/*.mmm.yml",
    "**/playbooks/**/*.yml",
)
"""Files that change what is said about a playbook."""


@define(eq=False)
class Publisher:
    """Sends the diagnostics of open files. A client that fetches them is only told when to do so again.

    Texts are judged in a thread of their own: scripts are read by other programs, and no answer waits for those.
    """

    session: Session
    _worker: ThreadPoolExecutor = field(factory=lambda: ThreadPoolExecutor(1), init=False, repr=False)
    _tasks: dict[str, asyncio.Task[None]] = field(factory=dict, init=False, repr=False)

    @property
    def is_fetched(self) -> bool:
        """Whether the client asks for diagnostics itself."""
        return self.session.can("text_document.diagnostic")

    def open(self, _: Session, params: lsp.DidOpenTextDocumentParams) -> None:
        opened = params.text_document
        file = self.session.files.open(opened.uri, opened.language_id, opened.text, opened.version)
        self._schedule(file, 0)

    def change(self, _: Session, params: lsp.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        file = self.session.files.get(uri)
        if file is None:
            return
        file.change(self.session.server.workspace.get_text_document(uri).source, params.text_document.version)
        self._schedule(file, DEBOUNCE)
        for caller in self.session.files.callers(file):
            caller.forget()
            self._schedule(caller, DEBOUNCE)

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
            self._schedule(file, 0)
        if self.is_fetched and self.session.can("workspace.diagnostics.refresh_support"):
            self.session.server.workspace_diagnostic_refresh(None)

    async def fetch(
        self, _: Session, params: lsp.DocumentDiagnosticParams
    ) -> lsp.RelatedFullDocumentDiagnosticReport | lsp.RelatedUnchangedDocumentDiagnosticReport:
        """Answer a client that asks; it is told where nothing has changed since it last did."""
        file = self.session.files.get(params.text_document.uri)
        found: list[lsp.Diagnostic] | None = None if file is not None else []
        while file is not None and found is None:
            found = await self._diagnostics(file)
        result = hashlib.sha256(repr(found).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        if params.previous_result_id == result:
            return lsp.RelatedUnchangedDocumentDiagnosticReport(result)
        return lsp.RelatedFullDocumentDiagnosticReport(found or [], result_id=result)

    def watch(self, _: Session, __: lsp.InitializedParams) -> None:
        """Ask the client to say when a file changes that matters to playbooks."""
        if not self.session.can("workspace.did_change_watched_files.dynamic_registration"):
            return
        watchers = [lsp.FileSystemWatcher(pattern) for pattern in _WATCHED]
        options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
        registration = lsp.Registration("mmm-watch", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        self.session.server.client_register_capability(lsp.RegistrationParams([registration]))

    def stop(self) -> None:
        """Send nothing more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _schedule(self, file: OpenFile, delay: float) -> None:
        """Judge a file after ``delay`` seconds and send what there is to say, unless it changes before."""
        self._cancel(file.uri)
        if not self.is_fetched:
            self._tasks[file.uri] = asyncio.get_running_loop().create_task(self._publish(file, delay))

    async def _publish(self, file: OpenFile, delay: float) -> None:
        """Nothing may escape from here: nobody waits for it."""
        try:
            await asyncio.sleep(delay)
            version = file.version
            found = await self._diagnostics(file)
            if found is not None:
                self._send(lsp.PublishDiagnosticsParams(file.uri, found, version))
        except Exception:
            self.session.log("could not send diagnostics")

    async def _diagnostics(self, file: OpenFile) -> list[lsp.Diagnostic] | None:
        """What there is to say about a file; ``None`` where it has changed meanwhile."""
        edition = file.edition
        read = file.reading(self.session.scripts)
        reading = await asyncio.get_running_loop().run_in_executor(self._worker, read)
        if not file.take(reading, edition):
            return None
        converter = Converter(reading.source, self.session.encoding, file.uri)
        return [converter.diagnostic(finding) for finding in reading.findings]

    def _send(self, params: lsp.PublishDiagnosticsParams) -> None:
        self.session.server.text_document_publish_diagnostics(params)

    def _cancel(self, uri: str) -> None:
        task = self._tasks.pop(uri, None)
        if task is not None:
            task.cancel()
